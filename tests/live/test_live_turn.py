"""One spoken question to the running agent, and what is left of it afterwards."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from visavis_agent.evaluation.live_interview import LiveInterview
from visavis_agent.evaluation.loopback import missing_commands
from visavis_agent.evaluation.questions import asked

pytestmark = [pytest.mark.slow, pytest.mark.ros]

_BENCH = """
import time
from visavis_agent.evaluation.live_interview import LiveInterview
with LiveInterview() as interview:
    print(interview.sound_folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _equipment() -> None:
    if missing_commands():
        pytest.skip(f"{missing_commands()[0]} is not installed")
    if find_spec("rclpy") is None:
        pytest.skip("ROS is not installed")


def test_a_spoken_question_is_answered_aloud() -> None:
    with LiveInterview() as interview:
        (answer,) = interview.run([asked("How much is a ticket?", 0)], np.zeros(16_000, np.int16))
    assert answer.heard
    assert answer.said
    assert answer.audible_ns is not None and answer.audible_ns > answer.end_ns
    report = answer.report
    assert report is not None
    measured_ms = (answer.audible_ns - answer.end_ns) / 1e6
    assert measured_ms == pytest.approx(report.total_ms, abs=250.0)  # of the sound server, and of the machine


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_the_agent_when_its_bench_ends(number: signal.Signals) -> None:
    bench = subprocess.Popen([sys.executable, "-c", _BENCH], stdout=subprocess.PIPE, text=True)
    assert bench.stdout is not None
    with bench.stdout:
        marks = (f"bench_{bench.pid}", bench.stdout.readline().strip())
        assert len(_processes(marks)) >= 8  # the supervisor's, five of the agent, the observer, the sound server
        bench.send_signal(number)
        bench.wait(60)
    deadline = time.monotonic() + 30
    while left := _processes(marks):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def _processes(marks: tuple[str, ...]) -> list[str]:
    """Command lines that carry one of the marks: the bench's namespace, the sound server's folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().decode(errors="replace").replace("\0", " ")
            if any(mark in line for mark in marks):
                lines.append(line)
    return lines
