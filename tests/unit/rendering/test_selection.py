"""Another avatar at run time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from tests.unit.rendering.motion import face
from tests.unit.rendering.test_stage import FRAME, stage_of
from tests.unit.rendering.tiny_avatar import tiny_avatar
from visavis_agent.core.records import Level, Selection, VideoFrame
from visavis_agent.rendering.avatar import Framing
from visavis_agent.rendering.avatar_file import save_avatar


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Files of an avatar and of the same one nearer to the camera."""
    directory = tmp_path_factory.mktemp("two")
    near = Framing((0.0, 0.0), (200.0, 200.0))
    framings = tiny_avatar().framings
    for name, avatar in (("one", tiny_avatar()), ("other", tiny_avatar(framings={**framings, "bust": near}))):
        save_avatar(directory / f"{name}.avatar", avatar)
    return str(directory / "one.avatar"), str(directory / "other.avatar")


def test_the_other_face_is_shown_once_it_is_loaded_and_no_picture_is_missing(two: tuple[str, str]) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=two[0])
    for k in range(10):
        stage.handle(face(media_ns=k * FRAME))
        if k == 4:
            stage.handle(Selection(media_ns=0, avatar=two[1]))
        host.advance(FRAME)
    frames = host.of(VideoFrame)
    assert [frame.media_ns for frame in frames] == [k * FRAME for k in range(10)]
    assert np.array_equal(frames[0].image, frames[3].image)
    assert not np.array_equal(frames[3].image, frames[9].image)
    stage.handle(Selection(media_ns=0))
    host.advance(FRAME)
    stage.handle(face(media_ns=10 * FRAME))
    host.advance(FRAME)
    assert np.array_equal(host.of(VideoFrame)[-1].image, frames[0].image)


def test_a_damaged_avatar_leaves_the_old_one(two: tuple[str, str], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.avatar"
    damaged.write_bytes(b"nothing")
    host = FakeHost()
    stage = stage_of(host, avatar=two[0])
    stage.handle(Selection(media_ns=0, avatar=str(damaged)))
    host.advance(FRAME)
    stage.handle(face(media_ns=FRAME))
    host.advance(FRAME)
    assert len(host.of(VideoFrame)) == 1
    assert any(level is Level.ERROR and "stays" in text for level, text in host.diagnostics)
