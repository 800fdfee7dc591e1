"""A host for one stage in a bench: media time moves when the bench says so; CPU time is counted."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from visavis_agent.core.records import Level, Record
from visavis_agent.core.stage import Stage

T = TypeVar("T")


class PendingAction:
    """A timer or job that has not run yet."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class StageHost:
    """Implements core.stage.Host; what the stage emits goes to `sink`.

    Attributes:
        busy_ns: CPU time that the stage has used so far in timers, jobs and deliveries.
        jobs_ns: what of it went into jobs, which a live host gives to a worker thread.
        diagnostics: what the stage said about itself.
    """

    def __init__(self, seed: int | list[int], sink: Callable[[Record], None]) -> None:
        self._rng = np.random.default_rng(seed)
        self._sink = sink
        self._now = 0
        self._sequence = 0
        self._queue: list[tuple[int, int, PendingAction]] = []
        self.busy_ns = 0
        self.jobs_ns = 0
        self.diagnostics: list[tuple[Level, str]] = []

    @property
    def rng(self) -> np.random.Generator:
        return self._rng

    def now(self) -> int:
        return self._now

    def emit(self, record: Record) -> None:
        self._sink(record)

    def at(self, when_ns: int, action: Callable[[], None]) -> PendingAction:
        pending = PendingAction(action)
        self._sequence += 1
        heapq.heappush(self._queue, (max(when_ns, self._now), self._sequence, pending))
        return pending

    def work(self, job: Callable[[], T], done: Callable[[T], None], latency_ns: int) -> PendingAction:
        begin = time.thread_time_ns()
        result = job()
        self.jobs_ns += time.thread_time_ns() - begin
        return self.at(self._now + latency_ns, lambda: done(result))

    def diagnose(self, level: Level, message: str) -> None:
        if (level, message) not in self.diagnostics:
            self.diagnostics.append((level, message))

    def deliver(self, stage: Stage, record: Record) -> None:
        """Hand the stage a record now."""
        self._timed(lambda: stage.handle(record))

    def advance(self, until_ns: int) -> None:
        """Move media time on, running what falls due."""
        while self._queue and self._queue[0][0] <= until_ns:
            when, _, pending = heapq.heappop(self._queue)
            self._now = max(self._now, when)
            if not pending.cancelled:
                self._timed(pending.action)
        self._now = max(self._now, until_ns)

    def _timed(self, action: Callable[[], None]) -> None:
        begin = time.thread_time_ns()
        action()
        self.busy_ns += time.thread_time_ns() - begin
