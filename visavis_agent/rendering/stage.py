"""The rendering stage: face and body motion in, pictures out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from visavis_agent.core.errors import VisavisError
from visavis_agent.core.records import BodyMotion, FaceMotion, Level, Record, Selection, VideoFrame
from visavis_agent.core.stage import Host, Stage
from visavis_agent.rendering.avatar import LEVELS
from visavis_agent.rendering.engines import ENGINES, Picture, RenderingEngine
from visavis_agent.rendering.pace import Pace
from visavis_agent.rendering.settings import DETAIL, PictureSettings, RenderingSettings

# declared time of a picture; below a frame of motion, so that none is dropped offline
LATENCY_NS = 15_000_000
SLACK_NS = 1_000_000  # motion that comes a little early still counts as on time


class RenderingStage(Stage):
    """Draws every FaceMotion, up to the set rate, as a VideoFrame of the same media time.

    Face and body of one instant are drawn together: a face waits for the body of its media time, at most
    until the next face. When drawing falls behind (live), the oldest waiting face is dropped, and soon less is
    drawn (`pace.py`); offline a picture takes its declared time, so that everything is drawn.
    """

    settings_type: ClassVar[type[Any]] = RenderingSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        FaceMotion: "on_face",
        BodyMotion: "on_body",
        Selection: "on_selection",
    }

    def __init__(self, settings: RenderingSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._period_ns = round(1e9 / settings.rate_hz)
        self._pace = Pace(self._period_ns, LEVELS) if settings.detail == "auto" else None
        self._detail = float(DETAIL.get(settings.detail, LEVELS - 1))
        self._engine: RenderingEngine | None = None
        self._outgoing: RenderingEngine | None = None
        self._avatar = settings.avatar
        self._forget()

    def _forget(self) -> None:
        self._body: BodyMotion | None = None
        self._waiting: FaceMotion | None = None  # for its body
        self._next: tuple[FaceMotion, BodyMotion | None] | None = None  # to be drawn after the present one
        self._drawing = False
        self._due_ns: int | None = None

    def start(self) -> None:
        """Load the avatar and the engine.

        Raises:
            ConfigurationError, AvatarError, EngineError: as the engine says.
        """
        self._engine = self._make(self._avatar)

    def _make(self, avatar: str) -> RenderingEngine:
        values = {f.name: getattr(self.settings, f.name) for f in fields(PictureSettings)}
        return ENGINES.create(self.settings.engine, {**values, "avatar": avatar}, "rendering")

    def stop(self) -> None:
        """Give the engine back; a picture in the making is dropped."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None
        self._forget()

    def on_selection(self, selection: Selection) -> None:
        """Load the wanted avatar on the worker; the old one stays until it is there."""
        wanted = selection.avatar or self.settings.avatar
        if wanted != self._avatar:
            self._avatar = wanted
            self.host.work(lambda: self._try(wanted), lambda made: self._switch(wanted, made), 0)

    def _try(self, avatar: str) -> RenderingEngine | VisavisError:
        """On the worker."""
        try:
            return self._make(avatar)
        except VisavisError as error:
            return error

    def _switch(self, avatar: str, made: RenderingEngine | VisavisError) -> None:
        if isinstance(made, VisavisError):
            self.host.diagnose(Level.ERROR, f"the avatar stays as it was: {made}")
            return
        old, self._engine = self._engine, made
        if old is not None:
            self._outgoing = old  # a picture of it may still be in the making: closed after that, on the worker
            self.host.work(old.close, lambda _: None, 0)
        self.host.diagnose(Level.OK, f"the avatar is {avatar}")

    def on_face(self, face: FaceMotion) -> None:
        """Draw it now if its body is here, or nobody sends bodies."""
        if self._waiting is not None:
            self._due(self._waiting)
        self._waiting = face
        if self._body is None or self._body.media_ns >= face.media_ns:
            self._release()

    def on_body(self, body: BodyMotion) -> None:
        """Keep it, and draw the face that waited for it."""
        self._body = body
        if self._waiting is not None and self._waiting.media_ns <= body.media_ns:
            self._release()

    def _release(self) -> None:
        face, self._waiting = self._waiting, None
        if face is not None:
            self._due(face)

    def _due(self, face: FaceMotion) -> None:
        """Draw it unless it comes before the next picture is due; the due times keep the rate on average."""
        due = face.media_ns if self._due_ns is None else self._due_ns
        early = due - face.media_ns
        period = self._period_ns
        if SLACK_NS < early <= period:
            return
        on_time = 0 <= -early < period
        self._due_ns = (due if on_time else face.media_ns) + period
        if self._next is not None and self._pace is not None and self._pace.missed(self.host.now()):
            self._tell_level(self._pace.level)
        self._next = (face, self._body)
        if not self._drawing:
            self._draw_next()

    def _draw_next(self) -> None:
        engine = self._engine
        if self._next is None or engine is None:
            return
        (face, body), self._next = self._next, None
        self._drawing = True
        detail, asked_ns = self._detail, self.host.now()
        if self._pace is not None:
            detail = self._pace.detail(face.media_ns)

        def job() -> Picture | VisavisError:
            try:
                return engine.draw(face, body, detail)
            except VisavisError as error:  # of this one picture; the next may be good
                return error

        def done(picture: Picture | VisavisError) -> None:
            if self._pace is not None and self._pace.drew(self.host.now(), self.host.now() - asked_ns):
                self._tell_level(self._pace.level)
            self._drawn(face, engine, picture)

        self.host.work(job, done, LATENCY_NS)

    def _drawn(self, face: FaceMotion, engine: RenderingEngine, picture: Picture | VisavisError) -> None:
        if engine is not self._engine and engine is not self._outgoing:
            return
        self._drawing = False
        if isinstance(picture, VisavisError):
            self.host.diagnose(Level.ERROR, f"a picture was left out: {picture}")
            self._draw_next()
            return
        self.host.emit(
            VideoFrame(
                media_ns=face.media_ns,
                session=face.session,
                image=picture.image,
                mouth_gap_m=picture.mouth_gap_m,
                tier=picture.gaussians,
            )
        )
        self._draw_next()

    def _tell_level(self, level: int) -> None:
        name = next(name for name, number in DETAIL.items() if number == level)
        self.host.diagnose(Level.OK, f"draws at {name} detail")
