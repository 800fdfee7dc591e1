"""The mask of the openings has the area of the polygon that bounds them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.rendering.motion import face
from visavis_agent.core.records import Array
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.renderer import Renderer


def polygon_area(points: Array) -> float:
    """Of a closed polygon (Gauss's shoelace formula)."""
    x, y = points.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


@pytest.mark.parametrize("size", [24, 63, 192])
@pytest.mark.parametrize("head", [(0.0, 0.0, 0.0), (0.4, 0.2, -0.3)])
def test_the_mouth_covers_its_exact_area(avatar: Avatar, size: int, head: tuple[float, float, float]) -> None:
    renderer = Renderer(avatar, (size, size), 1, "face")
    posed, _ = renderer.posed(face(jawOpen=0.9, eyeBlink=1.0, head=head))
    cam = renderer.camera
    lips = np.concatenate([posed.position[avatar.lip_upper], posed.position[avatar.lip_lower][::-1]])
    scale = cam.focal / (cam.distance - lips[:, 2:])
    points = (lips[:, :2] - cam.centre) * scale
    assert posed.mask.sum() / 255 == pytest.approx(polygon_area(points), rel=0.01, abs=0.3)


def test_an_opening_outside_the_picture_is_cut_off(avatar: Avatar) -> None:
    renderer = Renderer(avatar, (64, 64), 1, "face")
    renderer.camera = type(renderer.camera)((0.0, 200.0), 1900.0, 700.0, 0.22, 64, 64)
    assert not renderer.posed(face(jawOpen=1.0))[0].mask.any()


def test_the_mask_is_cleared_between_frames(renderer: Renderer) -> None:
    renderer.posed(face(jawOpen=1.0))
    assert not renderer.posed(face(eyeBlink=1.0))[0].mask.any()
