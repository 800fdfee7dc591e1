"""What a running agent says on its topics, as records, by a child process that knows ROS."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from visavis_agent.core.errors import EngineError, InputError
from visavis_agent.core.records import Record
from visavis_agent.messages.converters import Converter, Timing, message_name
from visavis_agent.messages.family import RosbagsFamily

Take = Callable[[Record, int], None]
"""Gets a record and when it came, ns of the media clock; on the observer's thread."""
_READY = b"ready\n"
_START_S = 60.0
_END_S = 5.0


class Observer:
    """Listens while its `with` block runs.

    Args:
        kinds: types of records to listen for.
        namespace: of the agent's nodes.
        take: gets what comes.
        environment: of the child; as the agent's, so that ROS reaches as far.

    Raises:
        EngineError: ROS is not there.
    """

    def __init__(
        self, kinds: Sequence[type[Record]], namespace: str, take: Take, environment: Mapping[str, str] | None = None
    ) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._take = take
        self._family = RosbagsFamily()
        self._converter = Converter(self._family)
        command = [sys.executable, "-m", "visavis_agent.nodes.observe"]
        self._child = subprocess.Popen(
            [*command, "--namespace", namespace, "--records", ",".join(self._kinds)],
            env=dict(os.environ if environment is None else environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._read, name="observer", daemon=True)
        self._thread.start()

    def __enter__(self) -> Observer:
        if not self._ready.wait(_START_S) or self._child.poll() is not None:
            self.close()
            raise EngineError("the topics of the agent cannot be listened to", "rclpy", "Run `make env`")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def interrupt(self) -> None:
        """Have the agent stop what it says, by its service; who speaks on is not waited for."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.write(b"\n")
                self._child.stdin.flush()

    def close(self) -> None:
        """End the child."""
        if self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        try:
            self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._thread.join(_END_S)

    def _read(self) -> None:
        pipe = self._child.stdout
        if pipe is None:
            return
        with pipe:
            while line := pipe.readline():
                if line == _READY:
                    self._ready.set()
                else:
                    self._decode(line, pipe)
        self._ready.set()  # it is over: nobody shall wait for it

    def _decode(self, line: bytes, pipe: IO[bytes]) -> None:
        name, count, at_ns = line.decode().split()
        kind = self._kinds[name]
        data = pipe.read(int(count))
        message = self._family.deserialize(data, message_name(kind))
        with contextlib.suppress(InputError):  # another program's message that breaks the definition
            self._take(self._converter.decode(kind, message, Timing(arrival_ns=int(at_ns))), int(at_ns))
