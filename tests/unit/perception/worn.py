"""What people wear over their faces, painted onto pictures."""

from __future__ import annotations

import cv2
import numpy as np

from tests.unit.perception.faces import Image, Points

_MASK_EDGE = [
    197, 114, 118, 117, 123, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152,
    377, 400, 378, 379, 365, 397, 288, 361, 323, 352, 346, 347, 343,
]  # fmt: skip
_LENSES = ((33, 133), (263, 362))

COLOURS = {"white": (225, 228, 232), "blue": (120, 170, 215), "black": (30, 30, 34), "striped": (200, 60, 60)}
_STRIPES = (60, 40, 120)


def with_mask(image: Image, points: Points, colour: str) -> Image:
    """A cloth with folds and shading from the bridge of the nose to the chin of the face with this mesh."""
    edge = points[_MASK_EDGE, :2]
    centre, (wide, tall) = edge.mean(axis=0), np.ptp(edge, axis=0)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float64)
    across, down = (x - centre[0]) / wide, (y - centre[1]) / tall
    cloth = np.broadcast_to(np.array(COLOURS[colour], np.float64), image.shape).copy()
    if colour == "striped":
        cloth[(x + y) % (wide / 6) < wide / 12] = _STRIPES
    cloth *= (1 + 0.12 * np.sin(18 * down) - 0.6 * across**2 - 0.2 * down)[..., None]
    inside = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(centre + 1.03 * (edge - centre)).astype(np.int32)], 255)
    share = cv2.GaussianBlur(inside, (3, 3), 0)[..., None] / 255.0
    return np.clip(image * (1 - share) + cloth * share, 0, 255).astype(np.uint8)


def with_sunglasses(image: Image, points: Points, colour: tuple[int, int, int] = (25, 22, 25)) -> Image:
    """Dark lenses that mirror a little light, with a bridge."""
    worn = image.copy()
    left, right = points[33, :2], points[263, :2]
    angle = float(np.degrees(np.arctan2(*(right - left)[::-1])))
    for corners in _LENSES:
        ends = points[list(corners), :2]
        centre, wide = ends.mean(axis=0), float(np.linalg.norm(ends[0] - ends[1]))
        lens = (round(0.85 * wide), round(0.65 * wide))
        cv2.ellipse(worn, _pixel(centre), lens, angle, 0, 360, colour, -1, cv2.LINE_AA)
        shine = tuple(min(255, value + 60) for value in colour)
        small = (round(0.2 * wide), round(0.1 * wide))
        cv2.ellipse(worn, _pixel(centre - (0.3 * wide, 0.25 * wide)), small, angle, 0, 360, shine, -1, cv2.LINE_AA)
    cv2.line(worn, _pixel(points[133, :2]), _pixel(points[362, :2]), (30, 30, 30), 3, cv2.LINE_AA)
    return worn


def _pixel(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
