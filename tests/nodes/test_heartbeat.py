"""A process tells through its pipe how its stages are, and ends when nobody reads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from visavis_agent.supervisor.beats import Beat, parse_beat

pytestmark = pytest.mark.ros
REPOSITORY = Path(__file__).resolve().parents[2]


class Beating:
    """Both tiny stages in a process with a heartbeat."""

    def __init__(self, log: Path) -> None:
        reader, writer = os.pipe()
        self.pipe = os.fdopen(reader, "rb")
        command = [sys.executable, "-m", "visavis_agent.nodes.run", "--graph", "tests.nodes.tiny_graph:GRAPH"]
        command += ["--stages", "echo,count", "--heartbeat", str(writer)]
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                command, cwd=REPOSITORY, stdout=file, stderr=subprocess.STDOUT, pass_fds=(writer,)
            )
        os.close(writer)

    def beats(self) -> Iterator[Beat]:
        for line in self.pipe:
            beat = parse_beat(line)
            assert beat is not None, line
            yield beat


@pytest.fixture
def beating(tmp_path: Path) -> Iterator[Beating]:
    made = Beating(tmp_path / "log")
    yield made
    made.process.kill()
    made.process.wait()
    made.pipe.close()


def test_states_and_diagnostics_are_told_once_up(beating: Beating) -> None:
    said: list[tuple[str, str, str]] = []
    for beat in beating.beats():
        said += beat.said
        if set(beat.stages.values()) == {"active"} and said:
            break
    assert beat.stages == {"echo": "active", "count": "active"}
    assert beat.stage_age < 5.0 and beat.device_age == {}
    assert said == [("count", "OK", "phase IDLE")], "each is told once"
    beating.process.terminate()
    assert beating.process.wait(20) == 0


def test_a_process_whose_reader_is_gone_ends(beating: Beating) -> None:
    next(beating.beats())
    beating.pipe.close()
    assert beating.process.wait(20) == 1
