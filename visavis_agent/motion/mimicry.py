"""What the visitor's face does, later and smaller on one's own: facial mimicry.

It comes 300–1000 ms after the model (Dimberg, Thunberg and Elmehed 2000) and is strongest for smiles (Hess and Fischer
2013). How much of it there is goes with the personality (Sonnby-Borgström 2002 on empathy): the gain. Frowns are left
out: geometry hardly sees them (perception/action_units.py), and a listener that frowns at nothing is worse than none.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.records import FaceAffect
from visavis_agent.motion.curves import Spring, clamp

EARLIEST, LATEST = 0.3, 1.0
"""Time from what is seen to what is returned, s, as an onlooker finds it."""
_UNDERWAY = 0.2  # of that, what eyes, screen and the first visible part of the movement take
_KEPT = 1.5
_OMEGA = 6.0
# Share of what is seen, before the gain, and from where on it counts; what speaking moves is not returned.
_RETURNED = {"smile": (1.0, 0.15), "brows": (0.5, 0.35)}


@dataclass(frozen=True, slots=True)
class Returned:
    """What is returned of the visitor's face, 0–1 each."""

    smile: float = 0.0
    brows: float = 0.0


class _Echo:
    """One movement, delayed: the delay is drawn anew each time it begins."""

    def __init__(self, rng: np.random.Generator, least: float) -> None:
        self._rng = rng
        self._least = least
        self._seen: deque[tuple[float, float]] = deque()
        self._delay = 0.5
        self._active = False
        self._goal = 0.0
        self._until = 0.0
        self._spring = Spring(_OMEGA)

    def see(self, time: float, strength: float) -> None:
        strength = clamp(strength, 0.0, 1.0) if math.isfinite(strength) else 0.0
        if strength > self._least and not self._active:
            self._delay = float(self._rng.uniform(EARLIEST, LATEST - 0.1)) - _UNDERWAY
        self._active = strength > self._least
        self._seen.append((time + self._delay, strength if self._active else 0.0))

    def step(self, time: float, dt: float) -> float:
        while self._seen and self._seen[0][0] <= time:
            self._goal = self._seen.popleft()[1]
            self._until = time + _KEPT
        if self._goal and time > self._until:
            self._goal = 0.0
        return self._spring.step(self._goal, dt)


class Mimicry:
    """Returns smiles and raised brows.

    Args:
        gain: share of what is seen that is returned, 0–1.
    """

    def __init__(self, rng: np.random.Generator, gain: float) -> None:
        self._gain = gain
        self._echoes = {name: _Echo(rng, least) for name, (_, least) in _RETURNED.items()}

    def see(self, time: float, affect: FaceAffect) -> None:
        units = dict(zip(affect.action_units, affect.intensities, strict=True))
        joy = affect.emotion.probability("joy") * affect.emotion.intensity
        self._echoes["smile"].see(time, max(units.get(12, 0.0), joy))
        self._echoes["brows"].see(time, min(units.get(1, 0.0), units.get(2, 0.0)))

    def step(self, time: float, dt: float) -> Returned:
        """What is shown now, `dt` s after the last step."""
        values = {name: self._gain * _RETURNED[name][0] * echo.step(time, dt) for name, echo in self._echoes.items()}
        return Returned(**values)
