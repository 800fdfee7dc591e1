"""The one thread that waits for heartbeats, output, deaths, signals and timers."""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence

from visavis_agent.supervisor.beats import Patience
from visavis_agent.supervisor.child import Child
from visavis_agent.supervisor.managed import Managed

TICK_S = 0.25
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def signals() -> Iterator[socket.socket]:
    """A socket to read the numbers of signals from; the signals do nothing else meanwhile."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]  # nohup ignores one
    before = {number: signal.signal(number, lambda *_: None) for number in (*heeded, signal.SIGCHLD)}
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        reader.close()
        writer.close()


class Supervisor:
    """Keeps processes alive until a signal comes, then ends them.

    Args:
        processes: the processes, in the order in which they are started.
        patience: what they may take their time for.
        tick: called every quarter of a second while they are kept alive.
    """

    def __init__(self, processes: Sequence[Managed], patience: Patience, tick: Callable[[], None]) -> None:
        self._processes = processes
        self._patience = patience
        self._tick = tick
        self._selector = selectors.DefaultSelector()
        self._signals = 0

    def run(self) -> int:
        """Until the end: 0 after a signal, 1 when no process is left."""
        with signals() as reader:
            self._selector.register(reader, selectors.EVENT_READ, self._signalled(reader))
            try:
                self._keep()
                status = 0 if self._signals else 1
            finally:
                self._end()
                self._selector.close()
        return status

    def _keep(self) -> None:
        while not self._signals and not all(process.over for process in self._processes):
            for process in self._processes:
                if process.due_s is not None and process.due_s <= time.monotonic():
                    process.start()
                    self._attend(process)
            self._wait()
            for process in self._processes:
                process.judge()
                self._bury(process, stopping=False)
            self._tick()

    def _end(self) -> None:
        """Ask all to end; kill those that do not, or all when a second signal comes."""
        for process in self._processes:
            process.end()
        deadline = time.monotonic() + self._patience.stopping_s
        asked = self._signals
        while living := [process.child for process in self._processes if process.child is not None]:
            if time.monotonic() > deadline or self._signals > asked:
                for child in living:
                    child.kill()
            self._wait()
            for process in self._processes:
                self._bury(process, stopping=True)

    def _wait(self) -> None:
        """Handle what happens until the next tick or start."""
        due = [process.due_s for process in self._processes if process.due_s is not None]
        pause = min([TICK_S, *(due_s - time.monotonic() for due_s in due)])
        for key, _ in self._selector.select(max(0.0, pause)):
            if not key.data():
                self._selector.unregister(key.fileobj)

    def _attend(self, process: Managed) -> None:
        child = process.child
        if child is not None:
            self._selector.register(child.beats.descriptor, selectors.EVENT_READ, process.beat)
            self._selector.register(child.output.descriptor, selectors.EVENT_READ, process.listen)

    def _bury(self, process: Managed, stopping: bool) -> None:
        child: Child | None = process.child
        if child is None or child.ended() is None:
            return
        for descriptor in (child.beats.descriptor, child.output.descriptor):
            with contextlib.suppress(KeyError):  # it was at its end
                self._selector.unregister(descriptor)
        process.buried(stopping)

    def _signalled(self, reader: socket.socket) -> Callable[[], bool]:
        def read() -> bool:
            self._signals += sum(number in _ENDING for number in reader.recv(4096))
            return True

        return read
