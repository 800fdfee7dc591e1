"""One process under supervision: started, listened to, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence

_CHUNK = 65536
_LONGEST_LINE = 16384
_TAIL = 30


class Lines:
    """The reading end of a pipe, in lines; never waits."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._rest = b""

    def read(self) -> list[bytes] | None:
        """The lines that have come; None when there will be no more."""
        try:
            data = os.read(self.descriptor, _CHUNK)
        except BlockingIOError:
            return []
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-_LONGEST_LINE:]
        return lines

    def close(self) -> None:
        os.close(self.descriptor)


class Child:
    """A running `python -m visavis_agent.nodes.run` in a process group of its own.

    Attributes:
        beats: its heartbeats.
        output: what it writes.
        tail: the last lines that it wrote.

    Raises:
        OSError: the machine cannot start another process.
    """

    def __init__(
        self, stages: Sequence[str], graph: str, ros_arguments: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        command = [sys.executable, "-m", "visavis_agent.nodes.run", "--stages", ",".join(stages), "--graph", graph]
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            beats, beating = _pipe(ours, theirs)
            output, written = _pipe(ours, theirs)
            self._process = subprocess.Popen(
                [*command, "--heartbeat", str(beating), "--ros-args", *ros_arguments],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                pass_fds=(beating,),
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone, which ends all in order
            )
            ours.pop_all()  # it runs: they stay open
        self.beats = Lines(beats)
        self.output = Lines(output)
        self.tail: deque[str] = deque(maxlen=_TAIL)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        """End it and everything that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def bury(self) -> None:
        """After its end: end what it may have left behind, read its last words, close the pipes."""
        self.kill()
        self._process.wait()
        self.hear()
        self.beats.close()
        self.output.close()

    def hear(self) -> list[str] | None:
        """The lines that it has written since; None when there will be no more."""
        lines = self.output.read()
        if lines is None:
            return None
        words = [line.decode(errors="replace") for line in lines]
        self.tail.extend(words)
        return words


def _pipe(reading: contextlib.ExitStack, writing: contextlib.ExitStack) -> tuple[int, int]:
    """A pipe whose ends are closed with the two stacks."""
    ends = os.pipe()
    for stack, end in zip((reading, writing), ends, strict=True):
        stack.callback(os.close, end)
    return ends


def cause(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"died of {signal.Signals(-status).name}"
    except ValueError:
        return f"died of signal {-status}"
