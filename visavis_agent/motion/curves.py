"""Time courses that the layers share: minimum jerk, bumps, springs, smooth noise, inertial transitions."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def minimum_jerk(x: float) -> float:
    """0 → 1 for x in [0, 1] with zero speed and acceleration at both ends (Flash and Hogan 1985); clamped
    outside.
    """
    x = min(1.0, max(0.0, x))
    return x * x * x * (10.0 - 15.0 * x + 6.0 * x * x)


def bump(t: float, rise: float, hold: float, fall: float) -> float:
    """0 → 1 → 0 by minimum jerk, `t` s after its start; 0 outside."""
    if t <= 0.0 or t >= rise + hold + fall:
        return 0.0
    return minimum_jerk(min(t / rise, (rise + hold + fall - t) / fall))


def clamp(value: float, low: float, high: float) -> float:
    """Cut to [low, high]; what is no number becomes `low`."""
    if value >= low:
        return value if value <= high else high
    return low


def unit_range(values: Array) -> Array:
    """Cut to 0–1; np.clip takes three times as long for the few numbers of a face."""
    return np.minimum(np.maximum(values, 0.0), 1.0)


class Spring:
    """A critically damped follower: no overshoot, continuous in value and velocity.

    Args:
        omega: natural frequency, rad/s; 90 % of a step are reached after 3.9 / omega s.
        value: where it starts, at rest.
    """

    def __init__(self, omega: float, value: float = 0.0) -> None:
        self.omega = omega
        self.value = value
        self.velocity = 0.0

    def step(self, target: float, dt: float) -> float:
        """Move on by `dt` s towards `target` (exact solution) and give the new value."""
        decay = math.exp(-self.omega * dt)
        error = self.value - target
        drive = self.velocity + self.omega * error
        self.value = target + (error + drive * dt) * decay
        self.velocity = (self.velocity - self.omega * drive * dt) * decay
        return self.value


class SmoothNoise:
    """Slow noise without kinks, from 0 on: an Ornstein–Uhlenbeck process through a spring.

    Args:
        tau: correlation time, s.
        deviation: of the process before the low pass.
    """

    def __init__(self, rng: np.random.Generator, tau: float, deviation: float) -> None:
        self._rng = rng
        self._tau = tau
        self._deviation = deviation
        self._raw = 0.0
        self._low_pass = Spring(9.0)

    def step(self, dt: float) -> float:
        return self.moved(float(self._rng.standard_normal()), dt)

    def moved(self, draw: float, dt: float) -> float:
        """As `step`, by a standard normal number that the caller has drawn."""
        keep = math.exp(-dt / self._tau)
        spread = self._deviation * math.sqrt(1.0 - keep * keep)
        self._raw = keep * self._raw + spread * draw
        return self._low_pass.step(self._raw, dt)


class Inertia:
    """Takes a vector from one course to another without a jump in value or velocity.

    Inertialisation (Bollo 2018): the difference at the moment of the switch is added to the new course and
    fades by a quintic over `duration` s. A velocity that would carry the difference further away is
    dropped, so it only shrinks.
    """

    def __init__(self, size: int, duration: float) -> None:
        self.duration = duration
        self._offset = np.zeros(size)
        self._speed = np.zeros(size)
        self._elapsed = duration
        self._last = np.zeros(size)
        self._velocity = np.zeros(size)

    def step(self, course: Array, dt: float, switched: bool) -> Array:
        """The value to show for `course`; `switched` says that it is another course than at the last call."""
        if switched:
            limit = 5.0 * np.abs(self._last - course) / self.duration
            self._offset = self._last - course
            speed = np.clip(self._velocity, -limit, limit)
            self._speed = np.where(self._offset * speed > 0.0, 0.0, speed)
            self._elapsed = 0.0
        self._elapsed += dt
        if self._elapsed >= self.duration:
            return course
        u = self._elapsed / self.duration
        position = 1.0 - u**3 * (10.0 - 15.0 * u + 6.0 * u * u)
        carry = u - u**3 * (6.0 - 8.0 * u + 3.0 * u * u)
        return course + self._offset * position + self._speed * (self.duration * carry)

    def shown(self, value: Array, dt: float) -> None:
        """What was really shown, after everything else had its say: where the next switch starts from."""
        self._velocity = (value - self._last) / dt
        self._last = value


class Reach:
    """One number on its way to a goal by the quintic of least jerk (Flash and Hogan 1985)."""

    def __init__(self, value: float = 0.0) -> None:
        self._goal = value
        self._start = 0.0
        self._duration = 0.0
        self._offset = 0.0
        self._speed = 0.0

    @property
    def goal(self) -> float:
        return self._goal

    def to(self, goal: float, time: float, duration: float) -> None:
        """Head for `goal` from `time` on, to rest there `duration` s later."""
        value, speed = self.at(time), self.velocity(time)
        self._goal, self._start, self._duration = goal, time, duration
        self._offset, self._speed = value - goal, speed

    def arrived(self, time: float) -> bool:
        return time >= self._start + self._duration

    def at(self, time: float) -> float:
        if self.arrived(time):
            return self._goal
        u = max(0.0, (time - self._start) / self._duration)
        position = 1.0 - u**3 * (10.0 - 15.0 * u + 6.0 * u * u)
        carry = u - u**3 * (6.0 - 8.0 * u + 3.0 * u * u)
        return self._goal + self._offset * position + self._speed * self._duration * carry

    def velocity(self, time: float) -> float:
        if self.arrived(time):
            return 0.0
        u = max(0.0, (time - self._start) / self._duration)
        position = -30.0 * u * u * (1.0 - u) ** 2
        carry = 1.0 - u * u * (18.0 - 32.0 * u + 15.0 * u * u)
        return self._offset * position / self._duration + self._speed * carry
