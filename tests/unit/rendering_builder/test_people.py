"""Every person of the cast, not only the hero: lips meet, eyes close, beard and glasses keep off mouth and face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.unit.rendering.motion import face as motion
from tests.unit.rendering_builder.deltas import displacement, lip_lines, opening
from visavis_agent.rendering.avatar import COEFFICIENT_NAMES, Avatar, Material, Stencil
from visavis_agent.rendering.avatar_file import load_avatar, save_avatar
from visavis_agent.rendering.builder.parameters import CHARACTERS
from visavis_agent.rendering.renderer import Renderer


def test_it_says_who_it_is_and_where_it_comes_from(person: Avatar, tmp_path: Path) -> None:
    save_avatar(tmp_path / "person.avatar", person)
    read = load_avatar(tmp_path / "person.avatar")
    character = CHARACTERS[person.name]
    assert read.attributes.kind == "human"
    assert (read.attributes.presentation, read.attributes.age) == (character.presentation, character.age)
    assert read.licence == "Apache-2.0"
    assert read.provenance["parameters"]["name"] == person.name


def test_people_differ_in_presentation_or_by_a_generation() -> None:
    people = [c for c in CHARACTERS.values() if c.kind == "human"]
    assert len(people) >= 2
    for first in people:
        for second in people:
            if first is not second and first.presentation == second.presentation:
                assert abs((first.age or 0) - (second.age or 0)) >= 8


@pytest.mark.parametrize("jaw", [0.2, 1.0])
def test_lips_meet_wherever_the_jaw_is(person: Avatar, jaw: float) -> None:
    assert opening(person, jawOpen=jaw).max() > 20 * jaw
    upper, lower = lip_lines(person, jawOpen=jaw, mouthClose=jaw)
    assert np.abs(upper - lower).max() < 0.1
    renderer = Renderer(person, (128, 128))
    assert renderer.draw(motion(jawOpen=jaw, mouthClose=jaw))[1].mouth_gap_mm == 0


def test_a_blink_closes_both_eyes(person: Avatar) -> None:
    renderer = Renderer(person, (256, 256), framing="face")
    eyes = np.isin(person.stencil, (Stencil.LEFT_EYE, Stencil.RIGHT_EYE))
    assert eyes.any()
    open_eyes, shut = (renderer.posed(motion(eyeBlink=value))[0] for value in (0.0, 1.0))
    assert open_eyes.mask.any()
    assert not shut.mask.any()


def test_no_beard_grows_on_the_lips(person: Avatar) -> None:
    beard = person.material == Material.BEARD
    assert beard.any() == (CHARACTERS[person.name].beard is not None)
    upper, lower = lip_lines(person)
    scale = CHARACTERS[person.name].head.scale
    x, y, _ = person.position.T
    between = (
        beard & (np.abs(x) < 0.8 * upper[-1, 0]) & (np.abs(y - np.interp(x, upper[:, 0], upper[:, 1])) < 3 * scale)
    )
    assert not between.any()
    assert np.allclose(upper, lower)


def test_the_beard_goes_with_the_jaw(person: Avatar) -> None:
    beard = (person.material == Material.BEARD) & (person.position[:, 1] < -110) & (person.position[:, 2] > 40)
    if CHARACTERS[person.name].beard is not None:
        assert displacement(person, jawOpen=1.0)[beard, 1].mean() < -15


def test_no_expression_pushes_skin_through_the_glasses(person: Avatar) -> None:
    if CHARACTERS[person.name].glasses is None:
        return
    character = CHARACTERS[person.name]
    scale = character.head.scale
    x, y, z = person.position.T
    rims = (person.material == Material.CLOTH) & (z > 70 * scale) & (np.abs(y + 20) < 40)
    assert rims.sum() > 500
    front = np.isin(person.material, (Material.SKIN, Material.BROW)) & (z > 50 * scale) & (np.abs(x) > 13 * scale)
    rim = person.position[rims]
    tree = cKDTree(rim[:, :2])
    for name in COEFFICIENT_NAMES:
        moved = (person.position + displacement(person, **{name: 1.0}))[front]
        away, nearest = tree.query(moved[:, :2], distance_upper_bound=2.0)
        at = away < 2.0
        assert (moved[at, 2] - rim[nearest[at], 2]).max() < 0.0, name


def test_people_differ_in_silhouette() -> None:
    people = [c for c in CHARACTERS.values() if c.kind == "human"]
    assert len({c.body.shoulder_half_width for c in people}) == len(people)
    assert len({c.hair.style for c in people}) == len({c.outfit for c in people}) == len(people)
