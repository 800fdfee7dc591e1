"""The gestures the agent knows, and the language in which an arm is posed.

An arm is posed by directions, each as (outwards, up, forward) seen from the chest: of the upper arm, the
forearm, the fingers, and of the palm (where it faces). Directions cannot lock like angles and read like a
picture: `(0, 1, 0)` is straight up, `(-1, 0, 0)` towards the middle of the body. Both sides share a pose;
outwards is left for the left arm and right for the right one. `curl` bends thumb to little finger (rad at
the knuckle), `spread` fans the fingers (1 is a wide hand).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from visavis_agent.core.skeleton import FINGERS, JOINT_INDEX
from visavis_agent.motion.rotations import Array, about, quaternion, unit

Direction = tuple[float, float, float]
ARM_JOINTS = (
    "shoulder",
    "elbow",
    "wrist",
    *(f"{f}_{part}" for f in FINGERS for part in ("proximal", "distal")),
)
ARM_INDICES = {side: np.array([JOINT_INDEX[f"{name}_{side}"] for name in ARM_JOINTS]) for side in "lr"}
_FINGER_FAN = {"thumb": 0.155, "index": 0.09, "middle": 0.02, "ring": -0.05, "little": -0.14}


@dataclass(frozen=True, slots=True)
class ArmPose:
    """One arm, see the module's docstring; directions need not be of length 1."""

    upper: Direction
    forearm: Direction
    fingers: Direction
    palm: Direction
    curl: tuple[float, float, float, float, float]
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Gesture:
    """A gesture of the arms: minimum jerk into the pose, a hold, minimum jerk back.

    Attributes:
        left, right: poses of each arm; two poses are swung between, none leaves the arm at rest.
        raise_s, hold_s, lower_s: durations.
        swing_hz: of going from one pose to the other and back.
        beat_s: where given, the poses are taken one after the other, each for this long.
        lift: how far the shoulders rise, rad at the clavicles.
    """

    left: tuple[ArmPose, ...] = ()
    right: tuple[ArmPose, ...] = ()
    raise_s: float = 0.55
    hold_s: float = 1.0
    lower_s: float = 0.70
    swing_hz: float = 0.0
    beat_s: float = 0.0
    lift: float = 0.0


@dataclass(frozen=True, slots=True)
class HeadGesture:
    """A gesture of the head: swings of `period_s`, the first by `pitch` (down) and `yaw` (left), rad."""

    pitch: float = 0.0
    yaw: float = 0.0
    cycles: int = 2
    period_s: float = 0.5


REST_LEFT = ArmPose(
    (0.17, -0.97, -0.10),
    (-0.66, -0.22, 0.72),
    (-0.93, -0.20, 0.30),
    (-0.12, -0.30, -0.95),
    (0.35, 0.35, 0.38, 0.42, 0.50),
)
REST_RIGHT = ArmPose(
    (0.17, -0.97, -0.06),
    (-0.60, -0.12, 0.80),
    (-0.95, -0.22, 0.20),
    (-0.10, -0.35, -0.95),
    (0.30, 0.30, 0.33, 0.38, 0.45),
)
_WAVE_CURL = (0.0, 0.06, 0.03, 0.06, 0.12)
_WAVE_OUT = ArmPose((0.40, -0.84, 0.36), (0.22, 0.95, 0.17), (0.34, 0.93, 0.10), (0.08, 0.0, 1.0), _WAVE_CURL, 1.2)
_WAVE_IN = ArmPose((0.40, -0.84, 0.36), (-0.08, 0.98, 0.17), (-0.26, 0.96, 0.10), (0.08, 0.0, 1.0), _WAVE_CURL, 1.2)
_POINT = ArmPose(
    (0.12, -0.92, 0.36),
    (0.28, 0.80, 0.54),
    (0.50, 0.80, 0.35),
    (-0.25, -0.35, 0.90),
    (0.9, 0.02, 1.45, 1.5, 1.5),
)
_OPEN = ArmPose(
    (0.06, -0.97, 0.22),
    (0.26, 0.40, 0.88),
    (0.46, 0.60, 0.62),
    (-0.30, 0.50, 0.80),
    (0.05, 0.10, 0.14, 0.20, 0.26),
    0.8,
)

_POINT_ASIDE = ArmPose(
    (0.05, -0.93, 0.36),
    (0.30, 0.62, 0.72),
    (0.66, 0.58, 0.48),
    (-0.35, -0.25, 0.90),
    (0.85, 0.02, 1.45, 1.5, 1.5),
)
_SHRUG = ArmPose(
    (0.02, -0.98, 0.12),
    (0.42, 0.45, 0.79),
    (0.70, 0.25, 0.66),
    (0.0, 0.94, 0.34),
    (0.05, 0.12, 0.16, 0.22, 0.28),
    0.7,
)
_ON_HEART = ArmPose(
    (0.36, -0.88, 0.32),
    (-0.74, 0.58, 0.30),
    (-0.95, 0.24, -0.06),
    (-0.10, 0.0, -1.0),
    (0.12, 0.10, 0.12, 0.15, 0.20),
    0.25,
)


def _counted(*curls: float) -> ArmPose:
    """A hand beside the shoulder, its palm to the viewer, with these curls."""
    thumb, index, middle, ring, little = curls
    return ArmPose(
        (0.30, -0.90, 0.30),
        (0.20, 0.93, 0.30),
        (0.06, 0.99, 0.12),
        (0.10, 0.0, 1.0),
        (thumb, index, middle, ring, little),
        0.7,
    )


_COUNT = (
    _counted(0.9, 0.03, 1.45, 1.50, 1.50),
    _counted(0.9, 0.03, 0.03, 1.45, 1.50),
    _counted(0.9, 0.03, 0.03, 0.05, 1.40),
)

_THINK = ArmPose(
    (-0.05, -0.68, 0.73),
    (-0.40, 0.91, -0.05),
    (-0.36, 0.85, -0.38),
    (-0.50, -0.10, -0.86),
    (0.10, 0.35, 1.10, 1.20, 1.25),
)
_THUMB_UP = ArmPose(
    (0.20, -0.83, 0.51),
    (-0.20, 0.58, 0.79),
    (-0.48, 0.05, 0.87),
    (-0.90, 0.0, -0.44),
    (-0.55, 1.72, 1.74, 1.76, 1.78),
)


def _clapping(outwards: float, upper: Direction) -> ArmPose:
    """A flat hand before the chest, its palm to the other one; the forearm leads it in or out."""
    return ArmPose(upper, (outwards, 0.54, 0.70), (-0.16, 0.80, 0.56), (-0.98, -0.05, -0.10), _WAVE_CURL, 0.2)


_CLAP_APART, _CLAP = _clapping(-0.30, (0.14, -0.83, 0.53)), _clapping(-0.62, (0.02, -0.80, 0.60))


def _wagging(outwards: float) -> ArmPose:
    """An upright index finger that leans to a side."""
    return ArmPose(
        (0.30, -0.82, 0.48),
        (0.5 * outwards - 0.02, 0.88, 0.47),
        (outwards, 0.96, 0.10),
        (0.10, 0.0, 1.0),
        (0.9, 0.02, 1.45, 1.5, 1.5),
    )


ARM_GESTURES: dict[str, Gesture] = {
    "wave": Gesture(right=(_WAVE_OUT, _WAVE_IN), raise_s=0.60, hold_s=1.5, lower_s=0.75, swing_hz=1.9),
    "point": Gesture(right=(_POINT,), raise_s=0.55, hold_s=1.1),
    "point_left": Gesture(left=(_POINT_ASIDE,), raise_s=0.55, hold_s=1.2),
    "point_right": Gesture(right=(_POINT_ASIDE,), raise_s=0.55, hold_s=1.2),
    "open": Gesture(left=(_OPEN,), right=(_OPEN,), raise_s=0.50, hold_s=0.9),
    "shrug": Gesture(left=(_SHRUG,), right=(_SHRUG,), raise_s=0.45, hold_s=0.6, lower_s=0.6, lift=0.20),
    "hand_on_heart": Gesture(right=(_ON_HEART,), raise_s=0.65, hold_s=1.4, lower_s=0.75),
    "think": Gesture(right=(_THINK,), raise_s=0.65, hold_s=1.6, lower_s=0.75),
    "thumbs_up": Gesture(right=(_THUMB_UP,), raise_s=0.50, hold_s=1.1),
    "applause": Gesture(
        left=(_CLAP_APART, _CLAP), right=(_CLAP_APART, _CLAP), raise_s=0.55, hold_s=1.6, lower_s=0.7, swing_hz=2.6
    ),
    "no_no": Gesture(right=(_wagging(0.32), _wagging(-0.26)), raise_s=0.55, hold_s=1.4, lower_s=0.7, swing_hz=1.8),
    "count": Gesture(right=_COUNT, raise_s=0.60, hold_s=2.1, lower_s=0.70, beat_s=0.7),
}
HEAD_GESTURES: dict[str, HeadGesture] = {
    "nod": HeadGesture(pitch=0.085),
    "shake": HeadGesture(yaw=0.10, period_s=0.55),
    "bow": HeadGesture(pitch=0.24, cycles=1, period_s=1.5),
}
GESTURES = frozenset(ARM_GESTURES) | frozenset(HEAD_GESTURES)


def preparation(name: str) -> float:
    """Seconds from the start of a gesture to its stroke, which belongs on the stressed word (Kendon 2004)."""
    if name in HEAD_GESTURES:
        gesture = HEAD_GESTURES[name]
        return gesture.period_s * (0.5 if gesture.pitch else 0.25)
    return ARM_GESTURES[name].raise_s


def gesture_seconds(name: str) -> float:
    """How long a gesture takes, from rest to rest, s."""
    if name in HEAD_GESTURES:
        return HEAD_GESTURES[name].cycles * HEAD_GESTURES[name].period_s
    gesture = ARM_GESTURES[name]
    return gesture.raise_s + gesture.hold_s + gesture.lower_s


def _frame(down: Array, forward: Array) -> Array:
    """Columns x, y, z of a limb that points along `down`, its x as near `forward` as it can."""
    z = -down
    x = forward - (forward @ z) * z
    if float(x @ x) < 1e-6:
        x = np.array([1.0, 0.0, 0.0]) - z[0] * z
    x = unit(x)
    return np.stack([x, np.cross(z, x), z], 1)


@lru_cache(maxsize=64)
def arm_rotations(pose: ArmPose, side: str) -> Array:
    """(13, 4) local quaternions of ARM_JOINTS for the pose, relative to the hanging rest pose of
    core/skeleton.py.

    The elbow is a hinge: its axis lies across upper arm and forearm. All turning of the palm happens at the
    wrist.

    Args:
        side: "l" or "r".
    """
    sign = 1.0 if side == "l" else -1.0

    def direction(value: Direction) -> Array:
        outwards, up, forward = value
        return unit(np.array([forward, sign * outwards, up]))

    upper, forearm = direction(pose.upper), direction(pose.forearm)
    fingers, palm = direction(pose.fingers), direction(pose.palm)
    shoulder = _frame(upper, forearm)
    hinge = shoulder[:, 1]
    elbow = np.stack([np.cross(hinge, -forearm), hinge, -forearm], 1)
    # At rest the left palm faces -y and the right one +y, so the palm gives the hand's y axis.
    hand_y = -sign * unit(palm - (palm @ fingers) * fingers)
    wrist = np.stack([np.cross(hand_y, -fingers), hand_y, -fingers], 1)
    locals_ = [shoulder, shoulder.T @ elbow, elbow.T @ wrist]
    for curl, finger in zip(pose.curl, FINGERS, strict=True):
        locals_ += _finger(finger, curl, pose.spread, sign)
    return np.array([quaternion(m) for m in locals_])


def _finger(finger: str, curl: float, spread: float, sign: float) -> list[Array]:
    """Local rotations of a finger's two joints; a curl bends it to the palm, the thumb across it."""
    fan = spread * _FINGER_FAN[finger]
    if finger != "thumb":
        return [about(0, -sign * curl) @ about(1, -fan), about(0, -sign * 1.05 * curl)]
    return [
        about(0, -sign * 0.45 * curl) @ about(1, 0.45 * curl - fan),
        about(0, -sign * 0.5 * curl) @ about(1, 0.5 * curl),
    ]
