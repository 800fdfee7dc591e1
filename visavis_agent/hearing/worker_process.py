"""A process of its own for an engine that holds the interpreter's lock or may crash: messages to it and answers."""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any


class LostError(Exception):
    """The process is gone, does not answer, or cannot go on."""


class WorkerProcess:
    """The process and its pipes. It ends when its input closes, so it cannot outlive this one.

    Args:
        module: what it runs (see worker_pipes.py).
        patience_s: how long it may take to read or to answer.
    """

    def __init__(self, module: str, patience_s: float) -> None:
        self._patience_s = patience_s
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        theirs, self._input = os.pipe()
        self._output, back = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=theirs,
                stdout=back,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        finally:
            os.close(theirs)
            os.close(back)
        os.set_blocking(self._input, False)
        self._report: dict[str, Any] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self, patience_s: float | None = None) -> dict[str, Any]:
        """Wait until it is configured: its report on that."""
        if self._report is None:
            self._report = self.receive(patience_s)
        return self._report

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        rest = memoryview(struct.pack("<cI", kind, len(payload)) + payload)
        while rest:
            try:
                if not select.select([], [self._input], [], self._patience_s)[1]:
                    raise LostError("it does not read")
                rest = rest[os.write(self._input, rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise LostError(f"it is gone ({error.strerror})") from None

    def receive(self, patience_s: float | None = None) -> dict[str, Any]:
        """The next answer; after `patience_s`, if given, it counts as lost.

        Raises:
            LostError: there is none.
        """
        patience_s = self._patience_s if patience_s is None else patience_s
        (length,) = struct.unpack("<I", self._read(4, patience_s))
        answer: dict[str, Any] = json.loads(self._read(length, patience_s))
        if "error" in answer:
            raise LostError(answer["error"])
        return answer

    def _read(self, count: int, patience_s: float) -> bytes:
        data = b""
        while len(data) < count:
            try:
                if not select.select([self._output], [], [], patience_s)[0]:
                    raise LostError("it does not answer")
                piece = os.read(self._output, count - len(data))
            except OSError as error:
                raise LostError(f"it is gone ({error.strerror})") from None
            if not piece:
                raise LostError("it has ended")
            data += piece
        return data

    def close(self) -> None:
        """End the process first: who is still waiting for its answer then sees that it is gone."""
        self._process.kill()
        self._process.wait()
        os.close(self._input)
        os.close(self._output)
