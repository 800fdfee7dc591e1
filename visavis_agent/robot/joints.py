"""The joints stage: a robot's head, jaw and arms follow the face and the body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import BodyMotion, FaceMotion, JointCommand, Record
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Host, Stage
from visavis_agent.robot.joint_map import JointMap, load_joint_map

_EARLY_NS = MS


@dataclass(frozen=True)
class JointsSettings:
    """Settings of the joints stage."""

    robot: str = setting(
        "", "file that says which joint follows what, or its name in config/robots; empty: no joint moves"
    )


class JointsStage(Stage):
    """Sends a JointCommand at the robot's rate: each joint on its way to where face and body want it.

    Positions keep the limits and speeds of the robot's file, whatever the face does; the first command starts from
    rest.
    """

    settings_type = JointsSettings
    handlers: ClassVar[dict[type[Record], str]] = {FaceMotion: "on_face", BodyMotion: "on_body"}

    def __init__(self, settings: JointsSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._map: JointMap | None = None
        self._body = BodyMotion(media_ns=0)
        self._positions: list[float] = []
        self._last_ns: int | None = None

    @classmethod
    def idle(cls, settings: Any) -> bool:
        return not settings.robot

    def start(self) -> None:
        """Read the robot's file.

        Raises:
            ConfigurationError: it is missing or wrong.
        """
        settings: JointsSettings = self.settings
        self._map = load_joint_map(settings.robot) if settings.robot else None
        self._last_ns = None

    def on_body(self, body: BodyMotion) -> None:
        self._body = body

    def on_face(self, face: FaceMotion) -> None:
        if self._map is None:
            return
        period_ns = round(SECOND / self._map.rate)
        since_ns = period_ns if self._last_ns is None else face.media_ns - self._last_ns
        if 0 <= since_ns < period_ns - _EARLY_NS:
            return
        self.host.emit(self._command(self._map, face, min(max(since_ns, 0), 5 * period_ns) / SECOND))
        self._last_ns = face.media_ns

    def _command(self, robot: JointMap, face: FaceMotion, passed_s: float) -> JointCommand:
        if self._last_ns is None:
            middle = [(joint.settings.offset, joint.settings.low, joint.settings.high) for joint in robot.joints]
            self._positions = [min(high, max(low, rest)) for rest, low, high in middle]
        moved = []
        for joint, position in zip(robot.joints, self._positions, strict=True):
            step = joint.settings.speed * passed_s
            goal = joint.goal(face, self._body)
            moved.append(min(position + step, max(position - step, goal)))
        speeds = [(new - old) / passed_s if passed_s else 0.0 for new, old in zip(moved, self._positions, strict=True)]
        self._positions = moved
        return JointCommand(
            media_ns=face.media_ns,
            session=face.session,
            names=tuple(joint.name for joint in robot.joints),
            positions=np.array(moved),
            velocities=np.array(speeds),
            duration_s=robot.ahead_s,
        )
