"""A drawn face that detectors take for one: with it the networks are warm before the first visitor comes."""

from __future__ import annotations

import cv2
import numpy as np

from visavis_agent.perception.eyes import Image

_SKIN, _WHITE, _IRIS, _BROW = (205, 165, 140), (240, 240, 240), (40, 30, 25), (60, 45, 35)
_NOSE, _LIPS, _GREY = (160, 115, 95), (150, 70, 70), 120


def drawn_face(side: int) -> Image:
    """A plain frontal face, (side, side, 3) RGB, half as wide as the picture."""
    image = np.full((side, side, 3), _GREY, np.uint8)
    unit = side / 384

    def at(x: float, y: float) -> tuple[int, int]:
        return round(side / 2 + x * unit), round(side / 2 + y * unit)

    def oval(
        x: float, y: float, size: tuple[float, float], colour: tuple[int, int, int], arc: tuple[int, int, int]
    ) -> None:
        axes = (round(size[0] * unit), round(size[1] * unit))
        line = round(arc[2] * unit) if arc[2] > 0 else -1
        cv2.ellipse(image, at(x, y), axes, 0, arc[0], arc[1], colour, line, cv2.LINE_AA)

    whole = (0, 360, -1)
    oval(0, 0, (95, 125), _SKIN, whole)
    for own in (-1, 1):
        oval(own * 40, -25, (20, 9), _WHITE, whole)
        oval(own * 40, -25, (9, 9), _IRIS, whole)
        oval(own * 40, -48, (26, 8), _BROW, (180, 360, 6))
    oval(0, 20, (16, 10), _NOSE, (0, 180, 4))
    oval(0, 60, (36, 10), _LIPS, whole)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2 * unit), np.uint8)
