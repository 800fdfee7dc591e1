"""Face, body and joints in motion."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from visavis_agent.core.arkit import ARKIT_COUNT
from visavis_agent.core.records.base import Array, Float3, Record, require, require_duration, require_finite
from visavis_agent.core.skeleton import JOINT_COUNT, rest_rotations


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceMotion(Record):
    """One frame of the face at 50 Hz, due on the screen at `media_ns`.

    Attributes:
        coefficients: (52,) float32, ARKit order, 0–1.
        tongue_up: 0–1, tongue tip at the upper teeth (ARKit lacks it).
        head: roll, pitch, yaw of the head relative to the chest, rad, REP-103 (yaw > 0: own left; pitch > 0: down).
        left_eye, right_eye: yaw, pitch of the eye in the head, rad, same signs.
    """

    coefficients: Array
    tongue_up: float = 0.0
    head: Float3 = (0.0, 0.0, 0.0)
    left_eye: tuple[float, float] = (0.0, 0.0)
    right_eye: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        require(
            self.coefficients.dtype == np.float32 and self.coefficients.shape == (ARKIT_COUNT,),
            f"face motion has {ARKIT_COUNT} coefficients, float32",
        )
        least, most = float(self.coefficients.min()), float(self.coefficients.max())  # NaN where one is NaN
        require_finite("face motion", least, most, self.tongue_up, self.head, self.left_eye, self.right_eye)
        require(least >= 0.0 and most <= 1.0, "coefficients are 0–1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyMotion(Record):
    """One frame of the body at 50 Hz (core/skeleton.py); neck and head are given by FaceMotion.

    Attributes:
        rotations: (JOINT_COUNT, 4) float32 unit quaternions x y z w, relative to rest, in the parent's frame.
        root: translation of the pelvis from rest, m.
        gesture: name of the gesture in progress, empty at rest.
    """

    rotations: Array = field(default_factory=rest_rotations)
    root: Float3 = (0.0, 0.0, 0.0)
    gesture: str = ""

    def __post_init__(self) -> None:
        require(
            self.rotations.dtype == np.float32 and self.rotations.shape == (JOINT_COUNT, 4),
            f"body motion has {JOINT_COUNT} quaternions, float32",
        )
        require_finite("body motion", self.rotations, self.root)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointCommand(Record):
    """Where joints of a robot shall be `duration_s` after `media_ns`.

    Attributes:
        names: of the robot's joints.
        positions, velocities: (n,) float64, rad and rad/s.
        duration_s: 0–3600 s.
    """

    names: tuple[str, ...]
    positions: Array
    velocities: Array
    duration_s: float

    def __post_init__(self) -> None:
        rows = (self.positions, self.velocities)
        fits = all(row.dtype == np.float64 and row.shape == (len(self.names),) for row in rows)
        require(fits, "a joint command has one position and one velocity for each joint, float64")
        require_finite("joint command", *rows)
        require_duration(self.duration_s)
