"""When and why a process ends: a signal, or a thread that broke."""

from __future__ import annotations

import signal
import socket


class Ending:
    """What the main thread waits for.

    It waits in a socket that Python's C signal handler writes to (signal.set_wakeup_fd), not on a lock: a signal
    that another thread takes, or that comes just before the wait begins, does not end the wait for a lock.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._failure: BaseException | None = None

    def listen(self, *numbers: signal.Signals) -> None:
        """End on these signals; called on the main thread."""
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, lambda *_: None)

    def fail(self, error: BaseException) -> None:
        """End because of `error`; called on any thread."""
        self._failure = error
        self._writer.send(b"\0")

    def wait(self) -> BaseException | None:
        """Wait for the end; the error, or None after a signal."""
        self._reader.recv(1)
        return self._failure

    def close(self) -> None:
        """Let signals be as they were."""
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()
