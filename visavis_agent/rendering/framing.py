"""From a named framing and a picture size to a camera, and the plate behind the character."""

from __future__ import annotations

import numpy as np

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.rendering.avatar import Array, Avatar
from visavis_agent.rendering.native import Camera

DISTANCE = 1900.0  # mm; a portrait lens
BLUR = 0.22  # pixels², keeps Gaussians below a pixel from flickering
EYE_LINE = 0.56  # of a picture's height; the eyes sink no lower when a tall picture gains headroom
SMALLEST, LARGEST = 16, 4096  # pixels
PLATE_CENTRE, PLATE_EDGE = np.array([222.0, 226.0, 224.0]), np.array([132.0, 152.0, 164.0])


def check_size(size: tuple[int, int]) -> None:
    """Raises ConfigurationError unless both sides are 16–4096 pixels."""
    if not all(SMALLEST <= side <= LARGEST for side in size):
        allowed = f"Each side must be {SMALLEST} to {LARGEST}"
        raise ConfigurationError(f"a picture of {size[0]} x {size[1]} pixels cannot be drawn", "", allowed)


def camera(avatar: Avatar, framing: str, size: tuple[int, int]) -> Camera:
    """The camera of a framing for a picture of `size` (width, height).

    A picture as wide as the framing's box shows just the box, a wider one more at both sides. A narrower one
    keeps the box's lower edge (the body ends there), gains height above until the eyes (y = 0) come down to
    56 %, and loses the rest at the sides.

    Raises:
        ConfigurationError: unknown framing, or a size out of range.
    """
    check_size(size)
    box = avatar.framings.get(framing)
    if box is None:
        raise ConfigurationError(f"unknown framing {framing!r}", "", f"Known: {', '.join(sorted(avatar.framings))}")
    width, height = size
    bottom = box.centre[1] - box.size[1] / 2
    tallest = max(box.size[1], -bottom / EYE_LINE)
    per_mm = max(min(height / box.size[1], width / box.size[0]), height / tallest)
    centre = (box.centre[0], bottom + height / per_mm / 2)
    return Camera(centre, DISTANCE, per_mm * DISTANCE, BLUR, width, height)


def plate(size: tuple[int, int]) -> Array:
    """A soft light backdrop, (height, width, 3) uint8: bright behind the head, darker to the corners.

    Its half grey level of noise hides the banding that video coders make of smooth gradients.
    """
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    short = min(size)
    radius = np.hypot((x - 0.46 * width) / short, (y - 0.36 * height) / short)[..., None]
    share = np.clip(radius / 0.85, 0, 1) ** 1.25
    noise = np.random.default_rng(0).normal(0, 0.5, (height, width, 3))
    colour = PLATE_CENTRE * (1 - share) + PLATE_EDGE * share + noise
    return np.clip(np.rint(colour), 0, 255).astype(np.uint8)
