"""What a picture shows, by framing and shape."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.framing import camera, plate
from visavis_agent.rendering.native import Camera
from visavis_agent.rendering.renderer import Renderer


def view(cam: Camera) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of the picture in the plane z = 0, mm."""
    per_mm = cam.focal / cam.distance
    width, height = cam.width / per_mm, cam.height / per_mm
    x, y = cam.centre
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def test_a_square_picture_shows_just_the_box(avatar: Avatar) -> None:
    box = avatar.framings["bust"]
    left, bottom, right, top = view(camera(avatar, "bust", (512, 512)))
    assert (left, right) == pytest.approx((-box.size[0] / 2, box.size[0] / 2))
    assert (bottom, top) == pytest.approx((box.centre[1] - box.size[1] / 2, box.centre[1] + box.size[1] / 2))


def test_a_wide_picture_shows_more_at_the_sides(avatar: Avatar) -> None:
    square, wide = (view(camera(avatar, "half", size)) for size in ((720, 720), (1280, 720)))
    assert wide[0] < square[0]
    assert wide[2] > square[2]
    assert (wide[1], wide[3]) == pytest.approx((square[1], square[3]))


def test_a_tall_picture_keeps_the_lower_edge_and_gains_headroom(avatar: Avatar) -> None:
    square, tall = (view(camera(avatar, "half", size)) for size in ((720, 720), (1080, 1920)))
    assert tall[1] == pytest.approx(square[1])
    assert tall[3] > square[3] + 100
    assert (0 - tall[1]) / (tall[3] - tall[1]) == pytest.approx(0.56)


def test_a_slightly_tall_picture_loses_nothing_at_the_sides(avatar: Avatar) -> None:
    square, tall = (view(camera(avatar, "half", size)) for size in ((720, 720), (720, 800)))
    assert (tall[0], tall[2]) == pytest.approx((square[0], square[2]))


@pytest.mark.parametrize("size", [(1, 1), (15, 512), (512, 4097), (10_000, 10_000), (0, 0), (-5, 100)])
def test_impossible_sizes_are_refused_with_the_allowed_ones(avatar: Avatar, size: tuple[int, int]) -> None:
    with pytest.raises(ConfigurationError, match="16 to 4096"):
        Renderer(avatar, size)


def test_an_unknown_framing_names_the_known_ones(avatar: Avatar) -> None:
    with pytest.raises(ConfigurationError, match="bust, face, half"):
        camera(avatar, "knees", (512, 512))


def test_the_plate_is_brighter_behind_the_head_and_the_same_every_time() -> None:
    picture = plate((160, 90)).astype(int)
    assert picture.shape == (90, 160, 3)
    assert picture[30, 74].sum() > picture[-1, -1].sum() + 50
    assert np.array_equal(picture, plate((160, 90)))
