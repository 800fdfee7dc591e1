"""Keeps what native libraries print about themselves off the user's console, and nothing else."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

STDERR = 2


@contextlib.contextmanager
def without_lines(known: tuple[str, ...]) -> Iterator[None]:
    """Hold back standard error; lines with one of the `known` words are dropped, others printed at the end.

    Works on the file descriptor, because native code does not ask Python. Other threads' lines wait as well.
    """
    sys.stderr.flush()
    try:
        console = os.dup(STDERR)
    except OSError:  # there is no standard error: a service without a console
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(console, STDERR)
            os.close(console)
            kept.seek(0)
            for line in kept.read().decode(errors="replace").splitlines():
                if not any(word in line for word in known):
                    print(line, file=sys.stderr)
