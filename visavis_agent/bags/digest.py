"""What a bag keeps of a drawn picture."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.records import Record, VideoFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameDigest(Record):
    """A VideoFrame without its pixels: enough to tell whether another run draws the same picture.

    Attributes:
        width, height: px.
        sha256: of the (h, w, 3) uint8 RGB picture's bytes, 64 hexadecimal digits.
        mouth_gap_m, tier: as in VideoFrame.
    """

    width: int
    height: int
    sha256: str
    mouth_gap_m: float
    tier: int


def digest(frame: VideoFrame) -> FrameDigest:
    """The digest of a drawn picture."""
    height, width = frame.image.shape[:2]
    return FrameDigest(
        media_ns=frame.media_ns,
        session=frame.session,
        width=width,
        height=height,
        sha256=hashlib.sha256(np.ascontiguousarray(frame.image).data).hexdigest(),
        mouth_gap_m=frame.mouth_gap_m,
        tier=frame.tier,
    )


def as_recorded(record: Record) -> Record:
    """A record as a bag keeps it: drawn pictures by their digest, everything else as it is."""
    return digest(record) if isinstance(record, VideoFrame) else record
