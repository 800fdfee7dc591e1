"""Where the eyes rest: on the visitor or elsewhere for a while, by saccades; and how eyes and head share it.

Directions are (yaw, pitch) in the character's body frame, rad, REP-103: yaw > 0 to the own left, pitch > 0
down. Fixations after Lee, Badler and Badler (2002); durations of saccades from their main sequence; more
contact while listening than while speaking (Argyle and Cook 1976), least while thinking (Doherty-Sneddon
and Phelps 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from visavis_agent.motion.curves import Spring, clamp, minimum_jerk
from visavis_agent.motion.settings import MotionSettings

Angles = tuple[float, float]
EYE_OUT, EYE_IN, EYE_VERTICAL = 0.38, 0.28, 0.34
"""Largest eye rotations, rad, away from and towards the nose and vertical: coefficient 1."""
_FACE_SPREAD = math.radians(1.1)
_NEAREST_ASIDE, _FARTHEST = math.radians(5.5), math.radians(14.0)
_FLATTENED = 0.75
_DWELL_ON, _DWELL_OFF, _DWELL_SPREAD = 0.9, 0.6, 0.5
_SHORTEST_DWELL, _LONGEST_DWELL = 0.25, 3.0
_THINKING_DWELL = 1.6
_SHARE_MEMORY, _CORRECTION = 6.0, 4.0
_FASTEST, _MINIMUM_JERK_PEAK = 600.0, 1.875  # °/s, and the peak of a minimum-jerk course over its mean
_PURSUIT_LIMIT = math.radians(2.5)
_PURSUIT_OMEGA = 14.0


class GazeMode(Enum):
    """What the eyes are for at the moment; the share of contact follows from it."""

    IDLE = 0
    LISTENING = 1
    THINKING = 2
    SPEAKING = 3
    CONTACT = 4


@dataclass(frozen=True, slots=True)
class GazeStep:
    """Where gaze is, and the size of a saccade that starts in this step (rad, 0 for none)."""

    direction: Angles
    saccade: float
    on_person: bool


class Gaze:
    """The point of regard: a moving person (smooth pursuit) plus an offset that jumps (saccades)."""

    def __init__(self, rng: np.random.Generator, settings: MotionSettings) -> None:
        self._rng = rng
        self._share = {
            GazeMode.IDLE: settings.contact_idle,
            GazeMode.LISTENING: settings.contact_listening,
            GazeMode.THINKING: settings.contact_thinking,
            GazeMode.SPEAKING: settings.contact_speaking,
            GazeMode.CONTACT: 1.0,
        }
        self._yaw, self._pitch = Spring(_PURSUIT_OMEGA), Spring(_PURSUIT_OMEGA)
        self._from: Angles = (0.0, 0.0)
        self._to: Angles = (0.0, 0.0)
        self._start = -1.0
        self._until = 0.0
        self._on_person = True
        self._mode = GazeMode.IDLE
        self._rested = dict(self._share)

    def step(self, time: float, dt: float, person: Angles, mode: GazeMode) -> GazeStep:
        """Gaze at media time `time` (s), `dt` s later, with the person in direction `person`."""
        saccade = 0.0
        demanded = mode is GazeMode.CONTACT and not self._on_person
        turned_away = mode is GazeMode.THINKING and self._mode is not GazeMode.THINKING
        if mode is not self._mode:
            # What was looked at in another state does not fill this one: its share would come out of it.
            self._until = min(self._until, time + self._dwell(self._on_person, mode))
        self._mode = mode
        self._count(mode, dt)
        lag = (person[0] - self._yaw.value, person[1] - self._pitch.value)
        if math.hypot(*lag) > _PURSUIT_LIMIT and time > self._start + 0.15:
            saccade = self._catch_up(time, person)
        elif demanded or turned_away or time >= self._until:
            saccade = self._next_fixation(time, mode, away=turned_away)
        self._yaw.step(person[0], dt)
        self._pitch.step(person[1], dt)
        return GazeStep(self._direction(time), saccade, self._on_person)

    def _count(self, mode: GazeMode, dt: float) -> None:
        """Share of the last seconds in this mode that the eyes rested on the person."""
        now = 1.0 if self._on_person else 0.0
        self._rested[mode] += (1.0 - math.exp(-dt / _SHARE_MEMORY)) * (now - self._rested[mode])

    def _direction(self, time: float) -> Angles:
        x, y = self._offset(time)
        return self._yaw.value + x, self._pitch.value + y

    def _offset(self, time: float) -> Angles:
        amplitude = math.hypot(self._to[0] - self._from[0], self._to[1] - self._from[1])
        share = minimum_jerk((time - self._start) / saccade_duration(amplitude))
        (x0, y0), (x1, y1) = self._from, self._to
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

    def _catch_up(self, time: float, person: Angles) -> float:
        """The person is somewhere else than pursuit can reach: jump there, on the person's face."""
        now = self._direction(time)
        self._yaw, self._pitch = Spring(_PURSUIT_OMEGA, person[0]), Spring(_PURSUIT_OMEGA, person[1])
        self._from = (now[0] - person[0], now[1] - person[1])
        self._to = self._on_face()
        self._start, self._on_person = time, True
        self._until = time + self._dwell(True, self._mode)
        return math.hypot(self._to[0] - self._from[0], self._to[1] - self._from[1])

    def _next_fixation(self, time: float, mode: GazeMode, away: bool) -> float:
        share = self._share[mode]
        # Time shares become probabilities of a fixation by the mean dwell times of the two kinds.
        off, on = (_THINKING_DWELL if mode is GazeMode.THINKING else _DWELL_OFF), _DWELL_ON
        chance = share * off / (share * off + (1.0 - share) * on) if share > 0.0 else 0.0
        if 0.0 < share < 1.0:
            # Glances that something else demanded are made up for.
            chance = clamp(chance + _CORRECTION * (share - self._rested[mode]), 0.0, 1.0)
        self._on_person = not away and bool(self._rng.random() < chance)
        self._from = self._offset(time)
        self._to = self._on_face() if self._on_person else self._elsewhere(mode)
        self._start = time
        self._until = time + self._dwell(self._on_person, mode)
        return math.hypot(self._to[0] - self._from[0], self._to[1] - self._from[1])

    def _on_face(self) -> Angles:
        yaw, pitch = self._rng.normal(0.0, _FACE_SPREAD, 2)
        return float(yaw), float(pitch)

    def _elsewhere(self, mode: GazeMode) -> Angles:
        """An offset that is clearly not the face; while thinking mostly upwards and to a side."""
        drawn = math.radians(-6.9 * math.log(float(self._rng.uniform(1.0, 15.0)) / 15.7))
        size = clamp(drawn, _NEAREST_ASIDE, _FARTHEST)
        if mode is GazeMode.THINKING:
            side = 1.0 if self._rng.random() < 0.5 else -1.0
            return side * max(size, math.radians(7.0)), -0.55 * size
        angle = 0.25 * math.pi * int(self._rng.integers(8))
        yaw, pitch = size * math.cos(angle), _FLATTENED * size * math.sin(angle)
        nearer = max(1.0, _NEAREST_ASIDE / math.hypot(yaw, pitch))
        return nearer * yaw, nearer * pitch

    def _dwell(self, on_person: bool, mode: GazeMode) -> float:
        median = _DWELL_ON if on_person else _THINKING_DWELL if mode is GazeMode.THINKING else _DWELL_OFF
        drawn = median * math.exp(_DWELL_SPREAD * float(self._rng.standard_normal()))
        return clamp(drawn, _SHORTEST_DWELL, _LONGEST_DWELL)


def saccade_duration(amplitude: float) -> float:
    """Seconds that a saccade of `amplitude` rad takes: 21 ms + 2.2 ms per degree (Carpenter 1988).

    Large ones take longer, as the main sequence saturates (Bahill, Clark and Stark 1975).
    """
    degrees = math.degrees(amplitude)
    return max(0.021 + 0.0022 * degrees, _MINIMUM_JERK_PEAK * degrees / _FASTEST)
