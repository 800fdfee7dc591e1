"""Short ways to face motion in tests."""

from __future__ import annotations

from typing import Any

from visavis_agent.core.arkit import coefficients
from visavis_agent.core.records import FaceMotion


def face(
    head: tuple[float, float, float] = (0.0, 0.0, 0.0),
    left_eye: tuple[float, float] = (0.0, 0.0),
    right_eye: tuple[float, float] = (0.0, 0.0),
    media_ns: int = 0,
    tongue_up: float = 0.0,
    **values: Any,
) -> FaceMotion:
    """A FaceMotion with these coefficients (`mouthSmile=0.5` sets both sides)."""
    return FaceMotion(
        media_ns=media_ns,
        coefficients=coefficients(**values),
        tongue_up=tongue_up,
        head=head,
        left_eye=left_eye,
        right_eye=right_eye,
    )
