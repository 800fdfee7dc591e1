"""What somebody wears and the colour of hair and skin, coarsely: enough to tell two persons apart who cross.

It is kept for as long as a person is followed, in memory, and tells nobody's name.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis_agent.perception.eyes import Box, Image

Appearance = npt.NDArray[np.float32]

_HUES, _GREYS = 20, 4
# Parts of a person relative to the box of the face: head with hair, and what is seen of the clothes.
_HEAD = (-0.3, -0.4, 1.6, 1.3)
_CLOTHES = (-0.6, 1.25, 2.2, 1.2)
_SAMPLED = 24


def appearance(image: Image, box: Box) -> Appearance:
    """Colour histograms (48,) of head and clothes, each with the sum 1; zeros for a part outside the picture.

    Hue where there is colour, brightness where there is none (Swain and Ballard 1991).
    """
    parts = []
    for left, top, width, height in (_HEAD, _CLOTHES):
        x, y = box.x + left * box.width, box.y + top * box.height
        parts.append(_histogram(_cut(image, Box(x, y, width * box.width, height * box.height))))
    return np.concatenate(parts)


def likeness(a: Appearance, b: Appearance) -> float:
    """0–1: how alike two are (Bhattacharyya), over the parts that both show; 0.5 where there is none."""
    shown = [
        float(np.sqrt(part_a * part_b).sum())
        for part_a, part_b in zip(np.split(a, 2), np.split(b, 2), strict=True)
        if part_a.any() and part_b.any()
    ]
    return sum(shown) / len(shown) if shown else 0.5


def _cut(image: Image, box: Box) -> Image:
    height, width = image.shape[:2]
    x0, y0 = max(0, round(box.x)), max(0, round(box.y))
    x1, y1 = min(width, round(box.x + box.width)), min(height, round(box.y + box.height))
    return image[y0 : max(y0, y1), x0 : max(x0, x1)]


def _histogram(part: Image) -> Appearance:
    if min(part.shape[:2]) < 2:
        return np.zeros(_HUES + _GREYS, np.float32)
    small = cv2.resize(part, (_SAMPLED, _SAMPLED), interpolation=cv2.INTER_NEAREST)
    hue, saturation, value = (plane.ravel().astype(int) for plane in cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2HSV)))
    grey = (saturation < 50) | (value < 40)
    slots = np.where(grey, _HUES + value * _GREYS // 256, hue * _HUES // 180)
    counts = np.bincount(slots, minlength=_HUES + _GREYS).astype(np.float32)
    return counts / np.float32(counts.sum())
