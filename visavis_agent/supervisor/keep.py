"""`python -m visavis_agent.supervisor.keep FOLDER`: keep the processes of an agenda running.

A program of its own, because what reads deployments needs a hundred megabytes that this one, which runs for weeks,
does not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from visavis_agent.supervisor.agenda import Agenda
from visavis_agent.supervisor.child import Child
from visavis_agent.supervisor.environment import child_environment, reach
from visavis_agent.supervisor.loop import Supervisor
from visavis_agent.supervisor.managed import Managed
from visavis_agent.supervisor.plans import Plan
from visavis_agent.supervisor.ports import LOOPBACK, answers

_ANSWER_S = 0.5


def keep(agenda: Agenda) -> int:
    """Until a signal comes (0), or no process is left to run (1)."""
    environment = child_environment(os.environ)
    say(f"{agenda.title}; ROS reaches {reach(environment)}")

    def start(plan: Plan) -> Child:
        return Child(plan.stages, agenda.graph, agenda.ros_arguments, environment)

    processes = [Managed(plan, start, said, agenda.patience, agenda.verbose) for plan in agenda.plans]
    return Supervisor(processes, agenda.patience, page_watch(agenda.page_port)).run()


def page_watch(port: int | None) -> Callable[[], None]:
    """What says the page's address once it answers; nothing where there is no page."""
    waiting = port is not None

    def watch() -> None:
        nonlocal waiting
        if waiting and port is not None and answers(port, _ANSWER_S):
            waiting = False
            say(f"the page is at http://{LOOPBACK}:{port}")

    return watch


def said(process: str, words: str) -> None:
    """Print a line about a process."""
    say(f"{process:<12}{words}")


def say(line: str) -> None:
    """Print a line with the time of day; that nobody reads it any more is no reason to end."""
    with contextlib.suppress(OSError):
        print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def main() -> int:
    """The command; the folder is gone afterwards."""
    folder = Path(sys.argv[1])
    try:
        return keep(Agenda.read(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
