"""The window stage and the presenter in its process, with stand-ins for the other end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Diagnostic, Level, Persons, Phase, Playback, TextInput, TurnState, VideoFrame
from visavis_agent.deployment import Deployment
from visavis_agent.kiosk import window as window_module
from visavis_agent.kiosk.window import WindowStage
from visavis_agent.kiosk.window_settings import WindowSettings

ABOUT = {"type": "open", "display": "DP-1", "driver": "x11", "renderer": "opengl", "width": 1080, "height": 1920}


class Link:
    """A window's process that does nothing by itself."""

    all: ClassVar[list[Link]] = []

    def __init__(
        self, settings: WindowSettings, heard: Callable[[dict[str, Any]], None], lost: Callable[[str], None]
    ) -> None:
        self.heard, self.lost = heard, lost
        self.sent: list[dict[str, Any]] = []
        self.shown: list[int] = []
        self.dropped = 0
        self.ended = ""
        self.all.append(self)

    def start(self) -> None: ...

    def stop(self) -> None:
        self.ended = "stopped"

    def kill(self) -> None:
        self.ended = "killed"

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def show(self, frame: VideoFrame) -> None:
        self.shown.append(frame.media_ns)


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, host: FakeHost) -> Callable[..., WindowStage]:
    Link.all = []
    monkeypatch.setattr(window_module, "WindowLink", Link)

    def make(**settings: Any) -> WindowStage:
        stage = WindowStage(WindowSettings(**settings), host)
        stage.start()
        return stage

    return make


def frame(media_ns: int) -> VideoFrame:
    return VideoFrame(media_ns=media_ns, image=np.zeros((2, 2, 3), np.uint8))


def test_pictures_go_to_an_open_window_only(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    stage = made()
    (link,) = Link.all
    stage.handle(frame(1))
    stage.handle(frame(2))
    host.advance(MS)
    assert link.shown == []
    link.heard(ABOUT)
    host.advance(MS)
    assert link.shown == [2], "the last picture stays until the window is there"
    stage.handle(frame(3))
    assert link.shown == [2, 3]
    assert host.diagnostics == [(Level.OK, "the window is open: DP-1, 1080×1920 px, by x11 and opengl")]


def test_a_window_that_comes_later_is_told_what_it_missed(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    stage = made(notices=True)
    (link,) = Link.all
    stage.handle(TurnState(media_ns=0, id=ReplyId(1, 1, 0), phase=Phase.SPEAKING, playback=Playback.HOLD))
    stage.handle(Diagnostic(media_ns=0, stage="speech", level=Level.ERROR, message="no voice"))
    assert link.sent == []
    link.heard(ABOUT)
    host.advance(MS)
    state, notice, camera = link.sent
    assert camera == {"type": "camera", "on": False}
    assert state == {"type": "state", "phase": "speaking", "held": True}
    assert notice == {"type": "notice", "text": "speech: no voice"}


def test_the_cameras_sign_is_lit_while_pictures_are_looked_at(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    stage = made()
    (link,) = Link.all
    link.heard(ABOUT)
    host.advance(MS)

    def signs() -> list[bool]:
        return [message["on"] for message in link.sent if message["type"] == "camera"]

    for _ in range(5):
        stage.handle(Persons(media_ns=host.now()))
        host.advance(SECOND)
    assert signs() == [False, True], "told once"
    host.advance(2 * SECOND)
    assert signs() == [False, True, False], "the camera was lost"
    stage.handle(Persons(media_ns=host.now()))
    stage.handle(TurnState(media_ns=host.now(), id=ReplyId(1), phase=Phase.IDLE, camera=False))
    stage.handle(Persons(media_ns=host.now()))
    assert signs() == [False, True, False, True, False], "switched off: at once, and what was seen before is late"


def test_a_lost_window_is_opened_again_less_and_less_often(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    made()
    for delay in (1, 2, 4, 8, 16, 16):
        Link.all[-1].lost("status 1")
        host.advance(MS)
        before = len(Link.all)
        host.advance(delay * SECOND - 2 * MS)
        assert len(Link.all) == before
        host.advance(2 * MS)
        assert len(Link.all) == before + 1
    assert [level for level, _ in host.diagnostics] == [Level.ERROR] * 6
    Link.all[-1].heard(ABOUT)
    host.advance(MS)
    assert "again after loss 6" in host.diagnostics[-1][1]
    Link.all[-1].lost("status 1")
    host.advance(MS)
    before = len(Link.all)
    host.advance(SECOND)
    assert len(Link.all) == before + 1, "a window that was there is tried again soon"


def test_a_window_that_somebody_closed_stays_closed(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    stage = made()
    (link,) = Link.all
    link.heard(ABOUT)
    host.advance(MS)
    link.heard({"type": "closed"})
    link.lost("status 0")
    host.advance(60 * SECOND)
    assert link.ended == "stopped" and len(Link.all) == 1 and stage.pid is None
    assert host.diagnostics[-1][0] is Level.WARN
    stage.handle(frame(1))
    assert link.shown == []


def test_a_window_that_takes_no_pictures_is_ended(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    stage = made()
    (link,) = Link.all
    link.heard(ABOUT)
    host.advance(MS)
    link.dropped = 249
    stage.handle(frame(1))
    host.advance(MS)
    assert link.ended == ""
    link.dropped = 250
    stage.handle(frame(2))
    host.advance(MS)
    assert link.ended == "killed"


def test_what_is_typed_is_a_text_in_the_visitors_language(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    made(locale="de")
    Link.all[0].heard({"type": "typed", "text": "Wo ist die Tür?"})
    host.advance(MS)
    (text,) = host.of(TextInput)
    assert (text.text, text.locale) == ("Wo ist die Tür?", "de")


def test_nothing_happens_after_the_end(host: FakeHost, made: Callable[..., WindowStage]) -> None:
    stage = made()
    Link.all[0].lost("signal 11")
    host.advance(MS)
    stage.stop()
    host.advance(60 * SECOND)
    assert len(Link.all) == 1
    stage.start()
    stage.stop()
    assert Link.all[1].ended == "stopped"
    Link.all[1].heard(ABOUT)
    host.advance(MS)
    assert len(host.diagnostics) == 1


# -------------------------------------------------------------------------------------------------- deployments
def test_a_deployment_has_a_window_only_if_it_names_it(tmp_path: Path) -> None:
    assert "window" not in Deployment.read(None).settings
    file = tmp_path / "kiosk.yaml"
    file.write_text("window:\n")
    assert Deployment.read(file).settings["window"] == WindowSettings()
    file.write_text("window: {full_screen: false}\nwithout: [window]\n")
    assert "window" not in Deployment.read(file).settings
    assert Deployment.read(None, {"window": {"full_screen": False}}).settings["window"].full_screen is False


def test_the_deployment_with_the_window_has_no_page() -> None:
    made = Deployment.read(Path(__file__).resolve().parents[3] / "config" / "window.yaml")
    assert made.settings["window"].full_screen and "page" not in made.settings


# -------------------------------------------------------------------------------------------------- the presenter
class Line:
    """The socket of the window's process; nobody is at its other end after the last of the messages."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, **message: Any) -> None:
        self.sent.append(message)

    def wait(self, seconds: float) -> bool:
        return False


class Screen:
    """A window whose events are a script: one list each time that it is asked."""

    picture_size = None
    size = (200, 300)

    def __init__(self, script: list[list[Any]], full_screen: bool) -> None:
        self.script = iter(script)
        self.full_screen = full_screen
        self.presented = 0
        self.pointer: list[bool] = []

    def events(self) -> Iterator[Any]:
        yield from next(self.script)

    def change_full_screen(self) -> None:
        self.full_screen = not self.full_screen

    def show_pointer(self, visible: bool) -> None:
        self.pointer.append(visible)

    def clear(self) -> None: ...

    def draw_overlay(self, *_: Any) -> None: ...

    def present(self) -> None:
        self.presented += 1


@pytest.fixture
def presented(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Line, Screen]]:
    pytest.importorskip("sdl2", reason="PySDL2 is not installed: run `make env`")
    from visavis_agent.kiosk import window_process

    clock = iter(range(0, 10**12, SECOND))
    monkeypatch.setattr(window_process.time, "monotonic_ns", lambda: next(clock))

    def play(*script: list[Any], full_screen: bool = False, **settings: Any) -> tuple[Line, Screen]:
        line, screen = Line(), Screen(list(script), full_screen)
        presenter = window_process.Presenter(WindowSettings(**settings), line, screen)  # type: ignore[arg-type]
        with pytest.raises((StopIteration, RuntimeError)) if full_screen else contextlib.nullcontext():
            presenter.run()
        return line, screen

    return play


def test_a_window_can_be_closed_and_full_screen_cannot(presented: Callable[..., tuple[Line, Screen]]) -> None:
    from visavis_agent.kiosk.window_screen import Closed, Key

    _, closed = presented([Closed()], [])
    assert next(closed.script) == [], "nothing is asked of a closed window"
    _, full = presented([Closed()], [], full_screen=True)
    assert next(full.script, None) is None, "a full screen goes on to the end of the script"
    _, both = presented([Key("full")], [Closed()], [Key("full")], [Closed()], [])
    assert next(both.script) == [] and not both.full_screen


def test_without_a_keyboard_only_f11_is_taken(presented: Callable[..., tuple[Line, Screen]]) -> None:
    from visavis_agent.kiosk.window_screen import Closed, Key

    typed = [Key("text", "Where?"), Key("enter"), Key("enter")]
    line, _ = presented(typed, [Closed()])
    assert line.sent == [{"type": "typed", "text": "Where?"}]
    line, screen = presented([*typed, Key("full"), Key("full")], [Closed()], keyboard=False)
    assert line.sent == [] and not screen.full_screen


def test_the_pointer_hides_when_the_mouse_rests(presented: Callable[..., tuple[Line, Screen]]) -> None:
    from visavis_agent.kiosk.window_screen import Closed, Moved

    _, screen = presented([], [Moved()], [], [], [], [Closed()])
    assert screen.pointer[0] is False and screen.pointer[1] is True and screen.pointer[-1] is False


def test_nothing_is_drawn_while_nothing_changes(presented: Callable[..., tuple[Line, Screen]]) -> None:
    from visavis_agent.kiosk.window_screen import Closed, Exposed

    _, screen = presented([], [], [], [Exposed()], [], [Closed()])
    assert screen.presented == 2
