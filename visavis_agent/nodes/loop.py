"""The stage thread: everything that the stages of one process do happens here, one thing after the other."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from visavis_agent.core.clock import SECOND, Clock

T = TypeVar("T")
Action = Callable[[], None]
_PATIENCE_S = 0.2


class Timer:
    """A pending action."""

    __slots__ = ("action",)

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None

    def fire(self) -> None:
        if self.action is not None:
            self.action()


class StageLoop:
    """Runs actions in the order in which they were posted, and timers when they are due, on one thread.

    Actions must not raise: one that does ends the thread, and `failed` is told. All methods may be called
    from any thread.
    """

    def __init__(self, clock: Clock, failed: Callable[[BaseException], None]) -> None:
        self._clock = clock
        self._failed = failed
        self._wake = threading.Condition()
        self._ready: deque[Action] = deque()
        self._timers: list[tuple[int, int, Timer]] = []
        self._sequence = 0
        self._running = False
        self._thread = threading.Thread(target=self._run, name="stages", daemon=True)

    def start(self) -> None:
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        """Finish what is ready, forget the timers, end the thread."""
        with self._wake:
            self._running = False
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def post(self, action: Action) -> None:
        """Run `action` after everything posted before."""
        with self._wake:
            self._ready.append(action)
            self._wake.notify()

    def at(self, when_ns: int, action: Action) -> Timer:
        """Run `action` at media time `when_ns`, at once if that is past; ties in the order of the calls."""
        timer = Timer(action)
        with self._wake:
            self._sequence += 1
            heapq.heappush(self._timers, (when_ns, self._sequence, timer))
            self._wake.notify()
        return timer

    def call(self, action: Callable[[], T]) -> T:
        """Run `action` on the stage thread and wait for its result; raises what it raises."""
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(action())
            except BaseException as error:
                result.set_exception(error)

        self.post(run)
        while not result.done():
            if not self._thread.is_alive():
                raise RuntimeError("the stage thread has ended")
            wait([result], timeout=_PATIENCE_S)
        return result.result()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self._failed(error)

    def _work(self) -> None:
        while True:
            with self._wake:
                actions = self._due()
                while not actions and self._running:
                    self._wake.wait(self._patience())
                    actions = self._due()
                if not actions:
                    return
            for action in actions:
                action()

    def _due(self) -> list[Action]:
        """Due timers, then what was posted; called with the lock held."""
        now = self._clock.now()
        actions: list[Action] = []
        while self._running and self._timers and self._timers[0][0] <= now:
            actions.append(heapq.heappop(self._timers)[2].fire)
        actions.extend(self._ready)
        self._ready.clear()
        return actions

    def _patience(self) -> float | None:
        """Seconds until the next timer; None when there is none."""
        if not self._timers:
            return None
        return max(0, self._timers[0][0] - self._clock.now()) / SECOND
