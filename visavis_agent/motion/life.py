"""Inner life that no event causes: blinks, breath, slow noise. All from the stage's own random numbers."""

from __future__ import annotations

import math

import numpy as np

from visavis_agent.motion.curves import SmoothNoise, clamp

CLOSING, SHUT, OPENING = 0.080, 0.030, 0.190
"""Durations of a blink's phases, s (VanderWerf et al. 2003; Trutoiu et al. 2011)."""
_SPREAD = 0.45
_SHORTEST, _LONGEST = 0.9, 7.0
_REFRACTORY = 1.0
_BREATH = 4.2


def _smoothstep(x: float) -> float:
    x = clamp(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


class Blinks:
    """Spontaneous blinks at log-normal intervals (Bentivoglio et al. 1997), and blinks that something evokes.

    Args:
        median: of the intervals, s.
    """

    def __init__(self, rng: np.random.Generator, median: float) -> None:
        self._rng = rng
        self._median = median
        self._start = -1.0
        self._next: float | None = None

    def evoke(self, time: float, probability: float) -> None:
        """Blink now, with this probability.

        Gaze shifts evoke blinks (Evinger et al. 1994), and so do ends of phrases (Nakano and Kitazawa 2010).
        """
        if self._rng.random() < probability and self._next is not None and time - self._start > _REFRACTORY:
            self._begin(time, 1.0)

    def suppress(self, time: float, seconds: float) -> None:
        """No spontaneous blink for a while: something is worth looking at."""
        if self._next is not None:
            self._next = max(self._next, time + seconds)

    def step(self, time: float, pace: float) -> float:
        """Lid closure 0–1 at `time` (s); `pace` scales the rate of spontaneous blinks."""
        if self._next is None:
            self._next = time + self._interval(pace)
        if time >= self._next:
            self._begin(time, pace)
        t = time - self._start
        return min(_smoothstep(t / CLOSING), _smoothstep((CLOSING + SHUT + OPENING - t) / OPENING))

    def _begin(self, time: float, pace: float) -> None:
        self._start = time
        self._next = time + self._interval(pace)

    def _interval(self, pace: float) -> float:
        drawn = self._median / pace * math.exp(_SPREAD * float(self._rng.standard_normal()))
        return clamp(drawn, _SHORTEST, _LONGEST)


class Breath:
    """Breathing in and out, 4.2 s a cycle, faster when aroused; inhalation takes two fifths of it."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._phase = float(rng.random())
        self._tempo = SmoothNoise(rng, 6.0, 0.12)
        self._depth = SmoothNoise(rng, 9.0, 0.15)

    def step(self, dt: float, arousal: float) -> float:
        """Filling of the chest, about 0–1, `dt` s later; `arousal` -1–1."""
        rate = (1.0 + clamp(self._tempo.step(dt), -0.3, 0.3)) * (1.0 + 0.25 * arousal) / _BREATH
        self._phase = (self._phase + rate * dt) % 1.0
        inhaling = self._phase / 0.4
        x = inhaling if inhaling < 1.0 else (1.0 - self._phase) / 0.6
        depth = 1.0 + clamp(self._depth.step(dt), -0.3, 0.3)
        return depth * 0.5 * (1.0 - math.cos(math.pi * x))


class Drift:
    """Independent slow noises, one step at a time.

    Args:
        courses: (correlation time in s, deviation) of each.
    """

    def __init__(self, rng: np.random.Generator, *courses: tuple[float, float]) -> None:
        self._rng = rng
        self._noises = [SmoothNoise(rng, tau, deviation) for tau, deviation in courses]

    def step(self, dt: float) -> list[float]:
        draws = self._rng.standard_normal(len(self._noises)).tolist()
        return [noise.moved(draw, dt) for noise, draw in zip(self._noises, draws, strict=True)]
