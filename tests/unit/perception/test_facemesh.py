"""The engine finds faces near and far, follows the preferred one, and keeps the console clean."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest

from tests.unit.perception.faces import Image, framed, head_shot, noisy, portrait
from visavis_agent.core.clock import MS
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.perception.eyes import EYES, Box
from visavis_agent.perception.facemesh import FaceMeshEyes


def test_one_face_is_found_in_a_portrait(eyes: FaceMeshEyes) -> None:
    (face,) = eyes.see(portrait(), 0, None)
    assert face.points is not None
    assert face.points.shape == (478, 3)
    x, y = face.box.centre
    assert (x, y) == (pytest.approx(262, abs=15), pytest.approx(233, abs=15))
    assert face.box.width == pytest.approx(190, abs=20)
    assert face.confidence > 0.7


@pytest.mark.parametrize("scale", [0.25, 0.35, 0.5, 0.8, 1.4])
def test_a_face_is_seen_in_detail_near_and_far(eyes: FaceMeshEyes, scale: float) -> None:
    shot = head_shot()
    (face,) = eyes.see(framed(shot, 100, 20, scale), 0, None)
    (near,) = eyes.see(framed(shot, 100, 20, 1.0), 10_000 * MS, None)
    assert face.points is not None
    assert near.points is not None
    expected = (near.points[:, :2] - (100, 20)) * scale + (100, 20)
    error = np.linalg.norm(face.points[:, :2] - expected, axis=1)
    assert np.median(error) < 0.04 * near.box.width * scale


@pytest.mark.parametrize(
    "image",
    [
        np.full((480, 640, 3), 90, np.uint8),
        noisy(np.full((480, 640, 3), 128, np.uint8), 60, 1),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((20, 4000, 3), np.uint8),
        np.tile(np.arange(640, dtype=np.uint8)[None, :, None], (480, 1, 3)),
    ],
    ids=["grey", "noise", "one pixel", "strip", "stripes"],
)
def test_no_face_is_found_where_there_is_none(eyes: FaceMeshEyes, image: Image) -> None:
    for n in range(3):
        assert eyes.see(image, n * 400 * MS, None) == ()


def test_a_huge_picture_is_seen_in_its_own_pixels(eyes: FaceMeshEyes) -> None:
    huge = cv2.resize(framed(head_shot(), 160, 80, 1.0), (7680, 5760))
    (face,) = eyes.see(np.asarray(huge, np.uint8), 0, None)
    (small,) = eyes.see(framed(head_shot(), 160, 80, 1.0), 10_000 * MS, None)
    assert face.box.width == pytest.approx(12 * small.box.width, rel=0.05)
    assert face.box.centre == pytest.approx([12 * c for c in small.box.centre], rel=0.03)


def test_the_preferred_face_is_the_detailed_one(eyes: FaceMeshEyes) -> None:
    two = framed(head_shot(), 380, 100, 0.7, framed(head_shot(), 20, 100, 0.6))
    for wanted in (Box(60, 160, 115, 110), Box(425, 160, 140, 130), Box(60, 160, 115, 110)):
        for n in range(3):
            faces = eyes.see(two, n * 400 * MS, wanted)
        assert len(faces) == 2
        assert faces[0].points is not None
        assert faces[0].box.overlap(wanted) > 0.5
        assert faces[1].points is None


def test_the_same_pictures_give_the_same_points(eyes: FaceMeshEyes, still: Image) -> None:
    def run() -> list[np.ndarray]:
        eyes.forget()
        faces = [eyes.see(noisy(still, 4, n), n * 40 * MS, None)[0].points for n in range(6)]
        return [points for points in faces if points is not None]

    first, second = run(), run()
    assert len(first) == 6
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_console_stays_clean() -> None:
    script = (
        "from tests.unit.perception.faces import portrait\n"
        "from visavis_agent.perception.eyes import EyesSettings\n"
        "from visavis_agent.perception.facemesh import FaceMeshEyes\n"
        "eyes = FaceMeshEyes(EyesSettings())\n"
        "assert len(eyes.see(portrait(), 0, None)) == 1\n"
        "eyes.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_unknown_engines_and_settings_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="unknown eyes engine"):
        EYES.load("dlib")
    with pytest.raises(ConfigurationError, match="lowest allowed"):
        EYES.settings("facemesh", {"detector_hz": 0.0})
