"""The head of one frame: it follows gaze, moves with the voice, nods or shakes on request."""

from __future__ import annotations

import math
from dataclasses import dataclass

from visavis_agent.motion.curves import Spring, clamp, minimum_jerk
from visavis_agent.motion.gaze import Angles
from visavis_agent.motion.gestures import HEAD_GESTURES, HeadGesture
from visavis_agent.motion.settings import MotionSettings

YAW_LIMIT, PITCH_LIMIT, ROLL_LIMIT = math.radians(28.0), math.radians(15.0), math.radians(10.0)
SPEED_LIMIT = math.radians(80.0)
"""Largest speed of the whole head about each axis, rad/s."""
_FOLLOW_OMEGA = 5.0
_ASIDE_SHARE = 0.25

Head = tuple[float, float, float]


@dataclass(slots=True)
class _Performed:
    gesture: HeadGesture
    start: float
    intensity: float


class HeadMotion:
    """Adds the parts up and keeps the sum within the limits of a neck."""

    def __init__(self, settings: MotionSettings) -> None:
        self._share = settings.head_share
        self._yaw = Spring(_FOLLOW_OMEGA)
        self._pitch = Spring(_FOLLOW_OMEGA)
        self._tilt = Spring(_FOLLOW_OMEGA)
        self._performed: _Performed | None = None
        self._now: Head = (0.0, 0.0, 0.0)

    def perform(self, name: str, time: float, intensity: float = 1.0) -> None:
        """Start the head gesture `name` at media time `time`, s; `intensity` is a factor on its angles."""
        self._performed = _Performed(HEAD_GESTURES[name], time, intensity)

    def step(self, time: float, dt: float, person: Angles, gaze: Angles, parts: tuple[Head, ...], tilt: float) -> Head:
        """Roll, pitch, yaw at media time `time`, rad.

        Args:
            person: direction of the person, which the head follows for the most part.
            gaze: direction of gaze; the head goes a little with a glance aside.
            parts: further rotations to add, roll, pitch, yaw.
            tilt: slow roll to lean into.
        """
        follow = [self._share * p + _ASIDE_SHARE * (g - p) for p, g in zip(person, gaze, strict=True)]
        yaw = self._yaw.step(clamp(follow[0], -YAW_LIMIT, YAW_LIMIT), dt)
        pitch = self._pitch.step(clamp(follow[1], -PITCH_LIMIT, PITCH_LIMIT), dt)
        goal = [self._tilt.step(tilt, dt), pitch, yaw]
        for part in (*parts, self._gesture(time)):
            goal = [a + b for a, b in zip(goal, part, strict=True)]
        limits = (ROLL_LIMIT, PITCH_LIMIT, YAW_LIMIT)
        step = SPEED_LIMIT * dt
        roll, pitch, yaw = (
            clamp(clamp(value, -limit, limit), now - step, now + step)
            for value, limit, now in zip(goal, limits, self._now, strict=True)
        )
        self._now = (roll, pitch, yaw)
        return self._now

    def _gesture(self, time: float) -> Head:
        performed = self._performed
        if performed is None or time < performed.start:
            return (0.0, 0.0, 0.0)
        gesture = performed.gesture
        length = gesture.cycles * gesture.period_s
        t = time - performed.start
        if t >= length:
            self._performed = None
            return (0.0, 0.0, 0.0)
        edge = 0.5 * gesture.period_s
        envelope = performed.intensity * minimum_jerk(min(t, length - t) / edge)
        phase = 2.0 * math.pi * t / gesture.period_s
        # A nod goes down and comes back, a shake goes to both sides.
        return (
            0.0,
            envelope * gesture.pitch * 0.5 * (1.0 - math.cos(phase)),
            envelope * gesture.yaw * math.sin(phase),
        )
