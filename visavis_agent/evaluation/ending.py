"""Children that end with their parent, even when it is killed."""

from __future__ import annotations

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def end_with_parent() -> None:
    """Let the kernel send SIGINT when the parent is gone: `preexec_fn` of a child (Linux, prctl(2)).

    The parent is the thread that starts the child, which has to last as long as the child shall.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
