"""The rendering engines by name, and what an engine is."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.records import Array, BodyMotion, FaceMotion
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.renderer import FULL, Renderer
from visavis_agent.rendering.settings import PictureSettings


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture: (h, w, 3) uint8 RGB, the inner-lip opening (m at the avatar's scale), Gaussians
    drawn."""

    image: Array
    mouth_gap_m: float
    gaussians: int


class RenderingEngine(Protocol):
    """Draws one character; made with PictureSettings."""

    def draw(self, face: FaceMotion, body: BodyMotion | None, detail: float = FULL) -> Picture:
        """The picture of a face and a body (None: at rest). The same input gives the same picture.

        `detail`, 0 – 2, is the level of detail; a fraction fades the next one in.
        """
        ...

    def close(self) -> None:
        """Give memory and threads back."""
        ...


class SplatEngine:
    """Gaussian splatting on the CPU (native/).

    Raises:
        ConfigurationError: there is no such avatar.
        AvatarError: its file is damaged.
        EngineError: the native library is missing.
    """

    settings_type = PictureSettings

    def __init__(self, settings: PictureSettings) -> None:
        size = (settings.width, settings.height)
        self._in_use = threading.Lock()
        self._renderer = Renderer(open_avatar(settings.avatar), size, settings.threads, settings.framing)

    def draw(self, face: FaceMotion, body: BodyMotion | None, detail: float = FULL) -> Picture:
        """One picture."""
        with self._in_use:
            image, report = self._renderer.draw(face, body, detail)
        return Picture(image, report.mouth_gap_mm / 1000.0, report.drawn)

    def close(self) -> None:
        """Give memory and threads back, once the picture in the making is drawn."""
        with self._in_use:
            self._renderer.close()


ENGINES: EngineRegistry[RenderingEngine] = EngineRegistry(
    "rendering", {"splat": EngineEntry("visavis_agent.rendering.engines:SplatEngine")}
)
