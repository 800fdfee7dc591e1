"""How evenly pictures were drawn, and how far from the sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_LATE = 1.75


def pace(times_ms: Sequence[float], rate: float) -> dict[str, Any]:
    """`fps`, `frame_ms_p99` and `dropped_frames` of pictures drawn at these times.

    Args:
        times_ms: (n,) rising, ms.
        rate: pictures a second that there should be.

    Returns:
        fps: p50 and p1 over whole seconds; frame_ms_p99: 99th percentile of the time from picture to picture;
        dropped_frames: pictures that are missing in gaps of more than 1.75 periods, as a display's refresh moves each
        picture by up to half of one. None where fewer than two seconds were drawn.
    """
    times = np.asarray(times_ms, np.float64)
    if len(times) < 2 or times[-1] - times[0] < 2000.0:
        return {"fps": {"p50": None, "p1": None}, "frame_ms_p99": None, "dropped_frames": None}
    seconds = np.floor((times - times[0]) / 1000.0).astype(int)
    counts = np.bincount(seconds)[:-1]  # the last second is not whole
    gaps = np.diff(times) * rate / 1000.0
    missing = np.where(gaps > _LATE, np.round(gaps) - 1, 0)
    return {
        "fps": {"p50": _percentile(counts, 50), "p1": _percentile(counts, 1)},
        "frame_ms_p99": _percentile(np.diff(times), 99),
        "dropped_frames": int(missing.sum()),
    }


def skew_p95(picture_ms: Sequence[float], sound_ms: Sequence[float]) -> float | None:
    """95th percentile of |picture minus sound|, ms: every picture's lateness against every answer's.

    Args:
        picture_ms: (n,) when each picture was drawn minus when it was due.
        sound_ms: (m,) when each answer's sound began minus when that was announced.
    """
    if not len(picture_ms) or not len(sound_ms):
        return None
    differences = np.subtract.outer(np.asarray(picture_ms, np.float64), np.asarray(sound_ms, np.float64))
    return _percentile(np.abs(differences), 95)


def _percentile(values: np.ndarray, share: float) -> float:
    return round(float(np.percentile(values, share)), 2)
