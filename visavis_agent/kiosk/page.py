"""The page stage: the face in a browser, what is said as captions, and what visitors type or touch."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import (
    DEVICES,
    DeviceSwitch,
    Diagnostic,
    Level,
    Phase,
    Playback,
    PlaybackStatus,
    Record,
    SpeechAudio,
    TextInput,
    TextSource,
    TurnState,
    Utterance,
    VideoFrame,
)
from visavis_agent.core.stage import Host, Stage
from visavis_agent.kiosk.captions import Captions
from visavis_agent.kiosk.page_server import MAXIMUM_TYPED, Callbacks, PageServer
from visavis_agent.kiosk.page_settings import LANGUAGES, PageSettings, Welcome, welcome
from visavis_agent.kiosk.wire import Kind, packed

_SLACK_NS = 2 * MS
_MOST_NOTICES = 20


class PageStage(Stage):
    """Serves the page while it runs. Pictures are encoded only while somebody looks, and the newest one wins."""

    settings_type: ClassVar[type[Any]] = PageSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        VideoFrame: "frame",
        TurnState: "turn_state",
        SpeechAudio: "speech",
        PlaybackStatus: "playback",
        Utterance: "utterance",
        Diagnostic: "diagnostic",
    }

    def __init__(self, settings: PageSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._server: PageServer | None = None
        self._captions = Captions()
        self._welcome: Welcome | None = None
        self._state: dict[str, Any] = {"type": "state", "phase": "idle", "held": False, "off": []}
        self._heard: dict[str, Any] = {"type": "heard", "text": "", "final": True}
        self._notices: dict[str, dict[str, Any]] = {}
        self._newest: VideoFrame | None = None
        self._encoding = False
        self._due_ns = 0
        self._pictures = 0
        self._failed = False

    @property
    def port(self) -> int:
        """Where the page is, once the stage has started."""
        return self._server.port if self._server is not None else self.settings.port

    def start(self) -> None:
        """Serve.

        Raises:
            ConfigurationError: the persona cannot be read.
            DeviceError: the port is taken.
        """
        self._welcome = welcome(self.settings)
        callbacks = Callbacks(self.host.now, self._typed, self._switched, self._greeting, self._watched)
        server = PageServer(self.settings.host, self.settings.port, self.settings.sound_port, callbacks)
        server.start()
        self._server = server

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
        self._server = None
        self._encoding = False

    # ------------------------------------------------------------------------------------------ records in
    def frame(self, frame: VideoFrame) -> None:
        """Show it, unless a newer one is there before the page can take it."""
        self._newest = frame
        if self._server is not None and self._server.watched:
            self._encode()

    def turn_state(self, state: TurnState) -> None:
        waiting = self._captions.turn(state)
        held = state.playback is Playback.HOLD
        phase = Phase.LISTENING if state.user_speaking else state.phase
        off = [device for device in DEVICES if not getattr(state, device)]
        self._state = {"type": "state", "phase": phase.name.lower(), "held": held, "id": str(state.id), "off": off}
        for message in (self._state, *waiting):
            self._tell(message)

    def speech(self, piece: SpeechAudio) -> None:
        self._tell(self._captions.audio(piece))

    def playback(self, status: PlaybackStatus) -> None:
        self._tell(self._captions.playback(status))

    def utterance(self, utterance: Utterance) -> None:
        self._heard = {"type": "heard", "text": utterance.text, "final": utterance.final}
        self._tell(self._heard)

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """The last word of each stage; its OK takes it back."""
        level = diagnostic.level.name.lower()
        notice = {"stage": diagnostic.stage, "level": level, "text": diagnostic.message}
        before = self._notices.get(diagnostic.stage)
        if notice == before or (before is None and diagnostic.level is Level.OK):
            return  # a repetition
        self._notices.pop(diagnostic.stage, None)
        if diagnostic.level is not Level.OK:
            self._notices[diagnostic.stage] = notice
            while len(self._notices) > _MOST_NOTICES:
                self._notices.pop(next(iter(self._notices)))
        self._tell(self._all_notices())

    # --------------------------------------------------------------------------------------------- pictures
    def _encode(self) -> None:
        frame = self._newest
        if frame is None or self._encoding or frame.media_ns < self._due_ns - _SLACK_NS:
            return
        period = round(SECOND / self.settings.fps)
        late = frame.media_ns - self._due_ns
        self._due_ns = self._due_ns + period if late < period else frame.media_ns + period
        self._newest = None
        self._encoding = True
        self.host.work(lambda: self._jpeg(frame), self._encoded, 0)

    def _jpeg(self, frame: VideoFrame) -> bytes:
        """The picture's packet, on the worker; empty if it cannot be encoded."""
        image = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, self.settings.jpeg_quality))
        return packed(Kind.JPEG, self._pictures, frame.media_ns, data.tobytes()) if done else b""

    def _encoded(self, packet: bytes) -> None:
        self._encoding = False
        self._pictures += 1
        if packet and self._server is not None:
            self._server.show(packet)
        elif not packet and not self._failed:
            self._failed = True
            self.host.diagnose(Level.ERROR, "a picture cannot be encoded as JPEG")
        self._encode()

    # -------------------------------------------------------------------------------- the server's thread
    def _watched(self) -> None:
        self.host.at(self.host.now(), self._encode)

    def _typed(self, text: str, source: TextSource) -> None:
        self.host.at(self.host.now(), lambda: self._ask(text, source))

    def _switched(self, device: str, on: bool) -> None:
        self.host.at(self.host.now(), lambda: self._switch(device, on))

    def _greeting(self) -> list[dict[str, Any]]:
        return [self._about(), self._state, *self._captions.snapshot(), self._all_notices()]

    def _about(self) -> dict[str, Any]:
        me = self._welcome or Welcome("", "", ())
        settings = self.settings
        return {
            "type": "about",
            "build": self._server.build if self._server is not None else "",
            "title": me.title,
            "role": me.role,
            "questions": list(me.questions),
            "language": settings.language,
            "languages": list(LANGUAGES),
            "sound_port": settings.sound_port,
            "microphone": settings.microphone,
            "camera": settings.camera,
            "consent": settings.consent,
            "lead_ms": settings.frame_lead_ms,
            "reset_after": settings.reset_after,
            "longest_text": MAXIMUM_TYPED,
        }

    # -------------------------------------------------------------------------------------------- messages
    def _ask(self, text: str, source: TextSource) -> None:
        self.host.emit(TextInput(media_ns=self.host.now(), text=text, source=source, locale=self.settings.locale))
        self._heard = {"type": "heard", "text": text, "final": True}
        self._tell(self._heard)

    def _switch(self, device: str, on: bool) -> None:
        self.host.emit(DeviceSwitch(media_ns=self.host.now(), device=device, on=on))

    def _all_notices(self) -> dict[str, Any]:
        return {"type": "notices", "notices": list(self._notices.values())}

    def _tell(self, message: dict[str, Any] | None) -> None:
        if message is not None and self._server is not None:
            self._server.tell(message)
