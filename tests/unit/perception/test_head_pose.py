"""Heads are where they are and turned as they are turned, signs included."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.perception.faces import FOCAL, HEIGHT, WIDTH, Head, Image, framed, head_shot, rotation
from visavis_agent.core.clock import MS
from visavis_agent.perception.face_table import RIGID, TABLE, Points
from visavis_agent.perception.facemesh import FaceMeshEyes
from visavis_agent.perception.head_pose import HeadPose, focal_px, full_turn, head_pose, similarity

_FLIP = np.array([1.0, -1.0, -1.0])


def average_head(yaw: float, pitch: float, roll: float, place: tuple[float, float, float]) -> Points:
    """Points of the table's head in space, as FaceMesh would give them: depth is along the line of sight to the face.

    Points that the table lacks are of no use here.
    """
    table = np.where(np.isnan(TABLE), 0.0, TABLE) * _FLIP
    for iris in (468, 473):
        table[iris : iris + 5] = table[33 if iris == 468 else 263]
        table[iris + 1, 0] += 5.85
        table[iris + 3, 0] -= 5.85
    placed = table @ rotation(-yaw, pitch, -roll).T + np.array(place)
    pixels = placed[:, :2] / placed[:, 2:] * FOCAL + (WIDTH / 2, HEIGHT / 2)
    away = float(np.linalg.norm(place))
    return np.column_stack([pixels, (placed @ np.array(place) / away - away) * FOCAL / away])


def pose_of(points: Points) -> HeadPose:
    return head_pose(points, WIDTH, HEIGHT, FOCAL)


@given(
    yaw=st.floats(-30, 30),
    pitch=st.floats(-25, 25),
    roll=st.floats(-30, 30),
    distance=st.floats(450, 1500),
)
def test_the_average_heads_pose_is_found(yaw: float, pitch: float, roll: float, distance: float) -> None:
    pose = pose_of(average_head(yaw, pitch, roll, (0.0, 0.0, distance)))
    truth = rotation(-yaw, pitch, -roll)
    eyes = truth @ (TABLE[[33, 133, 362, 263]].mean(axis=0) * _FLIP) + (0, 0, distance)
    bearing = math.degrees(math.atan2(eyes[0], eyes[2])), math.degrees(math.atan2(eyes[1], eyes[2]))
    found = np.degrees(pose.angles)
    assert found[2] == pytest.approx(yaw + bearing[0], abs=4)
    assert found[1] == pytest.approx(pitch + bearing[1], abs=4)
    assert found[0] == pytest.approx(roll, abs=4)
    assert pose.position[0] == pytest.approx(eyes[2] / 1e3, rel=0.15)


@pytest.mark.parametrize("place", [(150.0, 0.0, 600.0), (-150.0, 60.0, 600.0), (0.0, -120.0, 800.0)])
def test_a_head_that_faces_the_camera_from_the_side_has_no_angles(place: tuple[float, float, float]) -> None:
    x, y, z = place
    yaw = math.degrees(math.atan2(x, z))
    pitch = math.degrees(math.atan2(y, math.hypot(x, z)))
    pose = pose_of(average_head(-yaw, -pitch, 0.0, place))
    assert np.degrees(pose.angles) == pytest.approx([0, 0, 0], abs=3.5)
    assert pose.position[1] == pytest.approx(-x / 1e3, abs=0.03)
    assert pose.position[2] == pytest.approx(-(y - 27) / 1e3, abs=0.03)


def test_the_shape_is_that_of_the_head_whatever_its_pose() -> None:
    shape = pose_of(average_head(20, -10, 15, (100.0, 50.0, 700.0))).shape
    assert shape[RIGID] == pytest.approx(TABLE[RIGID], abs=2.0)


@given(st.integers(0, 10_000))
def test_a_similarity_is_recovered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(12, 3))
    turn = rotation(*rng.uniform(-170, 170, 3))
    scale, offset = rng.uniform(0.1, 9), rng.normal(size=3)
    found = similarity(source, scale * source @ turn.T + offset)
    assert found[0] == pytest.approx(scale)
    assert found[1] == pytest.approx(turn, abs=1e-9)
    assert found[2] == pytest.approx(offset, abs=1e-9)


def test_focal_length_follows_from_the_field_of_view() -> None:
    assert focal_px(640, math.radians(60)) == pytest.approx(554.3, abs=0.1)


def seen(eyes: FaceMeshEyes, image: Image) -> np.ndarray:
    """Roll, pitch, yaw in degrees as measured on a picture."""
    eyes.forget()
    for n in range(3):
        faces = eyes.see(image, n * 40 * MS, None)
    assert faces[0].points is not None
    return np.degrees(full_turn(pose_of(faces[0].points).angles))


def test_a_turned_head_is_seen_turned_by_as_much(eyes: FaceMeshEyes, head: Head) -> None:
    straight = seen(eyes, head.drawn())
    errors = []
    for roll, pitch, yaw in (*np.eye(3) * 14, *np.eye(3) * -14, (5, 8, -10)):
        turned = seen(eyes, head.drawn(yaw, pitch, roll)) - straight
        errors.append(np.abs(turned - (roll, pitch, yaw)))
    assert np.mean(errors, axis=0) == pytest.approx([0, 0, 0], abs=2.5)


@pytest.mark.parametrize("x", [0, 320])
def test_a_face_at_the_side_of_the_picture_that_looks_here_is_not_seen_turned(eyes: FaceMeshEyes, x: int) -> None:
    roll, pitch, yaw = seen(eyes, framed(head_shot(), x, 80, 1.0)) - seen(eyes, framed(head_shot(), 160, 80, 1.0))
    assert (roll, pitch, yaw) == pytest.approx((0, 0, 0), abs=4)


@given(yaw=st.floats(-25, 25), pitch=st.floats(-25, 25), roll=st.floats(-40, 40))
def test_what_the_mesh_lacks_of_a_turn_is_made_up_for_in_the_faces_own_axes(
    yaw: float, pitch: float, roll: float
) -> None:
    plain = full_turn((0.0, math.radians(pitch), math.radians(yaw)))
    rolled = full_turn((math.radians(roll), math.radians(pitch), math.radians(yaw)))
    mirrored = full_turn((-math.radians(roll), math.radians(pitch), -math.radians(yaw)))
    assert mirrored == pytest.approx((-rolled[0], rolled[1], -rolled[2]), abs=1e-9)
    assert abs(plain[2]) >= abs(math.radians(yaw)) - 1e-9
    assert abs(plain[1]) >= abs(math.radians(pitch)) - 1e-9
    assert full_turn((math.radians(roll), 0.0, 0.0)) == pytest.approx((math.radians(roll), 0.0, 0.0), abs=1e-9)


def test_in_a_mirror_yaw_and_roll_change_their_signs(eyes: FaceMeshEyes, head: Head) -> None:
    image = head.drawn(yaw=12, pitch=5, roll=10)
    mirrored = np.ascontiguousarray(image[:, ::-1])
    roll, pitch, yaw = seen(eyes, image)
    assert yaw > 6
    assert roll > 6
    assert seen(eyes, mirrored) == pytest.approx([-roll, pitch, -yaw], abs=4)
