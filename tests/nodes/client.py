"""A foreign rclpy process, as seen from the nodes: publishes, collects, asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

REPOSITORY = Path(__file__).resolve().parents[2]


class Client:
    """A plain node that waits for things with a generous time limit."""

    def __init__(self, namespace: str = "") -> None:
        self.node = rclpy.create_node("client", namespace=namespace)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self.received: dict[str, list[Any]] = {}

    def listen(self, kind: Any, topic: str, *, reliable: bool = True, latched: bool = False) -> list[Any]:
        """Collects messages from now on; the list grows while the client waits."""
        out = self.received[topic] = []
        self.node.create_subscription(kind, topic, out.append, _qos(reliable, latched))
        return out

    def publisher(self, kind: Any, topic: str, *, latched: bool = False, count: int = 1) -> Any:
        """A reliable publisher that has found `count` subscribers."""
        publisher = self.node.create_publisher(kind, topic, _qos(True, latched))
        self.wait(lambda: publisher.get_subscription_count() >= count, f"{count} subscribers of {topic}")
        self.spin(0.5)  # they may not have found yet who listens to them, and nothing says when they have
        return publisher

    def wait_for_publisher(self, topic: str) -> None:
        self.wait(lambda: self.node.count_publishers(topic) > 0, f"a publisher of {topic}")

    def call(self, kind: Any, name: str, request: Any) -> Any:
        client = self.node.create_client(kind, name)
        self.wait(client.service_is_ready, f"the service {name}")
        future = client.call_async(request)
        self.wait(future.done, f"an answer of {name}")
        return future.result()

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds:g} s in vain for {what}; received {self.received}")
            self._executor.spin_once(timeout_sec=0.05)

    def spin(self, seconds: float) -> None:
        """Take what comes for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._executor.spin_once(timeout_sec=min(0.05, seconds))

    def repeat(self, action: Callable[[], None], condition: Callable[[], bool], what: str) -> None:
        """Do something again and again until the condition holds."""
        last = 0.0

        def tried() -> bool:
            nonlocal last
            if time.monotonic() - last > 0.1:
                last = time.monotonic()
                action()
            return condition()

        self.wait(tried, what)

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()


def _qos(reliable: bool, latched: bool) -> QoSProfile:
    return QoSProfile(
        depth=100,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )


class Process:
    """`python -m visavis_agent.nodes.run` in a process of its own."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("wb") as file:
            self._child = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-m", "visavis_agent.nodes.run", *arguments],
                cwd=REPOSITORY, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def end(self, number: int = signal.SIGTERM, seconds: float = 20.0) -> int:
        """Send a signal and wait; the exit status."""
        self._child.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds: float = 30.0) -> int:
        return self._child.wait(seconds)

    def finish(self) -> None:
        """Leave nothing running: politely first, as a killed process leaves its shared memory behind."""
        if self.running:
            self._child.terminate()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.send_signal(signal.SIGABRT)  # where it hangs goes to its output
            time.sleep(1)
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
            raise AssertionError(f"it had to be killed; its output: {self.output}") from None


@contextmanager
def running(log: Path, *arguments: str) -> Iterator[Process]:
    process = Process(log, *arguments)
    try:
        yield process
    finally:
        process.finish()
