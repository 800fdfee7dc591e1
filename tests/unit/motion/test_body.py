"""Arms posed by directions, seen through forward kinematics."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.skeleton import JOINT_INDEX, JOINTS, rest_rotations
from visavis_agent.motion.body import Arms, Body
from visavis_agent.motion.gestures import (
    ARM_GESTURES,
    ARM_INDICES,
    REST_LEFT,
    REST_RIGHT,
    ArmPose,
    arm_rotations,
)
from visavis_agent.motion.rotations import forward_kinematics, from_angles, matrix, quaternion, slerp

DT = 0.02
FIST = (0.0, 0.0, 0.0, 0.0, 0.0)


def joints(left: ArmPose, right: ArmPose) -> dict[str, np.ndarray]:
    rotations = rest_rotations().astype(np.float64)
    rotations[ARM_INDICES["l"]] = arm_rotations(left, "l")
    rotations[ARM_INDICES["r"]] = arm_rotations(right, "r")
    positions, _ = forward_kinematics(rotations)
    return {joint.name: positions[i] for i, joint in enumerate(JOINTS)}


def test_without_rotation_every_joint_is_at_rest() -> None:
    positions, orientations = forward_kinematics(rest_rotations())
    assert positions == pytest.approx(np.array([joint.position for joint in JOINTS]))
    assert orientations == pytest.approx(np.broadcast_to(np.eye(3), (len(JOINTS), 3, 3)))


def test_hanging_arms_are_the_identity() -> None:
    hanging = ArmPose((0, -1, 0), (0, -1, 0), (0, -1, 0), (-1, 0, 0), FIST)
    for side in "lr":
        assert arm_rotations(hanging, side) == pytest.approx(np.tile([0.0, 0.0, 0.0, 1.0], (13, 1)), abs=1e-9)


def test_limbs_point_where_the_pose_says_on_both_sides() -> None:
    pose = ArmPose((1, 0, 0), (0, 0, 1), (0, 1, 0), (0, 0, 1), FIST)
    at = joints(pose, pose)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        assert at[f"elbow_{side}"] - at[f"shoulder_{side}"] == pytest.approx([0, sign * 0.28, 0], abs=1e-6)
        assert at[f"wrist_{side}"] - at[f"elbow_{side}"] == pytest.approx([0.25, 0, 0], abs=1e-6)
        hand = at[f"middle_proximal_{side}"] - at[f"wrist_{side}"]
        assert hand[2] == pytest.approx(0.09, abs=1e-6)


def test_the_palm_faces_where_the_pose_says() -> None:
    pose = ArmPose((0, -1, 0), (0, 0, 1), (0, 1, 0), (0, 0, 1), FIST)
    rotations = rest_rotations().astype(np.float64)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        rotations[ARM_INDICES[side]] = arm_rotations(pose, side)
        _, orientations = forward_kinematics(rotations)
        palm_at_rest = np.array([0.0, -sign, 0.0])
        assert orientations[JOINT_INDEX[f"wrist_{side}"]] @ palm_at_rest == pytest.approx([1, 0, 0], abs=1e-6)


def test_curled_fingers_bend_towards_the_palm() -> None:
    straight, curled = (
        joints(pose, pose)
        for pose in (
            ArmPose((0, -1, 0), (0, -1, 0), (0, -1, 0), (-1, 0, 0), FIST),
            ArmPose((0, -1, 0), (0, -1, 0), (0, -1, 0), (-1, 0, 0), (0.5,) * 5),
        )
    )
    assert curled["index_distal_l"][1] < straight["index_distal_l"][1] - 0.01
    assert curled["index_distal_r"][1] > straight["index_distal_r"][1] + 0.01


def test_resting_hands_are_in_front_of_the_waist_and_near_each_other() -> None:
    at = joints(REST_LEFT, REST_RIGHT)
    for side in "lr":
        assert at[f"wrist_{side}"][0] > 0.08
        assert 0.95 < at[f"wrist_{side}"][2] < 1.15
    assert np.linalg.norm(at["wrist_l"] - at["wrist_r"]) < 0.2


def test_a_waving_hand_is_beside_and_above_the_shoulder() -> None:
    for pose in ARM_GESTURES["wave"].right:
        at = joints(REST_LEFT, pose)
        hand = at["middle_proximal_r"]
        assert hand[2] > at["shoulder_r"][2] + 0.05
        assert hand[1] < at["shoulder_r"][1]


def test_open_hands_are_apart_and_in_front() -> None:
    pose = ARM_GESTURES["open"].left[0]
    at = joints(pose, pose)
    assert at["wrist_l"][1] - at["wrist_r"][1] > 0.4
    assert min(at["wrist_l"][0], at["wrist_r"][0]) > 0.15


def test_a_hand_points_to_its_own_side() -> None:
    for name, side, sign in (("point_left", "l", 1.0), ("point_right", "r", -1.0)):
        gesture = ARM_GESTURES[name]
        poses = {"l": gesture.left, "r": gesture.right}
        assert [s for s in "lr" if poses[s]] == [side]
        at = joints(*(poses[s][0] if poses[s] else REST_LEFT for s in "lr"))
        finger = at[f"index_distal_{side}"] - at[f"wrist_{side}"]
        assert sign * finger[1] > 0.45 * np.linalg.norm(finger)
        assert at[f"index_distal_{side}"][2] > at[f"elbow_{side}"][2]


def test_a_hand_lies_on_the_heart() -> None:
    at = joints(REST_LEFT, ARM_GESTURES["hand_on_heart"].right[0])
    palm = 0.5 * (at["wrist_r"] + at["middle_distal_r"])
    assert abs(palm[1]) < 0.1
    assert at["shoulder_r"][2] - 0.25 < palm[2] < at["shoulder_r"][2]
    assert 0.08 < palm[0] < 0.22


def test_a_shrug_raises_both_shoulders_and_lets_them_down() -> None:
    body = Body(np.random.default_rng(0), 0.0)
    body.arms.perform("shrug", 0.0)
    heights = []
    for k in range(200):
        positions, _ = forward_kinematics(body.step(k * DT, DT, 0.5).rotations.astype(np.float64))
        heights.append([positions[JOINT_INDEX[f"shoulder_{side}"]][2] for side in "lr"])
    course = np.array(heights)
    assert course.max(0) - course[0] == pytest.approx([0.028, 0.028], abs=0.01)
    assert course[-1] == pytest.approx(course[0], abs=1e-6)


def test_counting_stretches_one_finger_after_the_other() -> None:
    arms = Arms()
    arms.perform("count", 0.0)
    gesture = ARM_GESTURES["count"]
    fingers = [ARM_INDICES["r"].tolist().index(JOINT_INDEX[f"{f}_proximal_r"]) for f in ("index", "middle", "ring")]
    stretched = []
    for beat in range(3):
        local = arms.step(gesture.raise_s + (beat + 0.4) * gesture.beat_s)["r"]
        stretched.append([abs(local[finger][0]) < 0.1 for finger in fingers])
    assert stretched == [[True, False, False], [True, True, False], [True, True, True]]


def positions_over(name: str, seconds: float = 5.0) -> np.ndarray:
    arms = Arms()
    arms.step(0.0)
    arms.perform(name, 0.0)
    frames = []
    for k in range(round(seconds / DT)):
        rotations = rest_rotations().astype(np.float64)
        for side, local in arms.step(k * DT).items():
            rotations[ARM_INDICES[side]] = local
        frames.append(forward_kinematics(rotations)[0])
    return np.array(frames)


@pytest.mark.parametrize("name", sorted(ARM_GESTURES))
def test_a_gesture_is_smooth_stays_out_of_the_body_and_comes_back(name: str) -> None:
    course = positions_over(name)
    speed = np.linalg.norm(np.diff(course, axis=0), axis=2) / DT
    assert speed.max() < 3.0
    assert np.linalg.norm(np.diff(course, n=2, axis=0), axis=2).max() < 0.02
    assert course[-1] == pytest.approx(course[0], abs=1e-9)
    for hand in ("wrist_l", "wrist_r", "middle_distal_l", "middle_distal_r"):
        at = course[:, JOINT_INDEX[hand]]
        inside = np.hypot(at[:, 1] / 0.147, (at[:, 0] + 0.03) / 0.094) < 1.05
        assert not (inside & (at[:, 2] < 1.4)).any()


def test_a_gesture_that_is_given_up_lowers_the_arms_without_a_jump() -> None:
    arms = Arms()
    arms.perform("wave", 0.0)
    shown = []
    for k in range(80):
        if k == 14:
            arms.retract(k * DT)
        shown.append(arms.step(k * DT)["r"].copy())
    change = np.abs(np.diff(np.array(shown), axis=0)).max(axis=(1, 2))
    assert change.max() < 0.1
    assert arms.name == ""
    assert shown[-1] == pytest.approx(arm_rotations(REST_RIGHT, "r"))


def test_the_idle_body_breathes_and_sways_a_little() -> None:
    body = Body(np.random.default_rng(0), 1.0)
    poses = [body.step(k * DT, DT, 0.5 + 0.5 * np.sin(k * DT * 1.5)) for k in range(3000)]
    roots = np.array([pose.root for pose in poses])
    assert 0.001 < roots.std(0)[:2].max() < 0.01
    assert np.abs(np.diff(roots, axis=0)).max() < 0.0005
    clavicle = np.array([pose.rotations[JOINT_INDEX["clavicle_l"]] for pose in poses])
    assert clavicle.std(0).max() > 0.002
    assert np.linalg.norm(poses[7].rotations, axis=1) == pytest.approx(1.0)
    assert poses[0].rotations.dtype == np.float32


def test_quaternions_matrices_and_slerp_agree() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        a, b = (from_angles(*rng.uniform(-3, 3, 3)) for _ in range(2))
        assert matrix(quaternion(a)) == pytest.approx(a, abs=1e-9)
        start, end = quaternion(a)[None], quaternion(b)[None]
        assert abs(float((slerp(start, end, 1.0) * end).sum())) == pytest.approx(1.0)
        assert np.linalg.norm(slerp(start, end, 0.3)) == pytest.approx(1.0)
