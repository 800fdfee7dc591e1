"""How much of a busy machine a process may claim."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from visavis_agent.core.graph import StageSpec

_GROUP = Path("/proc/self/autogroup")


def niceness(specs: Sequence[StageSpec]) -> int:
    """Of a process: the one of its most urgent stage."""
    return min((spec.nice for spec in specs), default=0)


def lower_priority(nice: int) -> None:
    """Let all threads of this process give way by `nice` (0 to 19) steps; to other sessions, too, where Linux groups by
    session.

    With automatic groups (sched(7)) the niceness of a process counts only within its session, and the supervisor gives
    each process one of its own; a session shared with others is left as it is.
    """
    if nice <= 0:
        return
    lowered = min(19, os.nice(0) + nice)
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, int(thread), lowered)
    if os.getsid(0) != os.getpid():
        return
    with contextlib.suppress(OSError):  # a kernel without them
        _GROUP.write_text(str(nice))
