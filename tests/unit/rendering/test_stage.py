"""The rendering stage: faces and bodies in, one picture per instant out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from tests.unit.rendering.motion import face
from tests.unit.rendering.test_kinematics import body
from visavis_agent.core.errors import ConfigurationError, VisavisError
from visavis_agent.core.records import BodyMotion, Level, VideoFrame
from visavis_agent.core.settings import read_settings
from visavis_agent.rendering.avatar import Avatar, AvatarError
from visavis_agent.rendering.avatar_file import save_avatar
from visavis_agent.rendering.settings import RenderingSettings
from visavis_agent.rendering.stage import RenderingStage

FRAME = 20_000_000


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory, avatar: Avatar) -> str:
    path = tmp_path_factory.mktemp("stage") / "tiny.avatar"
    save_avatar(path, avatar)
    return str(path)


def stage_of(host: FakeHost, **values: Any) -> RenderingStage:
    settings = read_settings(RenderingSettings, {"width": 64, "height": 48, **values}, "rendering")
    stage = RenderingStage(settings, host)
    stage.start()
    return stage


def arms(media_ns: int, roll: float) -> BodyMotion:
    return BodyMotion(media_ns=media_ns, rotations=body(shoulder_l=(roll, 0, 0)))


def test_every_face_becomes_a_frame_of_its_media_time(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file)
    for k in range(5):
        stage.handle(face(media_ns=k * FRAME, jawOpen=k / 5))
        host.advance(FRAME)
    frames = host.of(VideoFrame)
    assert [frame.media_ns for frame in frames] == [k * FRAME for k in range(5)]
    assert all(frame.image.shape == (48, 64, 3) for frame in frames)
    assert [frame.mouth_gap_m for frame in frames] == sorted(frame.mouth_gap_m for frame in frames)
    assert frames[-1].mouth_gap_m == pytest.approx(0.0176, abs=0.001)
    assert frames[0].tier > 0


@pytest.mark.parametrize("body_first", [True, False])
def test_a_face_is_drawn_with_the_body_of_its_instant(file: str, body_first: bool) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file, framing="half")
    stage.handle(arms(0, 0.0))
    stage.handle(face(media_ns=0))
    host.advance(FRAME)
    records = [arms(FRAME, 2.0), face(media_ns=FRAME)]
    for record in records if body_first else records[::-1]:
        stage.handle(record)
    host.advance(FRAME)
    alone = FakeHost()
    single = stage_of(alone, avatar=file, framing="half")
    single.handle(arms(FRAME, 2.0))
    single.handle(face(media_ns=FRAME))
    alone.advance(FRAME)
    assert np.array_equal(host.of(VideoFrame)[-1].image, alone.of(VideoFrame)[-1].image)
    assert not np.array_equal(host.of(VideoFrame)[0].image, host.of(VideoFrame)[1].image)


def test_a_body_that_fails_to_come_delays_a_face_by_one_frame_at_most(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file)
    stage.handle(arms(0, 0.0))
    for k in range(4):
        stage.handle(face(media_ns=k * FRAME))
        host.advance(FRAME)
    assert [frame.media_ns for frame in host.of(VideoFrame)] == [0, FRAME, 2 * FRAME]


def test_the_rate_is_kept(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file, rate_hz=25.0)
    for k in range(10):
        stage.handle(face(media_ns=k * FRAME))
        host.advance(FRAME)
    assert [frame.media_ns for frame in host.of(VideoFrame)] == [k * FRAME for k in range(0, 10, 2)]


def test_a_rate_that_motion_is_no_multiple_of_is_kept_on_average(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file, rate_hz=30.0)
    for k in range(50):
        stage.handle(face(media_ns=k * FRAME))
        host.advance(FRAME)
    times = [frame.media_ns for frame in host.of(VideoFrame)]
    assert len(times) == 30
    assert {after - before for before, after in pairwise(times)} == {FRAME, 2 * FRAME}


def test_a_clock_that_is_set_back_does_not_stop_the_picture(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file, rate_hz=25.0)
    for media_ns in (100 * FRAME, 0, 2 * FRAME):
        stage.handle(face(media_ns=media_ns))
        host.advance(FRAME)
    assert [frame.media_ns for frame in host.of(VideoFrame)] == [100 * FRAME, 0, 2 * FRAME]


def test_falling_behind_drops_the_oldest(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file)
    for k in range(4):
        stage.handle(face(media_ns=k * FRAME))
    host.advance(4 * FRAME)
    assert [frame.media_ns for frame in host.of(VideoFrame)] == [0, 3 * FRAME]


def test_motion_that_cannot_be_drawn_costs_its_own_picture_only(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file)
    stage.handle(BodyMotion(media_ns=0, rotations=arms(0, 0.0).rotations, root=(1e20, 0, 0)))
    stage.handle(face(media_ns=0))
    host.advance(FRAME)
    assert not host.of(VideoFrame)
    assert host.diagnostics[-1][0] == Level.ERROR
    stage.handle(arms(FRAME, 0.0))
    stage.handle(face(media_ns=FRAME))
    host.advance(FRAME)
    assert [frame.media_ns for frame in host.of(VideoFrame)] == [FRAME]


def seen_busy(stage: RenderingStage, host: FakeHost, seconds: float, took_ns: int, first: int = 0) -> int:
    """Motion at 50 Hz for so long, on a host whose worker takes `took_ns` for a picture; the next frame's number."""
    host.work = lambda job, done, latency: busy_work(host, job, done, took_ns)  # type: ignore[assignment, method-assign]
    for k in range(first, first + round(seconds * 50)):
        stage.handle(face(media_ns=k * FRAME))
        host.advance(FRAME)
    return first + round(seconds * 50)


def busy_work(host: FakeHost, job: Any, done: Any, took_ns: int) -> Any:
    result = job()
    return host.at(host.now() + took_ns, lambda: done(result))


def test_a_busy_machine_gets_less_detail_without_a_jump_and_says_so(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file, rate_hz=30.0, framing="half")
    calm = seen_busy(stage, host, 1.5, 10_000_000)
    full = host.of(VideoFrame)[-1].tier
    busy = seen_busy(stage, host, 5, 55_000_000, calm)
    frames = host.of(VideoFrame)
    assert frames[-1].tier < full
    assert any("detail" in words for _, words in host.diagnostics)
    seen_busy(stage, host, 30, 5_000_000, busy)
    assert host.of(VideoFrame)[-1].tier == full
    assert host.diagnostics[-1] == (Level.OK, "draws at full detail")
    pictures = [frame.image.astype(int) for frame in host.of(VideoFrame)]
    assert max(np.abs(a - b).mean() for a, b in pairwise(pictures)) < 0.5 * np.abs(pictures[-1] - low(file)).mean()


def low(file: str) -> Any:
    host = FakeHost()
    stage = stage_of(host, avatar=file, framing="half", detail="low")
    stage.handle(face(media_ns=0))
    host.advance(FRAME)
    return host.of(VideoFrame)[0].image.astype(int)


def test_a_picture_in_its_declared_time_is_always_drawn_in_full(file: str) -> None:
    drawn = []
    for detail in ("auto", "full"):
        host = FakeHost()
        stage = stage_of(host, avatar=file, detail=detail)
        for k in range(200):
            stage.handle(face(media_ns=k * FRAME, jawOpen=(k % 10) / 10))
            host.advance(FRAME)
        assert not host.diagnostics
        drawn.append([frame.image.tobytes() for frame in host.of(VideoFrame)])
    assert drawn[0] == drawn[1]


def test_the_same_motion_gives_the_same_frames(file: str) -> None:
    images = []
    for threads in (1, 2):
        host = FakeHost(seed=threads)
        stage = stage_of(host, avatar=file, threads=threads)
        for k in range(3):
            stage.handle(face(media_ns=k * FRAME, jawOpen=0.3 * k))
            host.advance(FRAME)
        images.append([frame.image.tobytes() for frame in host.of(VideoFrame)])
    assert images[0] == images[1]


def test_stop_drops_the_picture_in_the_making_and_start_goes_on(file: str) -> None:
    host = FakeHost()
    stage = stage_of(host, avatar=file)
    stage.handle(face(media_ns=0))
    stage.stop()
    host.advance(FRAME)
    assert not host.of(VideoFrame)
    stage.start()
    stage.handle(face(media_ns=FRAME))
    host.advance(FRAME)
    assert len(host.of(VideoFrame)) == 1


def test_unknown_avatars_and_bad_files_are_said_at_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no avatar 'nobody'"):
        stage_of(FakeHost(), avatar="nobody")
    (tmp_path / "bad.avatar").write_bytes(b"zero")
    with pytest.raises(AvatarError, match=r"bad\.avatar"):
        stage_of(FakeHost(), avatar=str(tmp_path / "bad.avatar"))


@pytest.mark.parametrize(
    "values",
    [
        {"width": 5},
        {"height": 10_000},
        {"framing": "knees"},
        {"threads": 0},
        {"rate_hz": 0.0},
        {"engine": "magic"},
    ],
)
def test_settings_out_of_range_are_refused_before_anything_starts(values: dict[str, Any]) -> None:
    with pytest.raises(VisavisError):
        read_settings(RenderingSettings, values, "rendering")
