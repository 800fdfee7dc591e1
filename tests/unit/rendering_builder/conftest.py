"""The cast in a quarter of its detail, built once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.builder.build import build
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.parameters import CHARACTERS, HERO, Character


@pytest.fixture(scope="session")
def coarse() -> Character:
    return replace(HERO, detail=HERO.detail.finer(0.25))


@pytest.fixture(scope="session")
def cast() -> Callable[[str], Avatar]:
    """Characters by name, each built when it is first asked for."""

    @cache
    def built(name: str) -> Avatar:
        character = CHARACTERS[name]
        return build(replace(character, detail=character.detail.finer(0.25)), seed=7)

    return built


@pytest.fixture(scope="session")
def hero(cast: Callable[[str], Avatar]) -> Avatar:
    return cast("hero")


@pytest.fixture(scope="session", params=[c.name for c in CHARACTERS.values() if c.kind == "human" and c is not HERO])
def person(request: pytest.FixtureRequest, cast: Callable[[str], Avatar]) -> Avatar:
    return cast(request.param)


@pytest.fixture(scope="session")
def face(coarse: Character) -> FaceField:
    return FaceField(coarse)
