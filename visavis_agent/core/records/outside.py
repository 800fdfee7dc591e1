"""What comes from outside: sound, pictures, texts, and what robots and operators ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.identity import LONGEST_DESCRIPTION
from visavis_agent.core.records.base import (
    MAXIMUM_TEXT,
    MICROPHONE_RATE,
    Array,
    Float3,
    Record,
    require,
    require_duration,
    require_finite,
    require_picture,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MicrophoneAudio(Record):
    """A block of the visitor's sound; `media_ns` is the time of its first sample.

    Attributes:
        pcm: (n,) int16, mono.
        sample_rate: Hz.
        gap_ns: sound lost right before this block (overrun), ns.
    """

    pcm: Array
    sample_rate: int = MICROPHONE_RATE
    gap_ns: int = 0

    def __post_init__(self) -> None:
        require(self.pcm.dtype == np.int16 and self.pcm.ndim == 1, "microphone audio is one row of int16")
        require(self.sample_rate > 0 and self.gap_ns >= 0, "sample_rate is positive and gap_ns not negative")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraImage(Record):
    """A camera picture: (h, w, 3) uint8, RGB."""

    image: Array

    def __post_init__(self) -> None:
        require_picture("camera image", self.image)


class TextSource(IntEnum):
    """How a text reached the agent."""

    SPOKEN = 0
    TYPED = 1
    TOUCHED = 2
    SERVICE = 3
    GESTURE = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextInput(Record):
    """A text for the agent that was not spoken: typed, touched, or sent by a service.

    Attributes:
        text: lone surrogates (bytes of a command line that are no UTF-8 come as such) become question marks.
        say: the agent shall say it itself, not answer it; inline markup is read.
        emotion: with which it is said; confidence 0: the agent's own.
        request: tag of the sender, comes back in UserTurn.
    """

    text: str
    source: TextSource = TextSource.TYPED
    person_id: str = ""
    locale: str = "en"
    say: bool = False
    emotion: Emotion = Emotion()
    request: str = ""

    def __post_init__(self) -> None:
        require(len(self.text) <= MAXIMUM_TEXT, f"a text has at most {MAXIMUM_TEXT} characters")
        object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode())


class GazeFrame(IntEnum):
    """The frame of a point to look at: the screen's (motion settings), or the camera's (Person.position)."""

    SCREEN = 0
    CAMERA = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GazeRequest(Record):
    """Where the agent shall look from `media_ns` on, over what it would look at by itself.

    Attributes:
        enabled: False lets it look where it wants to again.
        point: m, REP-103 axes of `frame`.
        person_id: look at this person instead of the point, wherever he goes.
        duration_s: 0–3600 s; 0: until the next request.
    """

    enabled: bool = True
    point: Float3 = (0.0, 0.0, 0.0)
    frame: GazeFrame = GazeFrame.SCREEN
    person_id: str = ""
    duration_s: float = 0.0

    def __post_init__(self) -> None:
        require_finite("gaze request", self.point)
        require_duration(self.duration_s)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpressionRequest(Record):
    """An expression for the face from `media_ns` on, over the agent's own emotion.

    Attributes:
        enabled: False lets it show what it feels again.
        duration_s: 0–3600 s; 0: until the next request.
    """

    enabled: bool = True
    emotion: Emotion = Emotion()
    duration_s: float = 0.0

    def __post_init__(self) -> None:
        require_duration(self.duration_s)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GestureRequest(Record):
    """A gesture (`wave`, `nod`, …) to make now; `intensity` 0–1 is how large."""

    name: str
    intensity: float = 1.0

    def __post_init__(self) -> None:
        require(0.0 <= self.intensity <= 1.0, "the intensity of a gesture is 0–1")


DEVICES = ("microphone", "camera", "sound")
"""What the agent hears with, sees with and is heard by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeviceSwitch(Record):
    """A visitor's wish to have one of DEVICES switched on or off."""

    device: str
    on: bool

    def __post_init__(self) -> None:
        require(self.device in DEVICES, f"a device is one of {', '.join(DEVICES)}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DevicesEnabled(Record):
    """Which devices the agent may use. What is off is released, not only ignored."""

    microphone: bool = True
    camera: bool = True
    sound: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AvatarWish(Record):
    """Whom a visitor would like to talk to, in words (`core.identity` reads them)."""

    description: str

    def __post_init__(self) -> None:
        require(0 < len(self.description) <= LONGEST_DESCRIPTION, f"a wish has 1 to {LONGEST_DESCRIPTION} characters")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection(Record):
    """Names of the avatar and the persona that are wanted; empty: as the deployment says.

    Attributes:
        presentation: of the avatar (`feminine`, `masculine`, `neutral`), for a voice that fits; empty: as before.
    """

    avatar: str = ""
    persona: str = ""
    presentation: str = ""


def require_bytes(what: str, data: Array) -> None:
    require(data.dtype == np.uint8 and data.ndim == 1, f"{what} is one row of bytes")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotSound(Record):
    """A block of a robot's microphone, (n,) uint8: raw samples as the robot sends them."""

    data: Array

    def __post_init__(self) -> None:
        require_bytes("a robot's sound", self.data)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotVoice(Record):
    """A block of the voice for a robot's loudspeaker, (n,) uint8: 16 bit little-endian samples, mono, 16 kHz."""

    data: Array

    def __post_init__(self) -> None:
        require_bytes("a robot's voice", self.data)
