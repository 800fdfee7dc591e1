"""The picture of motion, and the second run that its layers come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from visavis_agent.bags.layout import BagEntry
from visavis_agent.core.records import FaceMotion, GestureRequest, Record
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.listening_visit import Event, attend, clap, microphone, room, standing, with_sound
from visavis_agent.evaluation.motion_data import MotionData
from visavis_agent.evaluation.motion_plot import draw_motion
from visavis_agent.evaluation.timeline_data import Timeline

SECONDS = 3.0


@pytest.fixture(scope="module")
def entries() -> list[BagEntry]:
    """Somebody stands there, claps, and the agent is asked to wave."""
    events: list[Event] = [*microphone(with_sound(room(SECONDS, 0), clap(0), 1.5)), *standing(SECONDS)]
    events.append((500_000_000, GestureRequest(media_ns=500_000_000, name="wave")))
    kept = attend(Deployment.read(None, seed=5), 5, events, SECONDS, (Record,))
    return [BagEntry("topic", record, at_ns) for at_ns, record in kept]


@pytest.fixture(scope="module")
def motion(entries: list[BagEntry]) -> MotionData:
    return MotionData.of(entries, Deployment.read(None, seed=5).settings["motion"], 5)


def test_motion_run_again_is_the_recorded_one_and_tells_its_layers(motion: MotionData) -> None:
    assert motion.same
    orienting = motion.layers["orienting"]
    assert orienting[:, 1].max() > 0.5
    assert 1.5 < orienting[int(orienting[:, 1].argmax()), 0] < 2.0
    assert motion.layers["gesture"][:, 1].max() == 1.0
    assert [mark.text for mark in motion.gestures] == ["wave"]
    assert len(motion.face.times) == len(orienting)


def test_another_seed_is_noticed(entries: list[BagEntry]) -> None:
    assert not MotionData.of(entries, Deployment.read(None, seed=5).settings["motion"], 6).same


def test_the_whole_and_a_stretch_are_drawn(entries: list[BagEntry], motion: MotionData, tmp_path: Path) -> None:
    timeline = Timeline.of(entries)
    draw_motion(timeline, motion, tmp_path / "whole.png", "a clap")
    draw_motion(timeline, motion, tmp_path / "part.png", "a clap", (1.2, 2.4))
    whole, part = (imread(tmp_path / name) for name in ("whole.png", "part.png"))
    assert whole.shape[1] > 1000 and part.shape == whole.shape
    assert np.abs(whole - part).mean() > 0.004


def test_a_conversation_without_a_face_is_drawn_too(entries: list[BagEntry], tmp_path: Path) -> None:
    faceless = [entry for entry in entries if not isinstance(entry.record, FaceMotion)]
    settings = Deployment.read(None, seed=5).settings["motion"]
    draw_motion(Timeline.of(faceless), MotionData.of(faceless, settings, 5), tmp_path / "none.png")
    assert (tmp_path / "none.png").stat().st_size > 10_000
