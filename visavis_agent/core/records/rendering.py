"""The drawn picture."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.records.base import Array, Record, require_finite, require_picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoFrame(Record):
    """A drawn picture, due on the screen at `media_ns`.

    Attributes:
        image: (h, w, 3) uint8 RGB.
        mouth_gap_m: inner-lip opening after all layers, m at the avatar's scale.
        tier: number of Gaussians drawn.
    """

    image: Array
    mouth_gap_m: float = 0.0
    tier: int = 0

    def __post_init__(self) -> None:
        require_picture("video frame", self.image)
        require_finite("video frame", self.mouth_gap_m)
