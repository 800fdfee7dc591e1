"""Pictures of people and animals that come with other things: scikit-image's wheel, the folder of test data."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.perception.faces import FOCAL, HEIGHT, WIDTH, Head, Image, framed, noisy
from tests.unit.perception.test_stage import Borrowed, course, watch
from tests.unit.perception.worn import COLOURS, with_mask, with_sunglasses
from visavis_agent.core.clock import MS
from visavis_agent.core.records import Persons, Presence
from visavis_agent.perception.facemesh import FaceMeshEyes
from visavis_agent.perception.head_pose import full_turn, head_pose
from visavis_agent.perception.hidden import covered


def opened(path: Path) -> Image:
    picture = cv2.imread(str(path))
    if picture is None:
        pytest.skip(f"there is no picture {path}")
    return np.ascontiguousarray(picture[:, :, ::-1])


def from_skimage(name: str) -> Image:
    """One of the pictures in scikit-image's wheel, (h, w, 3) RGB; the test is skipped without it."""
    found = find_spec("skimage")
    if found is None or found.origin is None:
        pytest.skip("scikit-image is not installed: its pictures of people and animals are not there")
    return opened(Path(found.origin).parent / "data" / name)


@pytest.fixture
def astronaut() -> Image:
    """Head and shoulders of somebody who smiles at the camera, 640 x 480."""
    return framed(np.ascontiguousarray(from_skimage("astronaut.png")[:300, 80:380]), 160, 60, 1.2)


@pytest.fixture
def painting(shared_data: Path) -> Image:
    """The Mona Lisa, 640 x 480."""
    picture = opened(shared_data / "monalisa" / "monalisa.png")
    return framed(picture, 160, 0, 480 / len(picture))


def angles(eyes: FaceMeshEyes, image: Image) -> np.ndarray:
    """Roll, pitch, yaw in degrees of the only face."""
    (face,) = eyes.see(image, 0, None)
    assert face.points is not None
    assert face.confidence > 0.8
    return np.degrees(full_turn(head_pose(face.points, WIDTH, HEIGHT, FOCAL).angles))


def test_the_astronaut_faces_the_camera(eyes: FaceMeshEyes, astronaut: Image) -> None:
    roll, pitch, yaw = angles(eyes, astronaut)
    assert abs(yaw) < 6
    assert abs(roll) < 8
    assert -5 < pitch < 12


def test_the_mona_lisa_is_turned_to_her_right(eyes: FaceMeshEyes, painting: Image) -> None:
    roll, pitch, yaw = angles(eyes, painting)
    assert -32 < yaw < -12
    assert abs(roll) < 8
    assert 0 < pitch < 22


@pytest.mark.parametrize("light", [0.45, 1.4])
def test_the_astronaut_is_alive_where_she_turns_and_not_where_the_light_does(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, astronaut: Image, light: float
) -> None:
    def lit(image: Image, share: float, n: int) -> Image:
        return np.clip(noisy(image, 2, n) * share, 0, 255).astype(np.uint8)

    (face,) = eyes.see(astronaut, 0, None)
    assert face.points is not None
    head = Head.on(astronaut, face.points)
    eyes.forget()
    still = [lit(astronaut, light * (1 + 0.2 * np.sin(n * 0.4)), n) for n in range(14)]
    assert Presence.CONFIRMED not in course(watch(monkeypatch, Borrowed(eyes), still))
    eyes.forget()
    turning = [lit(head.drawn(yaw=16 * np.sin(n * 0.15)), light, n) for n in range(30)]
    assert Presence.CONFIRMED in course(watch(monkeypatch, Borrowed(eyes), turning))


def test_a_mask_and_sunglasses_on_the_astronaut_are_told(eyes: FaceMeshEyes, astronaut: Image) -> None:
    def told(image: Image) -> tuple[bool, bool]:
        eyes.forget()
        (face,) = eyes.see(image, 0, None)
        assert face.points is not None
        return covered(image, face.points)

    (face,) = eyes.see(astronaut, 0, None)
    assert face.points is not None
    assert told(astronaut) == (False, False)
    assert {told(with_mask(astronaut, face.points, colour)) for colour in COLOURS} == {(True, False)}
    assert told(with_sunglasses(astronaut, face.points)) == (False, True)


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "horse.png", "rocket.jpg"])
def test_cats_cups_and_rockets_are_nobody(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, name: str) -> None:
    image = from_skimage(name)
    host = watch(monkeypatch, Borrowed(eyes), [noisy(image, 2, n) for n in range(3)], step=400 * MS)
    assert not any(record.persons for record in host.of(Persons))


def test_what_only_the_mesh_takes_for_a_face_is_told_with_little_confidence(eyes: FaceMeshEyes) -> None:
    rings = from_skimage("color.png")
    for n in range(3):
        assert all(face.confidence <= 0.5 for face in eyes.see(rings, n * 400 * MS, None))
