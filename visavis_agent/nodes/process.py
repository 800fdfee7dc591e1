"""Some stages of the graph in one process: a thread for the stages, one that takes messages, one for the rest of ROS;
a node for each stage.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Callable, Sequence

import rclpy
from rclpy.executors import SingleThreadedExecutor

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.graph import Graph, StageSpec
from visavis_agent.core.records import Record
from visavis_agent.nodes.clock import MonotonicClock
from visavis_agent.nodes.host import Neighbours
from visavis_agent.nodes.loop import StageLoop
from visavis_agent.nodes.stage_node import StageNode, StageReport
from visavis_agent.nodes.topic_reader import TopicReader


def chosen_stages(graph: Graph, names: Sequence[str]) -> tuple[StageSpec, ...]:
    """The named stages in the order of the table.

    Raises:
        ConfigurationError: there is no such stage, or none is named.
    """
    known = [spec.name for spec in graph.stages]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        problem = f"unknown stage {unknown[0]!r}" if unknown else "no stage is named"
        raise ConfigurationError(problem, "--stages", f"Known: {', '.join(known)}")
    return tuple(spec for spec in graph.stages if spec.name in names)


def subscribed(spec: StageSpec, process: Sequence[StageSpec]) -> tuple[type[Record], ...]:
    """The inputs of `spec` that come by topic: those that no stage of the same process makes."""
    inside = {kind for neighbour in process for kind in neighbour.outputs}
    return tuple(kind for kind in spec.inputs if kind not in inside)


def node_type(spec: StageSpec) -> type[StageNode]:
    """The class of a stage's node, imported now."""
    if not spec.node:
        return StageNode
    module, _, name = spec.node.partition(":")
    loaded: type[StageNode] = getattr(importlib.import_module(module), name)
    return loaded


class StageProcess:
    """Runs stages until it is stopped; the caller initialises rclpy before and shuts it down afterwards.

    `failed` is called, on any thread, with what broke one of the threads; the process is of no use then.
    """

    def __init__(self, graph: Graph, specs: Sequence[StageSpec], failed: Callable[[BaseException], None]) -> None:
        clock = MonotonicClock()
        self._failed = failed
        self._loop = StageLoop(clock, failed)
        neighbours = Neighbours(graph, self._loop)
        self._executor = SingleThreadedExecutor()
        self._reader = TopicReader(failed)
        self._stopping = threading.Event()
        self._nodes: list[StageNode] = []
        try:
            for spec in specs:
                self._nodes.append(node_type(spec)(spec, neighbours, clock, self._reader, subscribed(spec, specs)))
                self._executor.add_node(self._nodes[-1])
        except BaseException:
            self._destroy()
            raise
        self._thread = threading.Thread(target=self._spin, name="ros", daemon=True)

    def start(self, started: Callable[[], None]) -> None:
        """Run; nodes with `autostart` configure and activate themselves, in the order of the table, and then `started`
        is called, on the ROS thread.
        """
        self._loop.start()
        self._reader.start()
        for node in self._nodes:
            if node.autostart:
                self._executor.create_task(node.start)
        self._executor.create_task(started)
        self._thread.start()

    def ping(self, answer: Callable[[], None]) -> None:
        """Let the stage thread call `answer` when it comes round."""
        self._loop.post(answer)

    def reports(self) -> list[StageReport]:
        """How the stages are, in the order of the table; from any thread."""
        return [node.report() for node in self._nodes]

    def stop(self) -> None:
        """Stop in order: no more callbacks, then the stages, then the nodes."""
        self._stopping.set()
        self._executor.create_task(lambda: None)  # wakes the executor
        self._thread.join()
        with contextlib.suppress(RuntimeError):  # the stage thread is what broke
            for node in self._nodes:
                node.finish()
        self._loop.stop()
        self._destroy()

    def _spin(self) -> None:
        try:
            while not self._stopping.is_set() and rclpy.ok():
                self._executor.spin_once()
        except BaseException as error:
            self._failed(error)

    def _destroy(self) -> None:
        self._reader.stop()
        self._executor.shutdown()
        for node in self._nodes:
            node.destroy_node()
