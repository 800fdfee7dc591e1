"""The live host of a stage, and how the stages of one process find each other; no rclpy here."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np

from visavis_agent.core.clock import SECOND, Clock
from visavis_agent.core.errors import VisavisError
from visavis_agent.core.graph import Graph, StageSpec
from visavis_agent.core.records import Diagnostic, Level, Record
from visavis_agent.core.stage import Handle, Stage
from visavis_agent.nodes.loop import StageLoop

T = TypeVar("T")
RESTART_DELAY_NS = SECOND
STATUS_EVERY_NS = SECOND
"""How often the status of a stage is published, as those who gather diagnostics expect."""
_REMEMBERED = 1000
_RECENT = 20
_JOB_PATIENCE_S = 2.0
"""What a job may take before its stage is stopped all the same."""
"""Diagnostics remembered, so that each is sent once; past that many, some may be sent again."""


class Outlet(Protocol):
    """Where a host's records leave the process; called on the stage thread."""

    def publish(self, record: Record) -> None:
        """Send a record to its topic."""
        ...

    def log(self, level: Level, message: str) -> None:
        """Write a line for people."""
        ...


class Neighbours:
    """The active stages of one process; hands what one emits to those that take it.

    The last record of a latched topic is kept for a stage that becomes active later, as DDS does between
    processes.
    """

    def __init__(self, graph: Graph, loop: StageLoop) -> None:
        self.graph = graph
        self.loop = loop
        self._active: dict[str, NodeHost] = {}
        self._latched: dict[type[Record], Record] = {}

    def join(self, host: NodeHost) -> None:
        """Called on the stage thread, like `leave` and `route`."""
        self._active[host.spec.name] = host
        for kind in host.spec.inputs:
            if kind in self._latched:
                self._post(host, self._latched[kind])

    def leave(self, host: NodeHost) -> None:
        self._active.pop(host.spec.name, None)

    def route(self, record: Record) -> None:
        kind = type(record)
        if self.graph.topic(kind).qos.latched:
            self._latched[kind] = record
        for spec in self.graph.consumers(kind):
            if spec.name in self._active:
                self._post(self._active[spec.name], record)

    def _post(self, host: NodeHost, record: Record) -> None:
        self.loop.post(lambda: host.deliver(record))


class Job:
    """A slow job that was handed to the worker."""

    __slots__ = ("cancelled",)

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class NodeHost:
    """Hosts one stage in a live process (core.stage.Host). Stage code runs on the stage thread only.

    What a stage raises does not end the process. A VisavisError (bad input, a lost device) is said in words.
    Anything else is a mistake in the stage, which leaves it in an unknown state: it is said, the traceback
    goes to the log, and a new stage takes over a second later.
    """

    def __init__(
        self, spec: StageSpec, neighbours: Neighbours, outlet: Outlet, clock: Clock, rng: np.random.Generator
    ) -> None:
        self.spec = spec
        self._loop = neighbours.loop
        self._neighbours = neighbours
        self._outlet = outlet
        self._clock = clock
        self._rng = rng
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"{spec.name}-worker")
        self._working = threading.Lock()
        self._make: Callable[[], Stage]
        self._stage: Stage | None = None
        self._activation = 0  # what an earlier activation left behind is not run any more
        self._said: set[tuple[Level, str]] = set()
        self._recent: deque[tuple[Level, str]] = deque(maxlen=_RECENT)
        self._status = (Level.OK, "runs")

    # ----------------------------------------------------------------------------------- core.stage.Host
    @property
    def rng(self) -> np.random.Generator:
        return self._rng

    def now(self) -> int:
        return self._clock.now()

    def emit(self, record: Record) -> None:
        self._neighbours.route(record)
        self._outlet.publish(record)

    def at(self, when_ns: int, action: Callable[[], None]) -> Handle:
        return self._loop.at(when_ns, self._guarded(action))

    def work(self, job: Callable[[], T], done: Callable[[T], None], latency_ns: int) -> Handle:
        handle = Job()

        def finish(result: T) -> None:
            if not handle.cancelled:
                done(result)

        def perform() -> None:
            with self._working:
                if not handle.cancelled and activation == self._activation:
                    result = job()
                    self._loop.post(self._guarded(lambda: finish(result), activation))

        activation = self._activation
        self._worker.submit(self._guarded(perform))
        return handle

    def diagnose(self, level: Level, message: str) -> None:
        """Make it the stage's status: sent at once when it is new, and then with every repetition of the status."""
        self._status = (level, message)
        if (level, message) in self._said:
            return
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said.add((level, message))
        self._recent.append((level, message))
        self._outlet.log(level, message)
        self._tell_status()

    def _tell_status(self) -> None:
        level, message = self._status
        self._outlet.publish(Diagnostic(media_ns=self.now(), stage=self.spec.name, level=level, message=message))

    def _repeat_status(self) -> None:
        self._tell_status()
        self.at(self.now() + STATUS_EVERY_NS, self._repeat_status)

    # ------------------------------------------------------------------- for the node, on the stage thread
    @property
    def active(self) -> bool:
        return self._stage is not None

    @property
    def stage(self) -> Stage | None:
        """The stage; None while there is no active one."""
        return self._stage

    def activate(self, make: Callable[[], Stage]) -> None:
        """Make and start a stage, let records flow; raises what making and starting it raise."""
        self._make = make
        self._activation += 1
        self._said.clear()
        self._status = (Level.OK, "runs")
        try:
            stage = make()
            stage.start()
        except BaseException:
            self._activation += 1
            raise
        self._stage = stage
        self._neighbours.join(self)
        self._repeat_status()

    def deactivate(self) -> None:
        """Stop the stage; its timers and jobs are forgotten.

        The job that runs is waited for, as it may use what the stage gives back; one that takes too long is not.
        """
        stage, self._stage = self._stage, None
        alone = self._working.acquire(timeout=_JOB_PATIENCE_S)
        if stage is not None:
            self._neighbours.leave(self)
            self._guard(stage.stop)
        self._activation += 1
        if alone:
            self._working.release()

    def deliver(self, record: Record) -> None:
        """Give the stage a record, if it is active."""
        stage = self._stage
        if stage is not None:
            self._guard(lambda: stage.handle(record))

    def recent(self) -> list[tuple[Level, str]]:
        """The latest diagnostics that this call has not given yet, oldest first; from any thread."""
        return [self._recent.popleft() for _ in range(len(self._recent))]

    def device_ns(self) -> int | None:
        """When the stage's device called last (core.stage.Stage.device_ns); from any thread."""
        stage = self._stage
        return None if stage is None else stage.device_ns()

    def close(self) -> None:
        """End the worker; the job that it is at is finished first."""
        self._worker.shutdown(cancel_futures=True)

    # --------------------------------------------------------------------------------------------- failures
    def _guarded(self, action: Callable[[], None], activation: int | None = None) -> Callable[[], None]:
        """`action`, to be run only while the activation lasts (the present one unless it is given)."""
        mine = self._activation if activation is None else activation

        def perform() -> None:
            if mine == self._activation:
                self._guard(action)

        return perform

    def _guard(self, action: Callable[[], None]) -> None:
        """Run `action`; what it raises is said on the stage thread, whatever thread this is."""
        try:
            action()
        except VisavisError as error:
            message = str(error)
            self._loop.post(lambda: self.diagnose(Level.ERROR, message))
        except Exception as error:
            trace, activation = traceback.format_exc(), self._activation
            reason = f"{type(error).__name__}: {error}"
            self._loop.post(lambda: self._replace(trace, reason, activation))

    def _replace(self, trace: str, reason: str, activation: int) -> None:
        if activation != self._activation or self._stage is None:
            return
        message = f"internal error ({reason}); the stage starts anew"
        if (Level.ERROR, message) not in self._said:
            self._outlet.log(Level.ERROR, trace)
        self.diagnose(Level.ERROR, message)
        self.deactivate()
        self._loop.at(self.now() + RESTART_DELAY_NS, self._guarded(self._start_anew))

    def _start_anew(self) -> None:
        said = set(self._said)
        try:
            self.activate(self._make)
        except Exception as error:
            self.diagnose(Level.ERROR, f"the stage cannot start ({error})")
            self._loop.at(self.now() + RESTART_DELAY_NS, self._guarded(self._start_anew))
        self._said |= said
