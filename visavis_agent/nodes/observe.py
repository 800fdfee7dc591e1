"""`python -m visavis_agent.nodes.observe --namespace NAME --records A,B`: what a running agent says, as it comes.

Each message goes to the standard output as a line "KIND BYTES AT", followed by BYTES bytes of CDR; AT is when it came
on the media clock, ns. A line "ready" says that the topics come: each has somebody who publishes it, or nobody came in
some seconds. A line on the standard input interrupts the agent; ends when the standard input does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from rclpy.client import Client
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from visavis.srv import Interrupt

from visavis_agent.core.errors import ConfigurationError, VisavisError
from visavis_agent.core.graph import Topic
from visavis_agent.graph import GRAPH
from visavis_agent.nodes.clock import MonotonicClock
from visavis_agent.nodes.ros_messages import RclpyFamily
from visavis_agent.nodes.stage_node import qos_profile

READY = b"ready\n"
_PATIENCE_S = 4.0


def topics(names: Sequence[str]) -> list[Topic]:
    """The topics of the graph that carry the named records.

    Raises:
        ConfigurationError: no record is called that.
    """
    known = {topic.record.__name__: topic for topic in GRAPH.topics}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"no record is called {name!r}", "--records", f"Known: {', '.join(known)}")
    return [known[name] for name in names]


def listen(node: Node, wanted: Sequence[Topic], write: Callable[[bytes], object]) -> None:
    """Write each message of the topics as it came: not decoded, so that who listens disturbs little."""
    now, family = MonotonicClock().now, RclpyFamily()
    for topic in wanted:

        def take(data: bytes, name: str = topic.record.__name__) -> None:
            write(f"{name} {len(data)} {now()}\n".encode() + data)

        node.create_subscription(
            family.message_class(topic.message), topic.name, take, qos_profile(topic.qos), raw=True
        )


def main() -> int:
    """Until the standard input ends; 2 when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m visavis_agent.nodes.observe")
    parser.add_argument("--namespace", default="", help="of the agent's nodes")
    parser.add_argument("--records", required=True, help="names of records, separated by commas")
    options = parser.parse_args()
    rclpy.init(args=[])
    try:
        node = rclpy.create_node("observer", namespace=options.namespace)
        listen(node, topics(options.records.split(",")), _write)
    except VisavisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    interruption: Client[Any, Any] = node.create_client(Interrupt, "interrupt")
    threading.Thread(target=_obey, args=(executor, interruption), daemon=True).start()
    with contextlib.suppress(ExternalShutdownException, BrokenPipeError):
        _await_publishers(node, executor)
        _write(READY)
        executor.spin()
    rclpy.try_shutdown()
    return 0


def _await_publishers(node: Node, executor: SingleThreadedExecutor) -> None:
    """What is said to nobody is not published: who asks before the topics are found misses the answer."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and not all(each.get_publisher_count() for each in node.subscriptions):
        executor.spin_once(0.05)


def _write(data: bytes) -> None:
    """All of it; the reader may be slow."""
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]


def _obey(executor: SingleThreadedExecutor, interruption: Client[Any, Any]) -> None:
    """Interrupt until whoever started this closes its input, or is gone."""
    while os.read(sys.stdin.fileno(), 4096):
        interruption.call_async(Interrupt.Request())
    executor.shutdown(timeout_sec=1.0)
    rclpy.try_shutdown()


if __name__ == "__main__":
    sys.exit(main())
