"""What becomes of a process, without one."""

from __future__ import annotations

import errno
import os

import pytest

from tests.nodes import sick_graph, tiny_graph
from visavis_agent.core.graph import Restart
from visavis_agent.supervisor.beats import Patience
from visavis_agent.supervisor.child import Child
from visavis_agent.supervisor.managed import Managed
from visavis_agent.supervisor.plans import Plan, plans

PLAN = Plan("mind", ("echo",), Restart.ALWAYS)


def test_a_machine_that_can_start_nothing_is_told_and_tried_again() -> None:
    lines: list[str] = []

    def start(plan: Plan) -> Child:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    managed = Managed(PLAN, start, lambda name, words: lines.append(f"{name} {words}"), Patience(), verbose=False)
    managed.start()
    assert managed.due_s is not None and not managed.over
    assert lines == ["mind cannot be started (Resource temporarily unavailable); starts again now"]


def test_a_process_that_cannot_be_started_leaves_no_pipe_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        Child(("echo",), "g", (), {})
    assert len(os.listdir("/proc/self/fd")) == before


def test_processes_are_those_of_the_table() -> None:
    assert plans(tiny_graph.GRAPH, ("echo", "count")) == (PLAN, Plan("face", ("count",), Restart.ALWAYS))
    assert plans(tiny_graph.GRAPH, ("count",)) == (Plan("face", ("count",), Restart.ALWAYS),)
    (once,) = plans(sick_graph.GRAPH, ("once",))
    assert once.restart is Restart.NEVER
