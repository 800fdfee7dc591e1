"""A host for unit tests of one stage: media time moves when the test says so."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from visavis_agent.core.records import Level, Record

T = TypeVar("T")
R = TypeVar("R", bound=Record)


class FakeHandle:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeHost:
    """Collects what a stage emits; `advance` runs its timers and jobs in order of media time."""

    def __init__(self, seed: int = 0) -> None:
        self._now = 0
        self._rng = np.random.default_rng(seed)
        self._queue: list[tuple[int, int, FakeHandle, Callable[[], None]]] = []
        self._sequence = 0
        self.emitted: list[Record] = []
        self.diagnostics: list[tuple[Level, str]] = []

    @property
    def rng(self) -> np.random.Generator:
        return self._rng

    def now(self) -> int:
        return self._now

    def emit(self, record: Record) -> None:
        self.emitted.append(record)

    def at(self, when_ns: int, action: Callable[[], None]) -> FakeHandle:
        handle = FakeHandle()
        self._sequence += 1
        heapq.heappush(self._queue, (max(when_ns, self._now), self._sequence, handle, action))
        return handle

    def work(self, job: Callable[[], T], done: Callable[[T], None], latency_ns: int) -> FakeHandle:
        result: Any = job()
        return self.at(self._now + latency_ns, lambda: done(result))

    def diagnose(self, level: Level, message: str) -> None:
        self.diagnostics.append((level, message))

    def advance(self, duration_ns: int) -> None:
        """Move media time on by `duration_ns`, running what falls due."""
        end = self._now + duration_ns
        while self._queue and self._queue[0][0] <= end:
            when, _, handle, action = heapq.heappop(self._queue)
            self._now = max(self._now, when)
            if not handle.cancelled:
                action()
        self._now = end

    def of(self, kind: type[R]) -> list[R]:
        """Everything emitted of one record type, in order."""
        return [record for record in self.emitted if isinstance(record, kind)]
