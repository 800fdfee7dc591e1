"""Head and brows that follow the agent's own voice: nods and brow raises on accents.

Head motion goes with prosody (Yehia, Kuratate and Vatikiotis-Bateson 2002; Munhall et al. 2004), brow
raises with some accents only (Cavé et al. 1996; Flecha-García 2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.phones import VOWELS
from visavis_agent.motion.curves import Spring, bump, clamp
from visavis_agent.motion.life import Drift
from visavis_agent.motion.phonemes import Segment
from visavis_agent.motion.reply import Reply
from visavis_agent.motion.speech_track import Moment

LIMIT = math.radians(3.0)
"""Largest head rotation by voice and idle motion about each axis, rad."""
SPEED_LIMIT = math.radians(24.0)
"""The same for speed, rad/s."""
_NOD = math.radians(2.4)
_NOD_TIMES = (0.16, 0.03, 0.28)
_PITCH_GAIN = math.radians(-0.35)
_BROW_TIMES = (0.14, 0.12, 0.30)
_BROW_AHEAD, _BROW_APART, _BROW_LEAST = 0.06, 1.6, 0.55
_AHEAD = 0.30
_BEAT_LEAST = 0.4
_NOISE = ((1.6, math.radians(1.6)), (2.0, math.radians(0.9)), (1.0, math.radians(0.5)))


@dataclass(frozen=True, slots=True)
class Accent:
    """An accent on its way: media times (s) at which nod and brow raise start, and their weights 0–1."""

    nod_start: float
    brow_start: float
    nod: float
    brow: float
    beat: float


@dataclass(frozen=True, slots=True)
class Beat:
    """A stroke of the hands whose apex is at media time `time`, s, 0–1 strong."""

    time: float
    strength: float


@dataclass(frozen=True, slots=True)
class ProsodicPose:
    """Head roll, pitch, yaw, rad, the brow raise, 0–1, and strokes that have just been planned."""

    head: tuple[float, float, float]
    brow: float
    beats: tuple[Beat, ...] = ()


class Prosodic:
    """Plans an accent shortly before its vowel and adds slow noise, stronger while speaking.

    Args:
        liveliness: factor on the noise.
        accents: factor on what follows the voice.
    """

    def __init__(self, rng: np.random.Generator, liveliness: float, accents: float = 1.0) -> None:
        self._noise = Drift(rng, *_NOISE)
        self._liveliness = liveliness
        self._weight = accents
        self._accents: list[Accent] = []
        self._planned = 0.0
        self._last_brow = -_BROW_APART
        self._voice = Spring(12.0)
        self._activity = Spring(6.0)
        self._sounding = Spring(25.0, 1.0)
        self._head = [0.0, 0.0, 0.0]

    def step(self, time: float, dt: float, moment: Moment) -> ProsodicPose:
        """The pose at media time `time` (s), `dt` s after the last step."""
        planned = len(self._accents)
        self._plan(time, moment)
        beats = tuple(_beat(a) for a in self._accents[planned:] if a.beat > _BEAT_LEAST)
        self._accents = [a for a in self._accents if time < max(a.nod_start, a.brow_start) + 1.0]
        heard = moment.audible and moment.reply is not None and moment.reply.remaining(moment.time) > 0.0
        activity = self._activity.step(1.0 if heard else 0.0, dt)
        # Accents of a sound that was cut fade with it.
        sounding = self._sounding.step(1.0 if moment.audible else 0.0, dt)
        semitones = moment.reply.pitch.at(moment.time) if heard and moment.reply else None
        voice = self._voice.step(clamp(semitones or 0.0, -6.0, 6.0), dt)
        nod = sounding * sum(a.nod * bump(time - a.nod_start, *_NOD_TIMES) for a in self._accents)
        brow = sounding * max((a.brow * bump(time - a.brow_start, *_BROW_TIMES) for a in self._accents), default=0.0)
        yaw, roll, pitch = (self._liveliness * (0.5 + 0.5 * activity) * value for value in self._noise.step(dt))
        goal = (roll, pitch + self._weight * (_NOD * nod + _PITCH_GAIN * voice), yaw)
        self._head = [_approach(now, _soft(value), dt) for now, value in zip(self._head, goal, strict=True)]
        return ProsodicPose((self._head[0], self._head[1], self._head[2]), self._weight * brow, beats)

    def _plan(self, time: float, moment: Moment) -> None:
        if not moment.audible or moment.reply is None:
            return
        horizon = moment.time + _AHEAD
        if moment.jumped:
            self._planned = moment.time
            self._accents = [accent for accent in self._accents if accent.nod_start < time]
        for segment in moment.reply.starting(self._planned, horizon):
            if segment.phone in VOWELS and segment.stress == 1:
                self._accents.append(self._accent(segment, time + segment.centre - moment.time, moment.reply))
        self._planned = max(self._planned, horizon)

    def _accent(self, segment: Segment, centre: float, reply: Reply) -> Accent:
        """The accent of a stressed vowel whose centre is at media time `centre`, s."""
        peak = reply.pitch.peak(segment.centre - 0.06, segment.centre + 0.06)
        weight = clamp(0.5 + 0.18 * (peak or 0.0), 0.15, 1.0)
        brow = 0.0
        if segment.accented and weight > _BROW_LEAST and centre - self._last_brow > _BROW_APART:
            brow, self._last_brow = weight, centre
        nod = weight if segment.accented else 0.3 * weight
        beat = weight if segment.accented else 0.0
        return Accent(centre - _NOD_TIMES[0], centre - _BROW_AHEAD - _BROW_TIMES[0], nod, brow, beat)


def _beat(accent: Accent) -> Beat:
    return Beat(accent.nod_start + _NOD_TIMES[0], accent.beat)


def _soft(value: float) -> float:
    """Within ± LIMIT without a kink."""
    return LIMIT * math.tanh(value / LIMIT)


def _approach(now: float, goal: float, dt: float) -> float:
    return now + clamp(goal - now, -SPEED_LIMIT * dt, SPEED_LIMIT * dt)
