"""The window stage: the face on a display of this machine, full screen or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import (
    Diagnostic,
    Level,
    Persons,
    Phase,
    Playback,
    PlaybackStatus,
    Record,
    SpeechAudio,
    TextInput,
    TextSource,
    TurnState,
    VideoFrame,
)
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.kiosk.captions import Captions
from visavis_agent.kiosk.window_link import WindowLink, require_display
from visavis_agent.kiosk.window_settings import WindowSettings

_FIRST_DELAY_NS = SECOND
_LONGEST_DELAY_NS = 16 * SECOND
_HANGS = 250
"""Pictures dropped in a row after which the window is given up: some five seconds."""
_SEEN_NS = 2 * SECOND
"""Without pictures looked at for so long, the camera's sign goes out."""


class WindowStage(Stage):
    """Shows the pictures in a process of the window's own. It may be lost, or have no display, and says so.

    While there is no display the process looks for one each second; when it ends it is started again.
    """

    settings_type: ClassVar[type[Any]] = WindowSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        VideoFrame: "frame",
        TurnState: "turn_state",
        SpeechAudio: "speech",
        PlaybackStatus: "playback",
        Persons: "persons",
        Diagnostic: "diagnostic",
    }

    def __init__(self, settings: WindowSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._link: WindowLink | None = None
        self._open = False
        self._captions = Captions()
        self._state: dict[str, Any] = {"type": "state", "phase": "idle", "held": False}
        self._errors: dict[str, str] = {}
        self._camera, self._allowed = False, True
        self._unseen: Handle | None = None
        self._newest: VideoFrame | None = None
        self._passing = False
        self._again: Handle | None = None
        self._delay_ns = _FIRST_DELAY_NS
        self._losses = 0

    @classmethod
    def check(cls, settings: WindowSettings) -> None:
        """Raises:
        DeviceError: there is no display that a window could be shown on.
        """
        require_display(settings)

    @property
    def pid(self) -> int | None:
        """Number of the window's process; None while there is none."""
        return None if self._link is None else self._link.pid

    def start(self) -> None:
        """Start the window's process; whether there is a display shows later."""
        link = WindowLink(
            self.settings,
            heard=lambda message: self._post(lambda: self._heard(link, message)),
            lost=lambda how: self._post(lambda: self._lost(link, how)),
        )
        self._link = link
        link.start()

    def stop(self) -> None:
        for handle in (self._again, self._unseen):
            if handle is not None:
                handle.cancel()
        link, self._link = self._link, None
        self._again, self._unseen = None, None
        self._open, self._passing = False, False
        if link is not None:
            link.stop()

    # ------------------------------------------------------------------------------------------ records in
    def frame(self, frame: VideoFrame) -> None:
        """Show it when it is due, unless a newer one is there before the window can take it."""
        self._newest = frame
        self._pass_on()

    def turn_state(self, state: TurnState) -> None:
        self._captions.turn(state)
        phase = Phase.LISTENING if state.user_speaking else state.phase
        self._state = {"type": "state", "phase": phase.name.lower(), "held": state.playback is Playback.HOLD}
        self._tell(self._state)
        self._allowed = state.camera
        self._sign(self._camera and self._allowed)

    def speech(self, piece: SpeechAudio) -> None:
        self._tell(self._captions.audio(piece))

    def playback(self, status: PlaybackStatus) -> None:
        self._tell(self._captions.playback(status))

    def persons(self, persons: Persons) -> None:
        """Each comes of a picture that was looked at: as long as they come, the camera is on, wherever it is."""
        if self._unseen is not None:
            self._unseen.cancel()
        self._unseen = self.host.at(self.host.now() + _SEEN_NS, lambda: self._sign(False))
        self._sign(self._allowed)

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """The last error of each stage, until it says something better."""
        self._errors.pop(diagnostic.stage, None)
        if diagnostic.level is Level.ERROR:
            self._errors[diagnostic.stage] = diagnostic.message
        if self.settings.notices:
            self._tell(self._notice())

    # ------------------------------------------------------------------------------------------- the window
    def _pass_on(self) -> None:
        frame, link = self._newest, self._link
        if frame is None or link is None or not self._open or self._passing:
            return
        self._newest = None
        self._passing = True
        self.host.work(lambda: link.show(frame), lambda _: self._passed(link), 0)

    def _passed(self, link: WindowLink) -> None:
        if link is not self._link:
            return
        self._passing = False
        if link.dropped >= _HANGS:
            link.kill()
        self._pass_on()

    def _post(self, action: Callable[[], None]) -> None:
        """Run it on the stage thread; from a thread of the link."""
        self.host.at(self.host.now(), action)

    def _heard(self, link: WindowLink, message: dict[str, Any]) -> None:
        if link is not self._link:
            return
        kind = message["type"]
        if kind == "open":
            self._opened(message)
        elif kind == "problem":
            self.host.diagnose(Level.ERROR, f"no window: {message['what']}")
        elif kind == "typed":
            typed, now = TextSource.TYPED, self.host.now()
            self.host.emit(TextInput(media_ns=now, text=message["text"], source=typed, locale=self.settings.locale))
        elif kind == "closed":
            self._open = False
            self.host.diagnose(Level.WARN, "the window was closed; it comes back when the agent is started again")
            self.stop()

    def _opened(self, about: dict[str, Any]) -> None:
        self._open = True
        self._delay_ns = _FIRST_DELAY_NS
        again = f"again after loss {self._losses}, " if self._losses else ""
        size = f"{about['width']}×{about['height']} px"
        where = f"{about['display']}, {size}, by {about['driver']} and {about['renderer']}"
        self.host.diagnose(Level.OK, f"the window is open: {again}{where}")
        for message in (self._state, *self._captions.snapshot(), self._notice(), self._camera_sign()):
            self._tell(message)
        self._pass_on()

    def _lost(self, link: WindowLink, how: str) -> None:
        if link is not self._link:
            return
        self._link, self._open, self._passing = None, False, False
        self._losses += 1
        reason = f"its process ended with {how}; the display's server may be gone"
        self.host.diagnose(Level.ERROR, f"the window was lost (loss {self._losses}): {reason}; it is opened again")
        self._again = self.host.at(self.host.now() + self._delay_ns, self.start)
        self._delay_ns = min(2 * self._delay_ns, _LONGEST_DELAY_NS)

    def _sign(self, on: bool) -> None:
        if on != self._camera:
            self._camera = on
            self._tell(self._camera_sign())

    def _camera_sign(self) -> dict[str, Any]:
        return {"type": "camera", "on": self._camera}

    def _notice(self) -> dict[str, Any]:
        shown = self.settings.notices and self._errors
        text = f"{next(reversed(self._errors))}: {next(reversed(self._errors.values()))}" if shown else ""
        return {"type": "notice", "text": text[:500]}

    def _tell(self, message: dict[str, Any] | None) -> None:
        if message is not None and self._link is not None and self._open:
            self._link.send(message)
