"""A hero in a quarter of her detail, built once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.builder.build import build
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.parameters import HERO, Character


@pytest.fixture(scope="session")
def coarse() -> Character:
    return replace(HERO, detail=HERO.detail.finer(0.25))


@pytest.fixture(scope="session")
def hero(coarse: Character) -> Avatar:
    return build(coarse, seed=7)


@pytest.fixture(scope="session")
def face(coarse: Character) -> FaceField:
    return FaceField(coarse)
