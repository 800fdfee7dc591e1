"""When a listener may show that it follows, and how: nods, with brows, with the lips of a silent "mm-hm".

Opportunities are pauses after speech, best those that a stretch of low pitch announces (Ward and Tsukahara 2000: 110 ms
below the 26th percentile, after 700 ms of speech). What is done varies (Maynard 1987), never the same twice in a row.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import Prosody
from visavis_agent.motion.curves import bump

# Shorter and shallower gaps lie within words: closures with the fricatives beside them.
_PAUSE = 0.20
_DROP_DB = 18.0
_VOICE_BEFORE = 0.7
_PITCH_KEPT, _PITCH_LEAST = 600, 60
_LOW_PERCENTILE, _LOW_FRAMES = 26.0, 11
_AT_LOW, _AT_OTHER, _AT_END = 0.85, 0.65, 0.65
_APART = 1.8
_SAME_PAUSE = 0.7
_NOD_TIMES = (0.18, 0.02, 0.24)
NOD_SIZE = math.radians(2.8)
_AGAIN_AFTER = 0.8 * sum(_NOD_TIMES)
_FLASH_TIMES, _FLASH = (0.16, 0.12, 0.34), 0.22
_HUM_TIMES, HUM = (0.20, 0.30, 0.40), 0.24


class RecentPitches:
    """The newest pitches, also in order: a percentile of them is asked for ten times a second."""

    def __init__(self) -> None:
        self._newest: deque[float] = deque()
        self._ordered: list[float] = []

    def add(self, octaves: float) -> None:
        if len(self._newest) == _PITCH_KEPT:
            del self._ordered[bisect_left(self._ordered, self._newest.popleft())]
        self._newest.append(octaves)
        insort(self._ordered, octaves)

    def percentile(self, share: float) -> float:
        """By linear interpolation, as np.percentile; minus infinity while there are too few."""
        if len(self._ordered) < _PITCH_LEAST:
            return -math.inf
        place = (len(self._ordered) - 1) * share / 100.0
        below = int(place)
        above = min(below + 1, len(self._ordered) - 1)
        return self._ordered[below] + (self._ordered[above] - self._ordered[below]) * (place - below)


class OpportunityFinder:
    """Finds short pauses in the visitor's voice from level and pitch, relative to that voice."""

    def __init__(self) -> None:
        self._level = -60.0
        self._voiced = 0.0
        self._quiet = 0.0
        self._pitches = RecentPitches()
        self._low = 0

    def feed(self, prosody: Prosody) -> float:
        """Chance that a listener reacts: above 0 when a pause of 200 ms after 700 ms of voice ends in these frames."""
        found = 0.0
        hop = prosody.hop_ns / SECOND
        lowest = self._pitches.percentile(_LOW_PERCENTILE)
        for level, pitch in zip(prosody.level_dbfs.tolist(), prosody.f0_hz.tolist(), strict=True):
            if not (math.isfinite(level) and math.isfinite(pitch)):
                continue
            if pitch > 0.0 and level > self._level - _DROP_DB:
                self._hear(level, math.log2(pitch), hop, lowest)
            elif level < self._level - _DROP_DB:
                self._quiet += hop
                if self._quiet >= _PAUSE:
                    if self._voiced >= _VOICE_BEFORE:
                        found = max(found, _AT_LOW if self._low >= _LOW_FRAMES else _AT_OTHER)
                    self._voiced = 0.0
        return found

    def _hear(self, level: float, octaves: float, hop: float, lowest: float) -> None:
        self._level += 0.05 * (level - self._level) if level < self._level else 0.3 * (level - self._level)
        self._voiced += hop
        self._quiet = 0.0
        self._pitches.add(octaves)
        self._low = self._low + 1 if octaves < lowest else max(0, self._low - 2)


@dataclass(frozen=True, slots=True)
class Form:
    """A way to show it: sizes of the nods that follow each other (1: 2.8°), a brow flash, a silent "mm-hm"."""

    nods: tuple[float, ...]
    flash: float = 0.0
    hum: float = 0.0


FORMS = (
    Form((1.0,)),
    Form((1.0, 0.6)),
    Form((0.9, 0.7, 0.45)),
    Form((1.1,), flash=1.0),
    Form((0.95,), hum=1.0),
    Form((0.9, 0.55), hum=0.8),
)


@dataclass(frozen=True, slots=True)
class BackchannelPose:
    """What is added: head down (rad), brows and lips 0–1."""

    nod: float = 0.0
    brows: float = 0.0
    hum: float = 0.0


class Backchannels:
    """Takes opportunities or lets them pass, and plays what it chose."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._form: Form | None = None
        self._start = -math.inf
        self._considered = -math.inf
        self._size = 0.0
        self.given = 0
        """How many were given so far."""

    def consider(self, time: float, chance: float) -> None:
        """An opportunity at media time `time`, s; it is taken with that chance, at most every 1.8 s."""
        same, self._considered = time - self._considered < _SAME_PAUSE, time
        if same or time - self._start <= _APART or self._rng.random() >= chance:
            return
        choice = [form for form in FORMS if form is not self._form]
        self._form = choice[int(self._rng.integers(len(choice)))]
        self._start = time + float(self._rng.uniform(0.04, 0.20))
        self._size = NOD_SIZE * float(self._rng.uniform(0.75, 1.15))
        self.given += 1

    def at_end(self, time: float) -> None:
        """The visitor's voice has ended."""
        self.consider(time, _AT_END)

    def drop(self, time: float) -> None:
        """Leave out what has not begun yet at media time `time`, s: the agent speaks itself now."""
        if self._form is not None and self._start > time:
            self._form = None
            self.given -= 1

    def at(self, time: float) -> BackchannelPose:
        """The pose at media time `time`, s."""
        form, t = self._form, time - self._start
        if form is None or t <= 0.0:
            return BackchannelPose()
        nod = sum(size * bump(t - k * _AGAIN_AFTER, *_NOD_TIMES) for k, size in enumerate(form.nods))
        return BackchannelPose(
            nod=self._size * nod,
            brows=_FLASH * form.flash * bump(t, *_FLASH_TIMES),
            hum=HUM * form.hum * bump(t, *_HUM_TIMES),
        )
