"""The camera stage: found by name, limited in rate, lost and back; films in a loop."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import DeviceError
from visavis_agent.core.records import CameraImage, DevicesEnabled, Level
from visavis_agent.devices.camera import CameraSettings, CameraStage
from visavis_agent.devices.camera_device import CameraDevice, CameraMode, Grabber, Image, find

NAMES = {0: "Integrated Camera: Front", 2: "USB Live camera"}


class Film(Grabber):
    """A camera at 60 Hz that ends, or hangs, after some pictures."""

    def __init__(self, count: int, clock: list[int], stamped: bool = True) -> None:
        self.count, self.clock, self.stamped = count, clock, stamped
        self.closed = threading.Event()

    def read(self) -> tuple[Image, float] | None:
        if not self.count:
            return None
        self.count -= 1
        self.clock[0] += SECOND // 60
        image = np.zeros((4, 6, 3), np.uint8)
        image[..., 0] = 200  # blue in BGR
        return image, (self.clock[0] - 5 * MS) / MS if self.stamped else 0.0

    def close(self) -> None:
        self.closed.set()


def pictures(film: Film, rate: float = 25.0) -> list[CameraImage]:
    taken: list[CameraImage] = []
    camera: list[CameraDevice] = []
    known = threading.Event()

    def ready() -> None:
        known.wait(5)
        picture = camera[0].read()
        assert picture is not None
        taken.append(picture)

    camera.append(CameraDevice(film, lambda: film.clock[0], ready, rate))
    known.set()
    assert film.closed.wait(5)
    assert not camera[0].alive()
    camera[0].close()
    return taken


@pytest.mark.parametrize(
    ("device", "number"),
    [("", 0), ("usb live", 2), ("2", 2), ("/dev/video2", 2), ("Front", 0)],
)
def test_a_camera_is_found_by_name_path_or_number(device: str, number: int) -> None:
    assert find(NAMES, device) == number


@pytest.mark.parametrize("device", ["Kinect", "7", "/dev/video7", "/dev/v4l/by-id/nothing"])
def test_a_camera_that_is_not_there_is_named_with_those_that_are(device: str) -> None:
    with pytest.raises(DeviceError, match="USB Live camera"):
        find(NAMES, device)


def test_pictures_are_rgb_at_the_rate_with_the_driver_s_time() -> None:
    taken = pictures(Film(120, [10 * SECOND]))
    assert 48 <= len(taken) <= 52
    assert tuple(taken[0].image[0, 0]) == (0, 0, 200)
    assert taken[0].media_ns == 10 * SECOND + SECOND // 60 - 5 * MS
    assert all(25 * MS < b.media_ns - a.media_ns < 60 * MS for a, b in pairwise(taken))


def test_a_driver_without_a_clock_gets_the_time_of_arrival() -> None:
    taken = pictures(Film(3, [10 * SECOND], stamped=False))
    assert taken[0].media_ns == 10 * SECOND + SECOND // 60


class Port:
    def __init__(self, names: dict[int, str]) -> None:
        self.listed = names
        self.opened: list[tuple[int, CameraMode]] = []
        self.film = Film(0, [0])

    def names(self) -> dict[int, str]:
        return self.listed

    def open(self, number: int, mode: CameraMode) -> Grabber:
        self.opened.append((number, mode))
        return self.film


def test_a_missing_camera_is_said_once_and_opened_when_it_comes() -> None:
    host, port = FakeHost(), Port({})
    stage = CameraStage(CameraSettings(device="live", width=320, height=240), host, port)
    stage._keeper.look()
    stage._keeper.look()
    host.advance(MS)
    assert [level for level, _ in host.diagnostics] == [Level.WARN]
    port.listed, port.film = NAMES, Film(1, [0])
    stage._keeper.look()
    assert port.opened == [(2, CameraMode(320, 240, 30.0))]
    assert port.film.closed.wait(5)
    host.advance(MS)
    assert len(host.of(CameraImage)) == 1
    port.listed = {}
    stage._keeper.look()
    host.advance(MS)
    assert "was lost" in host.diagnostics[-2][1]
    stage.stop()


def test_no_camera_is_opened_before_somebody_consents() -> None:
    host, port = FakeHost(), Port(NAMES)
    port.film = Film(1, [0])
    stage = CameraStage(CameraSettings(consent=True), host, port)
    stage.start()
    host.advance(SECOND)
    stage.handle(DevicesEnabled(media_ns=host.now(), camera=False))
    assert not port.opened and not host.diagnostics
    stage.handle(DevicesEnabled(media_ns=host.now(), camera=True))
    host.advance(MS)
    assert stage._keeper.wait(5) and len(port.opened) == 1
    stage.stop()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Ten pictures at 20 Hz."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * i, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_film_runs_in_a_loop_at_its_own_pace(film: Path) -> None:
    host = FakeHost()
    host.advance(SECOND)
    stage = CameraStage(CameraSettings(source="file", file=str(film)), host)
    stage.start()
    host.advance(1600 * MS)
    stage.stop()
    seen = host.of(CameraImage)
    host.advance(SECOND)
    assert len(host.of(CameraImage)) == len(seen)
    assert 28 <= len(seen) <= 34
    assert seen[0].media_ns == SECOND
    assert all(30 * MS <= b.media_ns - a.media_ns <= 100 * MS for a, b in pairwise(seen))


def test_a_film_is_limited_to_the_rate(film: Path) -> None:
    host = FakeHost()
    stage = CameraStage(CameraSettings(source="file", file=str(film), rate=10.0), host)
    stage.start()
    host.advance(450 * MS)
    stage.stop()
    assert len(host.of(CameraImage)) == 5


@pytest.mark.parametrize("name", ["", "nothing.mp4"])
def test_a_film_that_cannot_be_read_is_said(name: str, tmp_path: Path) -> None:
    host = FakeHost()
    stage = CameraStage(CameraSettings(source="file", file=name and str(tmp_path / name)), host)
    stage.start()
    host.advance(SECOND)
    stage.stop()
    assert [level for level, _ in host.diagnostics] == [Level.ERROR]
    assert not host.of(CameraImage)


def test_nothing_comes_of_no_camera() -> None:
    host = FakeHost()
    stage = CameraStage(CameraSettings(source="none"), host, Port(NAMES))
    stage.start()
    stage.stop()
    assert host.diagnostics
