"""How a worker process talks through its standard streams; it ends when its input ends, so it dies with its parent.

A message to it is one letter, the payload's length (uint32, little endian) and the payload; an answer is a length and a
JSON object, {"error": text} when something went wrong. Only the standard library is needed here.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Callable
from typing import IO, Any


def serve(handle: Callable[[bytes, bytes], dict[str, Any] | None]) -> None:
    """Answer messages until the input ends; what libraries print goes to standard error.

    Args:
        handle: gives the answer to a message, or None where it has none.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (message := _read(source)) is not None:
        answer = handle(*message)
        if answer is not None:
            payload = json.dumps(answer).encode()
            sink.write(struct.pack("<I", len(payload)) + payload)
            sink.flush()


def _read(source: IO[bytes]) -> tuple[bytes, bytes] | None:
    header = source.read(5)
    if len(header) < 5:
        return None
    kind, length = struct.unpack("<cI", header)
    payload = source.read(length)
    return (kind, payload) if len(payload) == length else None
