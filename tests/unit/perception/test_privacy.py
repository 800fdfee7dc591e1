"""What is seen stays in the process: no file, no picture, no features of a face."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest

from visavis_agent.core import records as r
from visavis_agent.graph import GRAPH, TOPICS

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPT = """
from tests.unit.fake_host import FakeHost
from tests.unit.perception.faces import camera, portrait
from visavis_agent.core.records import Persons
from visavis_agent.perception.stage import PerceptionSettings, PerceptionStage

host = FakeHost()
stage = PerceptionStage(PerceptionSettings(), host)
stage.start()
for n in range(5):
    host.advance(200_000_000)
    stage.handle(camera(portrait(), host.now()))
host.advance(200_000_000)
stage.stop()
assert host.of(Persons)[-1].persons, host.diagnostics
"""


def test_seeing_somebody_writes_no_file(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("home", "temporary", "here")}
    for folder in folders.values():
        folder.mkdir()
    places = {"HOME": str(folders["home"]), "TMPDIR": str(folders["temporary"]), "PYTHONPATH": str(REPOSITORY)}
    places |= {"MPLCONFIGDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=folders["here"], env=os.environ | places, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [path for folder in folders.values() for path in folder.rglob("*") if path.is_file()] == []


def arrays_in(kind: typing.Any) -> list[str]:
    """The fields of a record, and of the records in it, that hold arrays."""
    found = []
    for name, hint in typing.get_type_hints(kind).items():
        for part in (hint, *typing.get_args(hint)):
            if typing.get_origin(part) is np.ndarray:
                found.append(name)
            elif dataclasses.is_dataclass(part):
                found += [f"{name}.{inner}" for inner in arrays_in(part)]
    return found


def test_what_perception_tells_holds_no_picture_and_no_features() -> None:
    for kind in GRAPH.stage("perception").outputs:
        assert arrays_in(kind) == []
    assert arrays_in(r.CameraImage) == ["image"]  # the search finds them where they are


@pytest.mark.parametrize("kind", [r.CameraImage, r.MicrophoneAudio, r.VideoFrame])
def test_pictures_and_sound_travel_only_to_who_asks(kind: type[r.Record]) -> None:
    (topic,) = [topic for topic in TOPICS if topic.record is kind]
    assert not topic.qos.latched  # StageNode.publish sends such a record to subscribers only
