"""Where frames are, from /tf and /tf_static, as far as tf2_msgs is installed."""

from __future__ import annotations

import importlib
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile

from visavis_agent.core.errors import InputError
from visavis_agent.core.records import Float3
from visavis_agent.robot.frames import FrameBuffer

_MISSING = "Install the ROS package tf2_msgs, or give the point in the screen's or the camera's frame"


class TfListener:
    """Listens as tf2_ros does, but keeps the newest transforms only. On the ROS thread."""

    def __init__(self, node: Node) -> None:
        self._buffer = FrameBuffer()
        self._available = True
        try:
            kind: Any = importlib.import_module("tf2_msgs.msg").TFMessage
        except (ImportError, AttributeError):
            self._available = False
            return
        latched = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        node.create_subscription(kind, "/tf", self.take, QoSProfile(depth=100))
        node.create_subscription(kind, "/tf_static", self.take, latched)

    def take(self, message: Any) -> None:
        """Take a TFMessage; what is none of its transforms is left out."""
        for stamped in message.transforms:
            moved, turned = stamped.transform.translation, stamped.transform.rotation
            try:
                self._buffer.add(
                    stamped.header.frame_id,
                    stamped.child_frame_id,
                    (moved.x, moved.y, moved.z),
                    (turned.x, turned.y, turned.z, turned.w),
                )
            except InputError:
                continue

    def point(self, target: str, source: str, point: Float3) -> Float3:
        """A point (m) of the frame `source` in the frame `target`.

        Raises:
            InputError: it cannot be told.
        """
        if not self._available:
            raise InputError(f"the frame {source!r} is not known", "target", _MISSING)
        return self._buffer.lookup(target, source.lstrip("/")).apply(point)
