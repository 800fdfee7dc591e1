"""The fixed tables of the contract: blend shapes, skeleton, phones, gestures."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX, ARKIT_NAMES, coefficients
from visavis_agent.core.gestures import GESTURES
from visavis_agent.core.phones import CONSONANTS, PHONES, SILENCE, VOWELS
from visavis_agent.core.skeleton import FINGERS, JOINT_COUNT, JOINT_INDEX, JOINT_NAMES, JOINTS, rest_rotations

# Digests of the two tables as they were pinned.
PINNED_ORDER = "a082b96dd18cfd66"
PINNED_SKELETON = "dfc60c80a1f185a0"


def test_the_blend_shapes_are_apples_52_in_the_pinned_order() -> None:
    assert len(ARKIT_NAMES) == len(set(ARKIT_NAMES)) == ARKIT_COUNT == 52
    assert [ARKIT_INDEX[name] for name in ARKIT_NAMES] == list(range(52))
    for index, name in ((0, "eyeBlinkLeft"), (7, "eyeBlinkRight"), (14, "jawForward"), (17, "jawOpen")):
        assert ARKIT_NAMES[index] == name
    for index, name in ((18, "mouthClose"), (41, "browDownLeft"), (46, "cheekPuff"), (51, "tongueOut")):
        assert ARKIT_NAMES[index] == name


def test_every_side_has_its_other_side() -> None:
    left = {name.removesuffix("Left") for name in ARKIT_NAMES if name.endswith("Left")}
    right = {name.removesuffix("Right") for name in ARKIT_NAMES if name.endswith("Right")}
    assert left == right


def test_one_keyword_sets_both_sides_and_an_unknown_one_is_refused() -> None:
    vector = coefficients(mouthSmile=0.5, jawOpen=0.25)
    assert vector.dtype == np.float32
    assert {ARKIT_NAMES[i]: float(vector[i]) for i in np.flatnonzero(vector)} == {
        "mouthSmileLeft": 0.5, "mouthSmileRight": 0.5, "jawOpen": 0.25,
    }  # fmt: skip
    assert np.count_nonzero(coefficients(jawLeft=1.0)) == 1
    with pytest.raises(KeyError):
        coefficients(mouthGrin=1.0)


def test_parents_come_before_their_children_and_only_the_pelvis_has_none() -> None:
    assert JOINT_NAMES[0] == "pelvis"
    assert [joint.name for joint in JOINTS if not joint.parent] == ["pelvis"]
    for index, joint in enumerate(JOINTS[1:], start=1):
        assert JOINT_INDEX[joint.parent] < index
    assert len(JOINT_NAMES) == len(set(JOINT_NAMES)) == JOINT_COUNT == 33


def test_the_skeleton_has_the_joints_of_the_contract() -> None:
    fingers = [f"{finger}_{part}" for finger in FINGERS for part in ("proximal", "distal")]
    arm = ["clavicle", "shoulder", "elbow", "wrist", *fingers]
    expected = {"pelvis", "spine", "chest", "neck", "head"} | {f"{name}_{side}" for name in arm for side in "lr"}
    assert set(JOINT_NAMES) == expected


def test_left_and_right_mirror_each_other_and_left_is_where_y_is_positive() -> None:
    for joint in JOINTS:
        if joint.name.endswith("_l"):
            other = JOINTS[JOINT_INDEX[joint.name[:-2] + "_r"]]
            x, y, z = joint.position
            assert y > 0
            assert other.position == (x, -y, z)


def test_the_rest_pose_stands_upright_with_hanging_arms() -> None:
    height = {joint.name: joint.position[2] for joint in JOINTS}
    spine = ["pelvis", "spine", "chest", "neck", "head"]
    arm = ["shoulder_l", "elbow_l", "wrist_l", "middle_proximal_l", "middle_distal_l"]
    assert sorted(spine, key=height.__getitem__) == spine
    assert sorted(arm, key=height.__getitem__, reverse=True) == arm
    assert 0.0 < min(height.values()) < max(height.values()) < 2.0


def test_the_rest_pose_is_unit_quaternions_that_turn_nothing() -> None:
    rotations = rest_rotations()
    assert rotations.shape == (JOINT_COUNT, 4)
    assert rotations.dtype == np.float32
    assert np.array_equal(rotations, np.tile(np.float32([0, 0, 0, 1]), (JOINT_COUNT, 1)))
    rotations[:] = 5.0
    assert rest_rotations()[0, 3] == 1.0


def test_the_phones_are_arpabet_with_a_schwa_and_silence() -> None:
    assert len(VOWELS) == 16
    assert len(CONSONANTS) == 24
    assert VOWELS.isdisjoint(CONSONANTS)
    assert VOWELS | CONSONANTS | {SILENCE} == PHONES
    assert all(phone == phone.lower() and phone.isalpha() for phone in PHONES)


def test_gestures_have_names_of_their_own() -> None:
    assert len(set(GESTURES)) == len(GESTURES)
    assert all(name.replace("_", "").isalpha() and name.islower() for name in GESTURES)


def test_the_tables_of_the_contract_have_not_moved() -> None:
    # Avatar files, bags and other people's robots carry these numbers without names.
    skeleton = "\n".join(f"{j.name} {j.parent} {j.position}" for j in JOINTS)
    assert hashlib.sha256("\n".join(ARKIT_NAMES).encode()).hexdigest()[:16] == PINNED_ORDER
    assert hashlib.sha256(skeleton.encode()).hexdigest()[:16] == PINNED_SKELETON
