"""Joint commands as trajectory_msgs/JointTrajectory of one point."""

from __future__ import annotations

from typing import Any

import numpy as np

from visavis_agent.core.clock import SECOND, nanoseconds
from visavis_agent.core.records import JointCommand
from visavis_agent.messages.family import MessageFamily

TRAJECTORY = "trajectory_msgs/msg/JointTrajectory"


def encode_trajectory(command: JointCommand, header: Any, family: MessageFamily) -> Any:
    """The message of a command; its point is due `duration_s` after the stamp."""
    sec, nanosec = divmod(nanoseconds(command.duration_s), SECOND)
    point = family.message_class("trajectory_msgs/msg/JointTrajectoryPoint")(
        positions=family.sequence(command.positions),
        velocities=family.sequence(command.velocities),
        accelerations=family.sequence(np.zeros(0)),
        effort=family.sequence(np.zeros(0)),
        time_from_start=family.message_class("builtin_interfaces/msg/Duration")(sec=sec, nanosec=nanosec),
    )
    return family.message_class(TRAJECTORY)(header=header, joint_names=list(command.names), points=[point])


def decode_trajectory(message: Any, media_ns: int) -> JointCommand:
    """The command in a message.

    Raises:
        ValueError: it has not one point, or a point that does not fit its joints.
    """
    if len(message.points) != 1:
        raise ValueError(f"it has {len(message.points)} points, it must have 1")
    point = message.points[0]
    wait = point.time_from_start
    return JointCommand(
        media_ns=media_ns,
        names=tuple(message.joint_names),
        positions=np.array(point.positions, np.float64),
        velocities=np.array(point.velocities, np.float64),
        duration_s=(wait.sec * SECOND + wait.nanosec) / SECOND,
    )
