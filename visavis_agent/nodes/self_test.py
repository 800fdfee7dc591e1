"""`python -m visavis_agent.nodes.self_test`: two nodes exchange a message; prints what ROS this is, as JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.utilities import get_rmw_implementation_identifier

from visavis_agent.core.errors import VisavisError
from visavis_agent.core.records import TextInput
from visavis_agent.messages.converters import message_name
from visavis_agent.nodes.ros_messages import RclpyFamily

TOPIC = "visavis_self_test"
PATIENCE_S = 8.0


def main() -> int:
    """0 when the message arrived within 8 s, else 1."""
    found: dict[str, Any] = {"distribution": os.environ.get("ROS_DISTRO", ""), "rclpy": _version()}
    try:
        rclpy.init()
        found |= {"rmw": get_rmw_implementation_identifier(), "seconds": _exchange()}
    except VisavisError as error:
        found["problem"] = str(error)
    except Exception as error:  # whatever the middleware raises is what there is to say
        found["problem"] = f"{type(error).__name__}: {error}"
    rclpy.try_shutdown()
    print(json.dumps(found))
    return 0 if found.get("seconds") is not None else 1


def _version() -> str:
    metadata = importlib.import_module("importlib.metadata")
    for name in ("ros-rclpy", "rclpy"):
        try:
            return str(metadata.version(name))
        except metadata.PackageNotFoundError:
            continue
    return ""


def _exchange() -> float | None:
    """Seconds until a message of the agent's own interfaces came from one node to another; None if it did not."""
    kind = RclpyFamily().message_class(message_name(TextInput))
    qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    received: list[Any] = []
    sender, receiver = (rclpy.create_node(f"{TOPIC}_{side}") for side in ("sender", "receiver"))
    executor = SingleThreadedExecutor()
    executor.add_node(receiver)
    receiver.create_subscription(kind, f"{TOPIC}_{os.getpid()}", received.append, qos)
    start = time.monotonic()
    sender.create_publisher(kind, f"{TOPIC}_{os.getpid()}", qos).publish(kind(text="hello"))
    while not received and time.monotonic() < start + PATIENCE_S:
        executor.spin_once(timeout_sec=0.1)
    executor.shutdown()
    for node in (sender, receiver):
        node.destroy_node()
    return round(time.monotonic() - start, 3) if received else None


if __name__ == "__main__":
    sys.exit(main())
