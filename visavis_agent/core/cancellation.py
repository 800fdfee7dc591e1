"""A way to tell a job on another thread that nobody waits for its result any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancellation:
    """Made with a job, cancelled by whoever wanted it; the job says what is to be done then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._action: Callable[[], None] | None = None

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """From any thread; what the job has said is done on this one."""
        with self._lock:
            self._cancelled = True
            if self._action is not None:
                self._action()

    @contextmanager
    def calls(self, action: Callable[[], None]) -> Iterator[None]:
        """Within, `action` is called when the job is cancelled; at once when it already is."""
        with self._lock:
            self._action = action
            if self._cancelled:
                action()
        try:
            yield
        finally:
            with self._lock:
                self._action = None
