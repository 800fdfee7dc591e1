"""The rendering stage: face and body motion in, pictures out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from visavis_agent.core.records import BodyMotion, FaceMotion, Record, VideoFrame
from visavis_agent.core.stage import Host, Stage
from visavis_agent.rendering.engines import ENGINES, Picture, RenderingEngine
from visavis_agent.rendering.settings import PictureSettings, RenderingSettings

# declared time of a picture; below a frame of motion, so that none is dropped offline
LATENCY_NS = 15_000_000
SLACK_NS = 1_000_000  # motion that comes a little early still counts as on time


class RenderingStage(Stage):
    """Draws every FaceMotion, up to the set rate, as a VideoFrame of the same media time.

    Face and body of one instant are drawn together: a face waits for the body of its media time, at most
    until the next face. When drawing falls behind (live), the oldest waiting face is dropped.
    """

    settings_type: ClassVar[type[Any]] = RenderingSettings
    handlers: ClassVar[dict[type[Record], str]] = {FaceMotion: "on_face", BodyMotion: "on_body"}

    def __init__(self, settings: RenderingSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._period_ns = round(1e9 / settings.rate_hz)
        self._engine: RenderingEngine | None = None
        self._forget()

    def _forget(self) -> None:
        self._body: BodyMotion | None = None
        self._waiting: FaceMotion | None = None  # for its body
        self._next: tuple[FaceMotion, BodyMotion | None] | None = None  # to be drawn after the present one
        self._drawing = False
        self._last_ns: int | None = None

    def start(self) -> None:
        """Load the avatar and the engine.

        Raises:
            ConfigurationError, AvatarError, EngineError: as the engine says.
        """
        values = {f.name: getattr(self.settings, f.name) for f in fields(PictureSettings)}
        self._engine = ENGINES.create(self.settings.engine, values, "rendering")

    def stop(self) -> None:
        """Give the engine back; a picture in the making is dropped."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None
        self._forget()

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
        if self._last_ns is not None and 0 <= face.media_ns - self._last_ns < self._period_ns - SLACK_NS:
            return
        self._last_ns = face.media_ns
        self._next = (face, self._body)
        if not self._drawing:
            self._draw_next()

    def _draw_next(self) -> None:
        engine = self._engine
        if self._next is None or engine is None:
            return
        (face, body), self._next = self._next, None
        self._drawing = True
        self.host.work(
            lambda: engine.draw(face, body), lambda picture: self._drawn(face, engine, picture), LATENCY_NS
        )

    def _drawn(self, face: FaceMotion, engine: RenderingEngine, picture: Picture) -> None:
        if engine is not self._engine:
            return
        self._drawing = False
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
