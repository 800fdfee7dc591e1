"""A picture of a face never passes for a living one; a head that turns, blinks or speaks does."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.perception.faces import Head, Image, head_shot, held, noisy
from visavis_agent.core.clock import MS
from visavis_agent.perception.face_table import LOWER_LIDS, LOWER_LIP, UPPER_LIDS, Points
from visavis_agent.perception.facemesh import FaceMeshEyes
from visavis_agent.perception.liveness import Liveness, washed_out

STEP = 40 * MS
Change = Callable[[Points, int], Points]


def watch(head: Head, change: Change, frames: int = 100, noise: float = 0.15, seed: int = 0) -> Liveness:
    """A face at rest for 12 pictures, then as `change` says; `noise` is the jitter of the mesh, px."""
    rng = np.random.default_rng(seed)
    liveness = Liveness()
    for n in range(frames):
        points = head.mesh() if n < 12 else change(head.mesh(), n - 12)
        liveness.watch(points + rng.normal(0, noise, points.shape), n * STEP)
    return liveness


@given(seed=st.integers(0, 1000), strength=st.floats(0, 1))
def test_a_flat_picture_however_held_is_not_alive(head: Head, seed: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 6, (3, 3))

    def hold(points: Points, n: int) -> Points:
        sway = strength * np.sin(n * 0.15 + phases)
        homography = np.eye(3) + sway * [[0.3, 0.2, 60], [0.2, 0.3, 60], [3e-4, 3e-4, 0]]
        flat = cv2.perspectiveTransform(points[None, :, :2], homography)[0]
        return np.column_stack([flat, points[:, 2]])

    assert not watch(head, hold, seed=seed).alive


def test_a_resting_face_is_not_yet_known_to_be_alive(head: Head) -> None:
    assert not watch(head, lambda points, n: points).alive


def test_a_head_that_turns_is_alive(head: Head) -> None:
    assert watch(head, lambda points, n: head.mesh(yaw=min(14, n))).alive


def test_a_head_that_nods_is_alive(head: Head) -> None:
    assert watch(head, lambda points, n: head.mesh(pitch=14 * np.sin(n * 0.2))).alive


def shut(points: Points, share: float) -> Points:
    """Lids lowered by `share` of their opening."""
    lowered = points.copy()
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        lowered[upper] += share * (points[lower] - points[upper])
    return lowered


def test_a_blink_is_a_sign_of_life(head: Head) -> None:
    assert watch(head, lambda points, n: shut(points, 0.8 if 20 <= n < 24 else 0)).alive


@pytest.mark.parametrize(("share", "frames"), [(0.25, 4), (0.8, 60)], ids=["lids sag", "eyes stay shut"])
def test_what_is_no_blink_is_no_sign_of_life(head: Head, share: float, frames: int) -> None:
    assert not watch(head, lambda points, n: shut(points, share if 20 <= n < 20 + frames else 0)).alive


def test_speech_is_a_sign_of_life(head: Head) -> None:
    def speak(points: Points, n: int) -> Points:
        spoken = points.copy()
        spoken[LOWER_LIP, 1] += 8 * max(0.0, np.sin(n * 0.6))
        return spoken

    assert watch(head, speak).alive


def test_once_alive_always_alive(head: Head) -> None:
    liveness = watch(head, lambda points, n: shut(points, 0.8 if n < 4 else 0))
    assert liveness.alive
    assert liveness.watch(head.mesh(), 10_000 * STEP)


def confirmed(eyes: FaceMeshEyes, images: list[Image]) -> bool:
    liveness = Liveness()
    for n, image in enumerate(images):
        for face in eyes.see(image, n * STEP, None):
            if face.points is not None:
                liveness.watch(face.points, n * STEP)
    return liveness.alive


@pytest.mark.parametrize("tilt", [0.0, 20.0])
def test_a_photograph_in_front_of_the_camera_is_not_alive(eyes: FaceMeshEyes, tilt: float) -> None:
    shot = head_shot()
    assert not confirmed(eyes, [noisy(held(shot, n * 0.15, tilt), 3, n) for n in range(75)])


def test_a_turning_head_in_front_of_the_camera_is_alive(eyes: FaceMeshEyes, head: Head) -> None:
    assert confirmed(eyes, [noisy(head.drawn(yaw=18 * np.sin(n * 0.1)), 3, n) for n in range(50)])


@pytest.mark.parametrize(
    ("skin", "washed"),
    [((255, 214, 190), False), ((255, 250, 252), True), ((90, 60, 50), False)],
    ids=["bright skin", "white", "dark skin"],
)
def test_a_face_is_washed_out_where_it_is_white_not_where_its_skin_is_bright(
    head: Head, skin: tuple[int, int, int], washed: bool
) -> None:
    points = head.mesh()
    size = np.ceil(points[:, :2].max(axis=0)).astype(int) + 20
    image = np.full((size[1], size[0], 3), skin, np.uint8)
    assert washed_out(image, points) is washed
