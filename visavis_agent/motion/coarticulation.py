"""Coarticulation: every phone pulls at every articulator, more strongly while it sounds.

Cohen and Massaro (1993), eqs. 1–4: the value is the mean of the targets weighted by dominances
`D = α·exp(−(τb/Tb)² − (τa/Ta)²)`, with τ the distance outside a plateau. A phone counts while it overlaps ±
WINDOW of the moment asked for, so the same code gives the same numbers online and over a finished recording.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis_agent.core.phones import SILENCE
from visavis_agent.motion.phonemes import (
    ARTICULATORS,
    DIPHTHONG_SWITCH,
    TARGETS,
    Segment,
    alphas,
    opening_scale,
    scaled,
)

Array = npt.NDArray[np.float64]
WINDOW = 0.4
"""Half width of what is looked at, s."""
_BEFORE = np.array([0.042, 0.028, 0.028, 0.060, 0.110, 0.100, 0.030, 0.030, 0.025])
_AFTER = np.array([0.050, 0.032, 0.032, 0.060, 0.060, 0.060, 0.030, 0.030, 0.025])
_TRIM, _SILENCE_TRIM = 0.30, 0.08
_TAPS = np.arange(-3, 4) * 0.0068
_TAP_WEIGHTS = np.exp(-0.5 * (_TAPS / 0.010) ** 2)
_TAP_WEIGHTS /= _TAP_WEIGHTS.sum()
_FLOOR = 1e-9
_COUNT = len(ARTICULATORS)
_SILENT_SPAN = 2.0


class DominanceTrack:
    """Articulator values over the phones known so far, in reply time, with silence around them."""

    def __init__(self) -> None:
        self._size = 0
        self._cores = np.empty((64, 2))
        self._spans = np.empty((64, 2))
        self._targets = np.empty((64, _COUNT))
        self._alphas = np.empty((64, _COUNT))

    def append(self, segment: Segment) -> None:
        """Add the next phone; it starts where the last one ended."""
        factor = opening_scale(segment.phone, segment.stress, segment.accented)
        targets = TARGETS[segment.phone]
        switch = segment.start + DIPHTHONG_SWITCH * segment.duration
        edges = (segment.start, switch, segment.end) if len(targets) == 2 else (segment.start, segment.end)
        for start, end, target in zip(edges, edges[1:], targets, strict=False):
            self._append(segment.phone, start, end, scaled(target, factor))

    def _append(self, phone: str, start: float, end: float, target: tuple[float, ...]) -> None:
        if self._size == len(self._cores):
            for name in ("_cores", "_spans", "_targets", "_alphas"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.empty_like(old)]))
        trim = (_SILENCE_TRIM if phone == SILENCE else _TRIM) * (end - start)
        self._cores[self._size] = start + trim, end - trim
        self._spans[self._size] = start, end
        self._targets[self._size] = target
        self._alphas[self._size] = alphas(phone)
        self._size += 1

    def values(self, time: float) -> Array:
        """The (9,) articulator values at reply time `time` (s), smoothed by a Gaussian of 10 ms."""
        cores, targets, weights = self._around(time)
        moments = (time + _TAPS)[:, None]
        before = np.maximum(cores[None, :, 0] - moments, 0.0)[:, :, None] / _BEFORE
        after = np.maximum(moments - cores[None, :, 1], 0.0)[:, :, None] / _AFTER
        dominance = weights * np.exp(-(before * before + after * after)) + _FLOOR
        value: Array = _TAP_WEIGHTS @ ((dominance * targets).sum(1) / dominance.sum(1))
        return value

    def _around(self, time: float) -> tuple[Array, Array, Array]:
        """Cores, targets and alphas of the units near `time`, with the silence around the known phones."""
        if not self._size:
            return np.array([[time, time]]), np.zeros((1, _COUNT)), np.array([alphas(SILENCE)])
        spans = self._spans[: self._size]
        first = int(np.searchsorted(spans[:, 1], time - WINDOW))
        last = int(np.searchsorted(spans[:, 0], time + WINDOW, side="right"))
        cores, targets = self._cores[first:last], self._targets[first:last]
        weights = self._alphas[first:last]
        begin, end = spans[0, 0], spans[-1, 1]
        extra = []
        if time - WINDOW < begin:
            extra.append((begin - _SILENT_SPAN, begin))
        if time + WINDOW > end:
            extra.append((end, max(end, time) + _SILENT_SPAN))
        for start, stop in extra:
            cores = np.concatenate([cores, [[start, stop]]])
            targets = np.concatenate([targets, np.zeros((1, _COUNT))])
            weights = np.concatenate([weights, [alphas(SILENCE)]])
        return cores, targets, weights
