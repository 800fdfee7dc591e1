"""Tells a camera that has stopped from a room in which nothing moves: a sensor has noise, the same picture has none."""

from __future__ import annotations

from visavis_agent.core.clock import SECOND
from visavis_agent.perception.eyes import Image

FROZEN_NS = 5 * SECOND
_STRIDE = 16


class Frozen:
    """Compares one pixel in 256 with those of the picture before."""

    def __init__(self) -> None:
        self._pixels = b""
        self._since_ns = 0

    def see(self, image: Image, media_ns: int) -> bool:
        """Take the next picture, (h, w, 3) uint8; whether the very same has come for five seconds."""
        pixels = image[::_STRIDE, ::_STRIDE].tobytes()
        if pixels != self._pixels or media_ns < self._since_ns:
            self._pixels, self._since_ns = pixels, media_ns
        return media_ns - self._since_ns >= FROZEN_NS
