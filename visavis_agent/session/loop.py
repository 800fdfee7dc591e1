"""The discrete-event loop that runs the graph offline, ordered by media time, stage and sequence."""

from __future__ import annotations

import heapq
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import numpy as np

from visavis_agent.core.errors import VisavisError
from visavis_agent.core.graph import Graph, StageSpec
from visavis_agent.core.records import Diagnostic, Level, Record
from visavis_agent.core.stage import Stage
from visavis_agent.graph import GRAPH

T = TypeVar("T")
Action = Callable[[], None]
Tap = Callable[[Record, int], None]
_OUTSIDE = -1


class Pending:
    """A timer, job or delivery that has not come yet."""

    __slots__ = ("action",)

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None


class SessionHost:
    """The host of one stage (core.stage.Host): slow work runs inline and takes its declared latency."""

    def __init__(self, session: Session, spec: StageSpec, order: int, seed: int) -> None:
        self._session = session
        self._order = order
        self._rng = np.random.default_rng([seed, zlib.crc32(spec.name.encode())])
        self._said: set[tuple[Level, str]] = set()
        self.spec = spec

    @property
    def rng(self) -> np.random.Generator:
        return self._rng

    def now(self) -> int:
        return self._session.now

    def emit(self, record: Record) -> None:
        self._session.send(record)

    def at(self, when_ns: int, action: Action) -> Pending:
        return self._session.schedule(when_ns, self._order, lambda: self._session.guard(self, action))

    def work(self, job: Callable[[], T], done: Callable[[T], None], latency_ns: int) -> Pending:
        result = job()
        return self.at(self.now() + latency_ns, lambda: done(result))

    def diagnose(self, level: Level, message: str) -> None:
        if (level, message) not in self._said:
            self._said.add((level, message))
            self._session.send(Diagnostic(media_ns=self.now(), stage=self.spec.name, level=level, message=message))


class Session:
    """Runs the stages of the graph that can have something to do.

    Args:
        settings: stage name → checked settings (deployment.Deployment.settings); a stage without is left out.
        seed: of all random numbers.
        tap: is called with every record and the media time (ns) at which it was sent.
        inputs: record types that will come from outside; stages that wait for others in vain are left out.

    Attributes:
        now: media time, ns.
        stages: by name.
        wall_ns: wall time that each stage has used, start included.

    Raises:
        VisavisError: a stage cannot start.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        seed: int,
        tap: Tap,
        inputs: Collection[type[Record]],
        graph: Graph = GRAPH,
    ) -> None:
        self.now = 0
        self.stages: dict[str, Stage] = {}
        self.wall_ns: Counter[str] = Counter()
        self._tap = tap
        self._seed = seed
        self._queue: list[tuple[int, int, int, Pending]] = []
        self._sequence = 0
        self._open = True
        self._consumers: dict[type[Record], list[tuple[int, SessionHost]]] = {}
        chosen = [spec for spec in working_stages(graph, inputs) if spec.name in settings]
        hosts = [SessionHost(self, spec, order, seed) for order, spec in enumerate(chosen)]
        for order, host in enumerate(hosts):
            for kind in host.spec.inputs:
                self._consumers.setdefault(kind, []).append((order, host))
        try:
            for host in hosts:
                self._start(host, settings)
        except BaseException:
            self.close()
            raise

    def schedule(self, when_ns: int, order: int, action: Action) -> Pending:
        """Run `action` at media time `when_ns`, at once if that is past; equal times by order, then sequence."""
        pending = Pending(action)
        self._sequence += 1
        heapq.heappush(self._queue, (max(when_ns, self.now), order, self._sequence, pending))
        return pending

    def outside(self, when_ns: int, action: Action) -> Pending:
        """Schedule what the world does; it comes before the stages of the same instant."""
        return self.schedule(when_ns, _OUTSIDE, action)

    def send(self, record: Record) -> None:
        """Hand a record to everybody who takes its type."""
        if not self._open:
            return
        self._tap(record, self.now)
        for order, host in self._consumers.get(type(record), ()):
            stage = self.stages.get(host.spec.name)
            if stage is not None:
                self._deliver(order, host, stage, record)

    def run(self, until_ns: Callable[[], int | None]) -> None:
        """Go on until nothing is left to do or the time `until_ns()` (None: not known yet) is over."""
        while self._queue:
            end = until_ns()
            if end is not None and self._queue[0][0] > end:
                self.now = max(self.now, end)
                return
            when, _, _, pending = heapq.heappop(self._queue)
            self.now = when
            if pending.action is not None:
                pending.action()

    def guard(self, host: SessionHost, action: Action) -> None:
        """Run a stage's action; what it cannot use is said in its diagnostics, and the rest goes on."""
        begin = time.perf_counter_ns()
        try:
            action()
        except VisavisError as error:
            host.diagnose(Level.ERROR, str(error))
        finally:
            self.wall_ns[host.spec.name] += time.perf_counter_ns() - begin

    def close(self) -> None:
        """Stop the stages, the last first."""
        self._open = False
        for stage in reversed(list(self.stages.values())):
            stage.stop()
        self.stages.clear()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, host: SessionHost, settings: Mapping[str, Any]) -> None:
        begin = time.perf_counter_ns()
        stage = host.spec.load()(settings[host.spec.name], host)
        self.stages[host.spec.name] = stage
        stage.start()
        self.wall_ns[host.spec.name] += time.perf_counter_ns() - begin

    def _deliver(self, order: int, host: SessionHost, stage: Stage, record: Record) -> None:
        self.schedule(self.now, order, lambda: self.guard(host, lambda: stage.handle(record)))


def working_stages(graph: Graph, inputs: Collection[type[Record]]) -> list[StageSpec]:
    """The stages that run offline, in the table's order, without those of whose inputs none can ever come."""
    offline = [spec for spec in graph.stages if not spec.live]
    internal = {kind for spec in offline for kind in spec.outputs}
    external = {kind for spec in offline for kind in spec.inputs} - internal
    missing = external - set(inputs)
    return [spec for spec in offline if not spec.inputs or set(spec.inputs) - missing]


def external_inputs(graph: Graph = GRAPH) -> tuple[type[Record], ...]:
    """The record types that only the world outside sends."""
    offline = [spec for spec in graph.stages if not spec.live]
    internal = {kind for spec in offline for kind in spec.outputs}
    taken = {kind for spec in offline for kind in spec.inputs}
    return tuple(topic.record for topic in graph.topics if topic.record in taken - internal)
