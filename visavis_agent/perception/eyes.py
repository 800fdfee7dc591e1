"""What an eye engine is: a picture in, the faces in it out; and the engines there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.settings import setting
from visavis_agent.perception.face_table import Points

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; x grows right, y down."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0–1."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        shared = max(0.0, width) * max(0.0, height)
        return shared / max(1e-9, self.area + other.area - shared)

    def grown(self, factor: float) -> Box:
        """About the same centre."""
        x, y = self.centre
        width, height = self.width * factor, self.height * factor
        return Box(x - width / 2, y - height / 2, width, height)

    def scaled(self, factor: float) -> Box:
        """In a picture `factor` times as large."""
        return Box(self.x * factor, self.y * factor, self.width * factor, self.height * factor)


@dataclass(frozen=True, slots=True)
class Face:
    """A face as an engine sees it.

    Attributes:
        box: of the face, px.
        points: (478, 3) px, z relative; None where the face was only detected.
        confidence: 0–1.
        appearance: colours of head and clothes (appearance.py), where somebody looked at them.
    """

    box: Box
    points: Points | None
    confidence: float
    appearance: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True)
class EyesSettings:
    """Settings that every eye engine takes."""

    detector_hz: float = setting(
        4.0, "how often the whole picture is searched for faces", unit="Hz", low=0.2, high=30.0
    )
    largest_side: int = setting(1280, "pictures larger than this are made smaller first", unit="px", low=320, high=4096)


class Eyes(Protocol):
    """Sees faces; one of them, the preferred one, in detail. Calls come in order, one at a time."""

    def see(self, image: Image, media_ns: int, preferred: Box | None) -> tuple[Face, ...]:
        """The faces in an RGB picture (h, w, 3), the detailed one first; the others only where they were searched for.

        Args:
            preferred: where the person was last that is wanted in detail, px; None: any.
        """
        ...

    def close(self) -> None:
        """Give back memory and threads."""
        ...


EYES: EngineRegistry[Eyes] = EngineRegistry(
    "eyes",
    {
        "facemesh": EngineEntry(
            "visavis_agent.perception.facemesh:FaceMeshEyes",
            "Install mediapipe 0.10.21, run `make env`, or set engine to none",
        ),
    },
)
