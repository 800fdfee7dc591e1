"""The window on a real display server: what it shows, what is typed, and how it bears losses."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.kiosk.browser import until
from tests.kiosk.conftest import REPOSITORY, free_port
from tests.kiosk.display import BACKSPACE, ESCAPE, F11, RETURN, Display, Live, alive, require_display_server
from tests.unit.fake_host import FakeHost
from tests.unit.rendering.motion import face
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import DeviceError, VisavisError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    Diagnostic,
    Lane,
    Level,
    Phase,
    PlaybackStatus,
    SinkState,
    SpeechAudio,
    TextInput,
    TextSource,
    TurnState,
    VideoFrame,
    WordMark,
)
from visavis_agent.kiosk.window import WindowStage
from visavis_agent.kiosk.window_settings import WindowSettings
from visavis_agent.rendering.avatars import avatar_path
from visavis_agent.rendering.settings import RenderingSettings
from visavis_agent.rendering.stage import RenderingStage
from visavis_agent.supervisor.run import run

pytestmark = pytest.mark.slow

Picture = np.ndarray
RED, GREEN, BLUE, WHITE = (200, 30, 20), (20, 180, 40), (10, 40, 220), (240, 240, 240)
ONE = ReplyId(1, 1, 0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[int, int], Display]]:
    require_display_server()
    displays: list[Display] = []

    def start(width: int, height: int) -> Display:
        displays.append(Display(tmp_path, width, height))
        monkeypatch.setenv("DISPLAY", displays[-1].name)
        return displays[-1]

    for name in ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_RENDER_DRIVER"):
        monkeypatch.delenv(name, raising=False)
    yield start
    for display in displays:
        display.stop()


@pytest.fixture
def window() -> Iterator[Callable[..., Live]]:
    started: list[Live] = []

    def start(**settings: object) -> Live:
        started.append(Live(**settings))
        return started[-1]

    yield start
    for live in started:
        live.stop()


def quarters(width: int, height: int) -> Picture:
    """Red, green / blue, white."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = RED, GREEN
    picture[height // 2 :, : width // 2], picture[height // 2 :, width // 2 :] = BLUE, WHITE
    return picture


def corners(shown: Picture) -> list[tuple[int, ...]]:
    """The colours in the middle of the quarters."""
    height, width, _ = shown.shape
    return [tuple(map(int, shown[y * height // 4, x * width // 4])) for y in (1, 3) for x in (1, 3)]


def is_black(region: Picture) -> bool:
    return region.size > 0 and int(region.max()) == 0


def test_the_hero_is_shown_in_her_colours(server: Callable[[int, int], Display], window: Callable[..., Live]) -> None:
    try:
        avatar_path("hero")
    except VisavisError as error:
        pytest.skip(str(error))
    host = FakeHost()
    drawing = RenderingStage(RenderingSettings(width=270, height=480), host)
    drawing.start()
    for k in range(2):
        drawing.handle(face(media_ns=k * 20 * MS))
        host.advance(100 * MS)
    drawing.stop()
    hero = host.of(VideoFrame)[0].image
    display, live = server(540, 960), window()
    live.wait_for(Level.OK, "the window is open")
    live.show(hero)

    def difference() -> float:
        small = cv2.resize(display.picture(), (270, 480), interpolation=cv2.INTER_AREA)
        return float(np.abs(small.astype(int) - hero)[60:].mean())  # below the form that shows the state

    until(lambda: difference() < 2.0, 10.0, "the hero")
    assert not any(level is Level.ERROR for level, _ in live.said)


@pytest.mark.parametrize(("width", "height"), [(300, 500), (500, 300)])
def test_the_picture_is_in_the_middle_with_black_beside_it(
    server: Callable[[int, int], Display], window: Callable[..., Live], width: int, height: int
) -> None:
    display, live = server(width, height), window()
    live.wait_for(Level.OK, f"{width}×{height} px")
    live.show(quarters(100, 100))
    middle, before, after = (np.s_[100:400], np.s_[60:100], np.s_[400:])
    if width > height:
        middle, before, after = ((slice(None), part) for part in (np.s_[100:400], np.s_[:100], np.s_[400:460]))
    until(lambda: corners(display.picture()[middle]) == [RED, GREEN, BLUE, WHITE], 10.0, "the quarters")
    assert is_black(display.picture()[before]) and is_black(display.picture()[after])


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        ("left", [GREEN, WHITE, RED, BLUE]),
        ("right", [BLUE, RED, WHITE, GREEN]),
        ("inverted", [WHITE, BLUE, GREEN, RED]),
    ],
)
def test_the_picture_is_turned_with_the_display(
    server: Callable[[int, int], Display],
    window: Callable[..., Live],
    orientation: str,
    expected: list[tuple[int, int, int]],
) -> None:
    display, live = server(400, 300), window(orientation=orientation)
    live.wait_for(Level.OK, "the window is open")
    picture = quarters(300, 400) if orientation != "inverted" else quarters(400, 300)
    live.show(picture)
    until(lambda: corners(display.picture()) == expected, 10.0, "the turned quarters")
    assert display.picture().shape == (300, 400, 3)


def test_a_picture_is_shown_when_it_is_due_and_other_sizes_are_taken(
    server: Callable[[int, int], Display], window: Callable[..., Live]
) -> None:
    display, live = server(200, 200), window(frame_lead_ms=0.0)
    live.wait_for(Level.OK, "the window is open")
    live.show(np.full((64, 64, 3), RED, np.uint8))
    until(lambda: corners(display.picture())[2] == RED, 10.0, "red")
    due = live.host.now() + SECOND
    live.give(VideoFrame(media_ns=due, image=np.full((80, 80, 3), BLUE, np.uint8)))
    until(lambda: corners(display.picture())[2] == BLUE, 10.0, "blue")
    assert live.host.now() >= due


def test_what_is_typed_becomes_a_question(server: Callable[[int, int], Display], window: Callable[..., Live]) -> None:
    display, live = server(300, 400), window(locale="de")
    live.wait_for(Level.OK, "the window is open")
    live.show(quarters(300, 400))
    until(lambda: corners(display.picture())[3] == WHITE, 10.0, "the quarters")
    clean = display.picture()
    display.press(*map(ord, "no"), ESCAPE, RETURN, *map(ord, "where?"), BACKSPACE)
    until(lambda: not np.array_equal(display.picture(), clean), 10.0, "the typed line")
    display.press(RETURN)
    until(lambda: any(isinstance(record, TextInput) for record in live.records), 10.0, "the question")
    (question,) = [record for record in live.records if isinstance(record, TextInput)]
    assert (question.source, question.locale) == (TextSource.TYPED, "de")
    # There is no shift key in the test: "?" comes as the character below it.
    assert question.text == "where"
    until(lambda: np.array_equal(display.picture(), clean), 10.0, "the empty line")


def test_f11_leaves_full_screen_and_comes_back(
    server: Callable[[int, int], Display], window: Callable[..., Live]
) -> None:
    display, live = server(400, 400), window(width=200, height=200)
    live.wait_for(Level.OK, "400×400 px")
    live.show(quarters(100, 100))
    until(lambda: corners(display.picture()) == [RED, GREEN, BLUE, WHITE], 10.0, "the quarters")

    def shows(left: int, right: int) -> bool:
        picture = display.picture()
        above = picture[:left]  # of the empty desktop
        return corners(picture[left:right, left:right]) == [RED, GREEN, BLUE, WHITE] and (not left or is_black(above))

    display.press(F11)
    until(lambda: shows(100, 300), 10.0, "a small window on an empty desktop")
    assert is_black(display.picture()[:90])
    display.press(F11)
    until(lambda: shows(0, 400), 10.0, "full screen again")
    assert not is_black(display.picture()[:90])


def test_state_caption_and_notice_are_drawn_over_the_picture(
    server: Callable[[int, int], Display], window: Callable[..., Live]
) -> None:
    display, live = server(400, 600), window(notices=True)
    live.wait_for(Level.OK, "the window is open")
    live.show(np.full((600, 400, 3), 128, np.uint8))
    until(lambda: int(display.picture()[300, 200, 0]) == 128, 10.0, "the picture")
    corner, lower, upper = np.s_[10:45, 355:395], np.s_[500:], np.s_[:60, :340]
    idle = display.picture()[corner]
    live.give(TurnState(media_ns=0, id=ONE, phase=Phase.SPEAKING))
    until(lambda: not np.array_equal(display.picture()[corner], idle), 10.0, "another form")
    assert (display.picture()[lower] == 128).all() and (display.picture()[upper] == 128).all()
    word = WordMark(text="Hello", start=0, end=100)
    shared = {"id": ONE, "lane": Lane.REPLY, "sample_rate": 16000}
    live.give(
        SpeechAudio(
            media_ns=0,
            clause=0,
            first_sample=0,
            pcm=np.zeros(160, np.int16),
            words=(word,),
            text="Hello.",
            last=True,
            **shared,
        ),
        PlaybackStatus(media_ns=live.host.now(), state=SinkState.PLAYING, sample=0, **shared),
        Diagnostic(media_ns=0, stage="camera", level=Level.ERROR, message="it was lost"),
    )
    until(lambda: (display.picture()[lower] > 230).any(), 10.0, "the caption")
    until(lambda: (display.picture()[upper] < 90).any(), 10.0, "the notice")
    live.give(Diagnostic(media_ns=0, stage="camera", level=Level.OK, message="it is back"))
    until(lambda: bool((display.picture()[upper] == 128).all()), 10.0, "no notice")


def test_it_ends_without_a_trace(server: Callable[[int, int], Display]) -> None:
    display = server(200, 200)
    live = Live()
    live.wait_for(Level.OK, "the window is open")
    live.show(quarters(64, 64))
    pid = live.pid
    assert pid is not None and alive(pid)
    live.stop()
    assert not alive(pid) and not any(thread.name == "window" for thread in threading.enumerate())
    until(lambda: is_black(display.picture()), 10.0, "an empty display")
    assert not any(level is Level.ERROR for level, _ in live.said)


def test_the_loss_of_the_display_server_is_said_and_survived(
    server: Callable[[int, int], Display], window: Callable[..., Live]
) -> None:
    display, live = server(200, 200), window()
    live.wait_for(Level.OK, "the window is open")
    live.show(quarters(64, 64))
    display.kill()
    live.wait_for(Level.ERROR, "the window was lost (loss 1)")
    live.wait_for(Level.ERROR, "no window: no display can be used")
    live.show(quarters(64, 64))
    display.start()
    live.wait_for(Level.OK, "again after loss 1")
    live.show(quarters(64, 64))
    until(lambda: corners(display.picture())[3] == WHITE, 10.0, "the picture")
    assert not any("loss 2" in message for _, message in live.said)


def test_a_window_that_hangs_is_opened_anew(server: Callable[[int, int], Display], window: Callable[..., Live]) -> None:
    server(200, 200)
    live = window()
    live.wait_for(Level.OK, "the window is open")
    pid = live.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    picture = quarters(32, 32)

    def lost() -> bool:
        for _ in range(10):
            live.show(picture)
            time.sleep(0.004)
        return live.heard(Level.ERROR, "the window was lost (loss 1): its process ended with signal 9")

    until(lost, 30.0, "the loss")
    live.wait_for(Level.OK, "again after loss 1")
    assert live.pid != pid and not alive(pid)


def test_without_a_display_it_is_refused_before_anything_starts_and_said_while_it_runs(
    server: Callable[[int, int], Display], window: Callable[..., Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    display = server(200, 200)
    WindowStage.check(WindowSettings())
    with pytest.raises(DeviceError, match=r"there is no display '7'. Displays now: 0"):
        WindowStage.check(WindowSettings(display="7"))
    monkeypatch.setenv("DISPLAY", ":9876")
    with pytest.raises(DeviceError, match=r"no display can be used .*x11.* Start it from a desktop session"):
        WindowStage.check(WindowSettings(driver="x11"))
    live = window(driver="x11")
    live.wait_for(Level.ERROR, "no window: no display can be used")
    live.show(quarters(32, 32))
    pid = live.pid
    time.sleep(2.5)
    assert pid is not None and live.pid == pid and alive(pid), "it looks again by itself, without a new process"
    assert sum(level is Level.ERROR for level, _ in live.said) == 1, "it is said once"
    assert display.name


def test_run_starts_nothing_without_a_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sdl2", reason="PySDL2 is not installed: run `make env`")
    monkeypatch.setenv("DISPLAY", ":9876")
    overrides = {"window": {"driver": "x11"}, "microphone": {"sound_server": {"port": free_port()}}}
    assert run(REPOSITORY / "config" / "window.yaml", overrides=overrides) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("error: window: no display can be used (x11:")
