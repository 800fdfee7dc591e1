"""Which joint of a robot follows what of the face and the body: the per-robot file, checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.paths import data_root
from visavis_agent.core.records import BodyMotion, FaceMotion, Float3
from visavis_agent.core.settings import Located, read_settings, read_yaml, setting
from visavis_agent.core.skeleton import JOINT_INDEX, JOINT_NAMES

Source = Callable[[FaceMotion, BodyMotion], float]
_AXES = ("roll", "pitch", "yaw")
_BY_FACE = ("neck", "head")
"""Joints of the skeleton that FaceMotion gives, not BodyMotion."""


@dataclass(frozen=True)
class JointSettings:
    """One joint of the robot."""

    source: str
    gain: float = setting(1.0, "factor on the source; negative for a joint that turns the other way")
    offset: float = setting(0.0, "added to that", unit="rad")
    low: float = setting(-math.pi, "lowest position", unit="rad")
    high: float = setting(math.pi, "highest position", unit="rad")
    speed: float = setting(3.0, "greatest speed", unit="rad/s", low=0.01, high=100.0)


@dataclass(frozen=True)
class RobotSettings:
    """The file of a robot."""

    joints: dict[str, JointSettings] = field(default_factory=dict)
    rate: float = setting(25.0, "commands a second", unit="Hz", low=1.0, high=50.0)
    ahead: float = setting(0.1, "time that the robot gets to reach each command", unit="s", low=0.02, high=2.0)


@dataclass(frozen=True, slots=True)
class MappedJoint:
    """A joint with what it follows."""

    name: str
    settings: JointSettings
    source: Source

    def goal(self, face: FaceMotion, body: BodyMotion) -> float:
        """Where it ought to be, within its limits, rad."""
        wanted = self.settings.gain * self.source(face, body) + self.settings.offset
        return min(self.settings.high, max(self.settings.low, wanted))


@dataclass(frozen=True, slots=True)
class JointMap:
    """All joints of a robot that follow."""

    joints: tuple[MappedJoint, ...]
    rate: float
    ahead_s: float


def load_joint_map(name_or_path: str) -> JointMap:
    """The map of a robot, by the name of a file in config/robots or by path.

    Raises:
        ConfigurationError: no such file, an unknown source or setting, or limits that contradict each other.
    """
    named = "/" not in name_or_path and not name_or_path.endswith(".yaml")
    path = data_root() / "config" / "robots" / f"{name_or_path}.yaml" if named else Path(name_or_path).expanduser()
    document = read_yaml(path)
    robot = read_settings(RobotSettings, document, str(path))
    places = document.get("joints")
    if not robot.joints or not isinstance(places, Located):
        raise ConfigurationError("no joint follows anything", document.place("joints"), "Give at least one")
    joints = tuple(_joint(name, joint, places.place(name)) for name, joint in robot.joints.items())
    return JointMap(joints, robot.rate, robot.ahead)


def _joint(name: str, joint: JointSettings, place: str) -> MappedJoint:
    if joint.low >= joint.high:
        raise ConfigurationError(f"{name} goes from {joint.low:g} to {joint.high:g}", place, "low must be below high")
    return MappedJoint(name, joint, _source(joint.source, place))


def _source(name: str, place: str) -> Source:
    part, _, axis = name.partition(".")
    if name == "jaw.open":
        return lambda face, body: float(face.coefficients[ARKIT_INDEX["jawOpen"]])
    if axis in _AXES:
        index = _AXES.index(axis)
        if part == "head":
            return lambda face, body: face.head[index]
        if part == "eyes" and index > 0:
            return lambda face, body: (face.left_eye[2 - index] + face.right_eye[2 - index]) / 2
        if part in JOINT_INDEX and part not in _BY_FACE:
            joint = JOINT_INDEX[part]
            return lambda face, body: angles(tuple(map(float, body.rotations[joint])))[index]
    bones = ", ".join(bone for bone in JOINT_NAMES if bone not in _BY_FACE)
    remedy = f"Known: jaw.open, head, eyes, {bones}, each but the jaw with .roll, .pitch or .yaw"
    raise ConfigurationError(f"unknown source {name!r}", place, remedy)


def angles(quaternion: tuple[float, ...]) -> Float3:
    """Roll, pitch, yaw (rad; Rz·Ry·Rx) of a unit quaternion x y z w."""
    x, y, z, w = quaternion
    roll = math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch = math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x))))
    yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return roll, pitch, yaw
