"""Shadows that move with arms and head."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.rendering.motion import face
from visavis_agent.core.records import Array, BodyMotion, FaceMotion
from visavis_agent.core.skeleton import JOINT_INDEX, rest_rotations
from visavis_agent.rendering import shadows
from visavis_agent.rendering.avatar import AVATAR_JOINT_NAMES, Avatar
from visavis_agent.rendering.renderer import Renderer


def colours(renderer: Renderer, motion: FaceMotion, rotations: Array) -> Array:
    return renderer.posed(motion, BodyMotion(media_ns=0, rotations=rotations))[0].colour


def arm_across(angle: float) -> Array:
    """The right upper arm hangs, its forearm lies across the belly."""
    out = rest_rotations()
    half = np.sin(angle / 2)
    out[JOINT_INDEX["shoulder_r"]] = (0, 0, half, np.cos(angle / 2))  # turned to the middle about the vertical
    out[JOINT_INDEX["elbow_r"]] = (0, -np.sin(0.75), 0, np.cos(0.75))
    return out


def of(avatar: Avatar, *names: str) -> Array:
    return np.isin(avatar.joint[:, 0], [AVATAR_JOINT_NAMES.index(name) for name in names])


def test_a_forearm_before_the_body_darkens_it_and_nothing_of_itself(
    avatar: Avatar, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shaded = colours(renderer, face(), arm_across(0.9))
    monkeypatch.setattr(shadows, "joint_groups", lambda: np.zeros(len(AVATAR_JOINT_NAMES), np.uint8))
    lit = colours(Renderer(avatar, (64, 64)), face(), arm_across(0.9))
    trunk = of(avatar, "pelvis", "spine", "chest")
    assert (lit[trunk] - shaded[trunk]).max() > 8
    assert (shaded - lit).max() < 1e-3  # a shadow brightens nothing
    own = of(avatar, "head", "elbow_r", "wrist_r")
    assert np.allclose(lit[own], shaded[own], atol=1e-3)


def test_the_shadow_of_the_chin_in_the_rest_pose_is_the_baked_one(renderer: Renderer) -> None:
    rest = renderer.posed(face())[0].colour
    groups = shadows.joint_groups()
    assert groups[AVATAR_JOINT_NAMES.index("neck")] == shadows.Group.TRUNK
    assert groups[AVATAR_JOINT_NAMES.index("head")] == shadows.Group.NONE
    chin = [capsule for capsule in shadows.capsules(renderer.avatar) if capsule.relative]
    assert len(chin) == 1
    still = colours(renderer, face(), rest_rotations())
    assert np.allclose(rest, still, atol=1e-3)


@pytest.mark.parametrize("yaw", [-0.4, 0.4])
def test_the_chins_shadow_turns_with_the_head(renderer: Renderer, yaw: float) -> None:
    turned = FaceMotion(media_ns=0, coefficients=face().coefficients, head=(0.0, 0.0, yaw))
    trunk = of(renderer.avatar, "chest") & (renderer.avatar.joint_weight == 0)
    rest, now = (renderer.posed(motion)[0].colour[trunk] for motion in (face(), turned))
    assert np.abs(rest - now).max() > 1


def test_capsules_follow_the_avatars_proportions(avatar: Avatar) -> None:
    limbs = shadows.capsules(avatar)
    assert len(limbs) == 5
    assert all(capsule.radius > 0 for capsule in limbs)
    assert {capsule.shades for capsule in limbs} == {
        shadows.Group.TRUNK,
        shadows.Group.TRUNK | shadows.Group.LEFT_ARM,
        shadows.Group.TRUNK | shadows.Group.RIGHT_ARM,
    }
