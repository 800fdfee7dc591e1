"""Bones: conventions of REP-103 on the avatar's axes, the neck's share, chains of joints."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from tests.unit.rendering.motion import face
from tests.unit.rendering.tiny_avatar import JOINT
from visavis_agent.core.records import Array, BodyMotion
from visavis_agent.core.skeleton import JOINT_INDEX, rest_rotations
from visavis_agent.rendering.arm_poses import ARM_POSES, arm_rotations
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.kinematics import Kinematics, part_of, quaternion
from visavis_agent.rendering.renderer import Renderer

NOSE = np.array([0.0, 0.0, 90.0, 1.0])  # mm, left, up, forward
STILL = (0.0, 0.0)


@pytest.fixture
def bones(avatar: Avatar) -> Kinematics:
    return Kinematics(avatar)


def at(transforms: Array, joint: str, point: Array) -> Array:
    return transforms[JOINT[joint]] @ point


def body(**turns: tuple[float, float, float]) -> Array:
    """Body rotations from roll, pitch, yaw per joint."""
    out = rest_rotations()
    for joint, angles in turns.items():
        out[JOINT_INDEX[joint]] = quaternion(*angles)
    return out


def test_the_rest_pose_moves_nothing(bones: Kinematics) -> None:
    identity = np.eye(3, 4)
    assert np.abs(bones.transforms((0, 0, 0), STILL, STILL) - identity).max() < 1e-6
    assert np.abs(bones.transforms((0, 0, 0), STILL, STILL, rest_rotations()) - identity).max() < 1e-6


def test_yaw_turns_to_the_own_left_pitch_down_roll_to_the_own_right(bones: Kinematics) -> None:
    yawed = at(bones.transforms((0, 0, 0.3), STILL, STILL), "head", NOSE)
    pitched = at(bones.transforms((0, 0.3, 0), STILL, STILL), "head", NOSE)
    ear = np.array([80.0, 0.0, 0.0, 1.0])
    rolled = at(bones.transforms((0.3, 0, 0), STILL, STILL), "head", ear)
    assert yawed[0] > 15
    assert pitched[1] < -15
    assert rolled[1] > 15  # roll > 0 lifts the own left


def test_the_neck_takes_its_share_and_the_head_the_whole_turn(bones: Kinematics) -> None:
    transforms = bones.transforms((0.1, 0.2, 0.6), STILL, STILL)
    whole = quaternion(0.1, 0.2, 0.6)
    angle = 2 * math.acos(whole[3])
    neck = math.acos((np.trace(transforms[JOINT["neck"], :, :3]) - 1) / 2)
    head = math.acos((np.trace(transforms[JOINT["head"], :, :3]) - 1) / 2)
    assert neck == pytest.approx(0.35 * angle, abs=1e-3)
    assert head == pytest.approx(angle, abs=1e-3)


def test_parts_of_a_rotation_add_up() -> None:
    whole = quaternion(0.5, -0.3, 1.2)
    assert part_of(whole, 1.0) == pytest.approx(whole)
    assert part_of(-whole, 1.0) == pytest.approx(whole)
    assert part_of(quaternion(0, 0, 0), 0.5) == pytest.approx([0, 0, 0, 1])


def test_an_elbow_carries_the_hand_but_not_the_upper_arm(bones: Kinematics, avatar: Avatar) -> None:
    transforms = bones.transforms((0, 0, 0), STILL, STILL, body(elbow_l=(0, -math.pi / 2, 0)))
    rest = {joint.name: np.array([*joint.position, 1.0]) for joint in avatar.joints}
    assert at(transforms, "shoulder_l", rest["elbow_l"]) == pytest.approx(rest["elbow_l"][:3], abs=1e-3)
    wrist = at(transforms, "wrist_l", rest["wrist_l"])
    forearm = np.linalg.norm(rest["wrist_l"] - rest["elbow_l"])
    assert wrist == pytest.approx(rest["elbow_l"][:3] + [0, 0, forearm], abs=1e-2)  # up and forward


def test_the_root_moves_everything(bones: Kinematics) -> None:
    transforms = bones.transforms((0, 0, 0), STILL, STILL, rest_rotations(), (0.01, 0.02, 0.03))
    assert transforms[:, :, 3] == pytest.approx(np.tile([20.0, 30.0, 10.0], (len(transforms), 1)), abs=1e-3)


def test_quaternions_need_not_be_normalised(bones: Kinematics) -> None:
    turned = body(shoulder_r=(0.2, 0.4, 0.1))
    doubled = turned * 2
    doubled[JOINT_INDEX["wrist_l"]] = 0
    same = bones.transforms((0, 0, 0), STILL, STILL, doubled)
    assert np.abs(same - bones.transforms((0, 0, 0), STILL, STILL, turned)).max() < 1e-4


@pytest.mark.parametrize("name", sorted(ARM_POSES))
def test_arm_poses_point_where_they_say(bones: Kinematics, avatar: Avatar, name: str) -> None:
    transforms = bones.transforms((0, 0, 0), STILL, STILL, arm_rotations(name, name))
    rest = {joint.name: np.array([*joint.position, 1.0]) for joint in avatar.joints}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        places = [at(transforms, f"{j}_{side}", rest[f"{j}_{side}"]) for j in ("shoulder", "elbow", "wrist")]
        for (start, end), direction in zip(
            pairwise(places), (ARM_POSES[name].upper, ARM_POSES[name].fore), strict=True
        ):
            wanted = np.array(direction) * [sign, 1, 1]
            got = (end - start) / np.linalg.norm(end - start)
            assert got @ (wanted / np.linalg.norm(wanted)) > 0.999


def test_an_arm_moves_without_the_trunk(renderer: Renderer) -> None:
    raised = BodyMotion(media_ns=0, rotations=body(shoulder_l=(1.0, 0, 0)))
    moved = renderer.posed(face(), raised)[0].position - renderer.posed(face(), None)[0].position
    of_arm = (renderer.avatar.joint[:, 0] == JOINT["shoulder_l"]) & (renderer.avatar.joint_weight == 0)
    assert np.linalg.norm(moved[of_arm], axis=1).max() > 100
    assert np.abs(moved[~of_arm]).max() < 1e-3
