"""The robot: the same rig on a screen in a casing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.rendering.motion import face as motion
from tests.unit.rendering_builder.deltas import displacement, lip_lines, opening
from visavis_agent.rendering.avatar import COEFFICIENT_NAMES, Avatar, Material, Stencil
from visavis_agent.rendering.avatar_file import load_avatar, save_avatar
from visavis_agent.rendering.builder.build import build
from visavis_agent.rendering.builder.parameters import ROBOT
from visavis_agent.rendering.builder.placing import HEAD_PIVOT
from visavis_agent.rendering.builder.robot_face import RobotFace
from visavis_agent.rendering.renderer import Renderer


@pytest.fixture(scope="module")
def robot() -> Avatar:
    return build(replace(ROBOT, detail=ROBOT.detail.finer(0.4)))


@pytest.fixture(scope="module")
def renderer(robot: Avatar) -> Renderer:
    return Renderer(robot, (256, 256))


def test_it_keeps_the_rules_of_the_format_and_says_that_it_is_a_robot(robot: Avatar, tmp_path: Path) -> None:
    save_avatar(tmp_path / "robot.avatar", robot)
    attributes = load_avatar(tmp_path / "robot.avatar").attributes
    assert (attributes.kind, attributes.presentation, attributes.age) == ("robot", "neutral", None)
    assert robot.surface.subsurface == 0.0


def test_lips_meet_wherever_the_jaw_is(robot: Avatar, renderer: Renderer) -> None:
    assert opening(robot, jawOpen=1.0).max() > 12
    for jaw in (0.2, 1.0):
        upper, lower = lip_lines(robot, jawOpen=jaw, mouthClose=jaw)
        assert np.abs(upper[:, 1] - lower[:, 1]).max() < 0.1
        assert renderer.draw(motion(jawOpen=jaw, mouthClose=jaw))[1].mouth_gap_mm == 0


ON_SCREEN = [
    name
    for name in COEFFICIENT_NAMES
    if name.startswith(("mouth", "jaw", "brow", "cheek")) and name != "jawForward"  # a screen is flat
]


@pytest.mark.parametrize("name", ON_SCREEN)
def test_what_moves_on_the_screen_stays_before_it(robot: Avatar, name: str) -> None:
    moved = displacement(robot, **{name: 1.0})
    drawn = (robot.material == Material.CAVITY) & (robot.stencil == Stencil.NONE) & (np.abs(moved).max(1) > 0)
    assert drawn.any()
    scale, drop = ROBOT.head.scale, np.array([0, -ROBOT.head.drop, 0])
    unscaled = (robot.position[drawn] + moved[drawn] - HEAD_PIVOT - drop) / scale + HEAD_PIVOT
    assert RobotFace(ROBOT).skin(unscaled).min() > 0.3


def test_a_shut_eye_is_a_line_of_light(robot: Avatar, renderer: Renderer) -> None:
    open_eyes, shut = (renderer.posed(motion(eyeBlink=value))[0] for value in (0.0, 1.0))
    assert open_eyes.mask.any()
    assert not shut.mask.any()
    line = robot.material == Material.LASH
    assert shut.opacity[line].min() > 0.5
    assert shut.colour[line].mean() > 150
    assert len(robot.lid_index) == 0


def test_brows_knit_and_rise_by_the_same_coefficients(robot: Avatar) -> None:
    x, y, _ = robot.position.T
    brow = (robot.material == Material.CAVITY) & (robot.stencil == Stencil.NONE) & (y > 0) & (np.abs(x) < 34)
    assert displacement(robot, browDownLeft=1.0, browDownRight=1.0)[brow, 1].max() < -3
    assert displacement(robot, browInnerUp=1.0)[brow, 1].min() > 3
