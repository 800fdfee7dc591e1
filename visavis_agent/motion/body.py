"""The body of one frame: arms at rest or in a gesture, breath in the chest and clavicles, a slow sway."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.skeleton import JOINT_INDEX, rest_rotations
from visavis_agent.motion.curves import Reach, bump
from visavis_agent.motion.gestures import (
    ARM_GESTURES,
    ARM_INDICES,
    REST_LEFT,
    REST_RIGHT,
    ArmPose,
    Gesture,
    arm_rotations,
)
from visavis_agent.motion.life import Drift
from visavis_agent.motion.rotations import Array, slerp, small_rotation

_RETRACT = 0.6
_CHANGE_S = 0.30  # from one number to the next
_BEAT_TIMES, _BEAT_APART = (0.22, 0.04, 0.42), 0.9
_BEAT_SHARE = 0.20  # of the way from rest to open palms
_SIDES = "lr"
_STILL = rest_rotations().astype(np.float64)
_REST = {"l": REST_LEFT, "r": REST_RIGHT}
_OPEN = ARM_GESTURES["open"]


@dataclass(frozen=True, slots=True)
class BodyPose:
    """What BodyMotion carries, and the chest's roll, pitch, yaw in the origin frame, rad."""

    rotations: npt.NDArray[np.float32]
    root: tuple[float, float, float]
    gesture: str
    chest: tuple[float, float, float]


class Arms:
    """Both arms: one gesture at a time; a new one starts from wherever the arms are."""

    def __init__(self) -> None:
        self._rest = {side: arm_rotations(_REST[side], side) for side in _SIDES}
        self._base = dict(self._rest)
        self._now = dict(self._rest)
        self._gesture: Gesture | None = None
        self._share = Reach()
        self._began = 0.0
        self._beat: tuple[float, dict[str, float]] = (-math.inf, {})
        self._open = {"l": arm_rotations(_OPEN.left[0], "l"), "r": arm_rotations(_OPEN.right[0], "r")}
        self.name = ""
        self.lift = 0.0
        """How far the shoulders are raised, rad at the clavicles."""

    def beat(self, time: float, left: float, right: float) -> None:
        """A small stroke of resting hands with its apex at media time `time`, s, and this strong, 0–1 each.

        It is left out while a gesture is made and right after another one.
        """
        start = time - _BEAT_TIMES[0]
        if self._gesture is None and start - self._beat[0] >= _BEAT_APART:
            self._beat = (start, {"l": left, "r": right})

    def perform(self, name: str, time: float, intensity: float = 1.0) -> None:
        """Start the arm gesture `name` at media time `time`, s; the arms go the share `intensity` of its way."""
        self._base = dict(self._now)
        self._beat = (-math.inf, {})
        self._gesture = ARM_GESTURES[name]
        self._share = Reach()
        self._share.to(intensity, time, self._gesture.raise_s)
        self._began, self.name = time, name

    def retract(self, time: float) -> None:
        """Give the gesture up and lower the arms from where they are."""
        if self._gesture is not None and self._share.goal > 0.0:
            self._lower(time, _RETRACT)

    def _lower(self, time: float, duration: float) -> None:
        """The way back leads to rest, also when the arms were raised from another gesture."""
        self._base = dict(self._rest)
        self._share.to(0.0, time, duration)

    def step(self, time: float) -> dict[str, Array]:
        """(13, 4) local quaternions per side at media time `time`, s."""
        gesture = self._gesture
        if gesture is None:
            return self._resting(time)
        if self._share.goal > 0.0 and time >= self._began + gesture.raise_s + gesture.hold_s:
            self._lower(time, gesture.lower_s)
        elif self._share.goal == 0.0 and self._share.arrived(time):
            self._gesture, self.name, self._now, self.lift = None, "", dict(self._rest), 0.0
            return self._rest
        share = self._share.at(time)
        self.lift = gesture.lift * share
        for side, poses in (("l", gesture.left), ("r", gesture.right)):
            goal = self._posed(gesture, poses, side, time) if poses else self._rest[side]
            self._now[side] = slerp(self._base[side], goal, share)
        return self._now

    def _resting(self, time: float) -> dict[str, Array]:
        start, strengths = self._beat
        share = _BEAT_SHARE * bump(time - start, *_BEAT_TIMES)
        if share == 0.0:
            self._now = dict(self._rest)
        else:
            self._now = {
                side: slerp(self._rest[side], self._open[side], share * strength)
                for side, strength in strengths.items()
            }
        return self._now

    def _posed(self, gesture: Gesture, poses: tuple[ArmPose, ...], side: str, time: float) -> Array:
        """Where a gesture wants an arm at `time`, raised or not."""
        first = arm_rotations(poses[0], side)
        if len(poses) == 1:
            return first
        if gesture.beat_s > 0.0:
            return self._counted(gesture, poses, side, time)
        phase = 2.0 * math.pi * gesture.swing_hz * (time - self._began)
        return slerp(first, arm_rotations(poses[1], side), 0.5 - 0.5 * math.cos(phase))

    def _counted(self, gesture: Gesture, poses: tuple[ArmPose, ...], side: str, time: float) -> Array:
        """One pose after the other; each change takes a part of the beat and ends on it."""
        beats = max(time - self._began - gesture.raise_s, 0.0) / gesture.beat_s
        number = min(int(beats), len(poses) - 1)
        last = number == len(poses) - 1
        change = 0.0 if last else max(0.0, 1.0 - (number + 1 - beats) * gesture.beat_s / _CHANGE_S)
        eased = change * change * (3.0 - 2.0 * change)
        here, there = (arm_rotations(poses[min(number + k, len(poses) - 1)], side) for k in (0, 1))
        return slerp(here, there, eased)


class Body:
    """Everything below the neck.

    Args:
        liveliness: factor on the sway.
        beats: factor on small strokes of the hands.
    """

    def __init__(self, rng: np.random.Generator, liveliness: float, beats: float = 1.0) -> None:
        self.arms = Arms()
        self._hands = rng.spawn(1)[0]
        self._beats = beats
        self._liveliness = liveliness
        # forward and sideways shift (mm), roll, pitch, yaw of the spine (mrad), curl of each hand
        self._sway = Drift(rng, (3.0, 2.0), (4.0, 4.0), (4.0, 6.0), (3.0, 4.0), (5.0, 8.0))

    def beat(self, time: float, strength: float) -> None:
        """A stroke on a stressed word at media time `time`, s: of the upper hand, or now and then of both."""
        size = self._beats * strength * float(self._hands.uniform(0.7, 1.2))
        if size > 0.0:
            self.arms.beat(time, size, 0.8 * size if self._hands.random() < 0.35 else 0.0)

    def step(self, time: float, dt: float, breath: float) -> BodyPose:
        """The body at media time `time` (s), `dt` s later; `breath` is the filling of the chest, 0–1."""
        rotations = _STILL.copy()
        arms = self.arms.step(time)
        for side in _SIDES:
            rotations[ARM_INDICES[side]] = arms[side]
        forward, sideways, roll, pitch, yaw = (self._liveliness * 1e-3 * value for value in self._sway.step(dt))
        lift = breath - 0.5
        shoulders = 0.022 * lift + self.arms.lift
        rotations[JOINT_INDEX["spine"]] = small_rotation(roll, pitch, yaw)
        rotations[JOINT_INDEX["chest"]] = small_rotation(0.0, -0.012 * lift, 0.0)
        rotations[JOINT_INDEX["clavicle_l"]] = small_rotation(shoulders, 0.0, 0.0)
        rotations[JOINT_INDEX["clavicle_r"]] = small_rotation(-shoulders, 0.0, 0.0)
        chest = (roll, pitch - 0.012 * lift, yaw)
        root = (forward, sideways, 0.0015 * lift)
        return BodyPose(rotations.astype(np.float32), root, self.arms.name, chest)
