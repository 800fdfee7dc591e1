"""What all records have in common: their base, and the checks of what is put into them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Float3 = tuple[float, float, float]
MICROPHONE_RATE = 16_000
MOTION_RATE = 50
MAXIMUM_TEXT = 100_000
LONGEST_REQUEST_S = 3600.0


def require(condition: bool, message: str) -> None:
    """Raise ValueError with the message unless the condition holds."""
    if not condition:
        raise ValueError(message)


def require_finite(what: str, *values: Any) -> None:
    """The numbers, tuples and arrays of a record hold neither NaN nor infinity."""
    require(all(map(_is_finite, values)), f"a number of the {what} is not finite")


def _is_finite(value: Any) -> bool:
    """Of a number, a tuple of numbers, an array; without numpy where it is slower: this is asked for every frame."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, tuple):
        return all(map(_is_finite, value))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return bool(np.isfinite(value).all())
    return bool(np.isfinite(np.asarray(value, np.float64)).all())


def require_duration(seconds: float) -> None:
    """Seconds that somebody asks for."""
    require(0.0 <= seconds <= LONGEST_REQUEST_S, f"a duration is 0–{LONGEST_REQUEST_S:.0f} s, not {seconds:g}")


def require_picture(what: str, image: Array) -> None:
    """(h, w, 3) uint8."""
    require(image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3, f"a {what} is (h, w, 3) uint8")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """Base of every record.

    Attributes:
        media_ns: media time of the content, ns.
        session: name of the visit the record belongs to; empty when there is only one.
    """

    media_ns: int
    session: str = ""
