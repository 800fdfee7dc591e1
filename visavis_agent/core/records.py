"""The records that stages exchange. One record type is one topic; fields have the names of the ROS message.

Every record carries `media_ns`, the media time (ns) its content belongs to, and `session`, the name of the visit.
Arrays are read by everyone and written by nobody after they were emitted. A record with a number that is not finite,
or an array that has not its shape and type, raises ValueError when it is made, so nothing downstream meets a NaN.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field, fields, is_dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.arkit import ARKIT_COUNT
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.identity import LONGEST_DESCRIPTION
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.skeleton import JOINT_COUNT, rest_rotations

Array = npt.NDArray[Any]
Float3 = tuple[float, float, float]
MICROPHONE_RATE = 16_000
MOTION_RATE = 50
MAXIMUM_TEXT = 100_000
LONGEST_REQUEST_S = 3600.0


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _require_finite(what: str, *values: Any) -> None:
    _require(all(map(_is_finite, values)), f"a number of the {what} is not finite")


def _is_finite(value: Any) -> bool:
    """Of a number, a tuple of numbers, an array; without numpy where it is slower: this is asked for every frame."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, tuple):
        return all(map(_is_finite, value))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return bool(np.isfinite(value).all())
    return bool(np.isfinite(np.asarray(value, np.float64)).all())


def _require_duration(seconds: float) -> None:
    _require(0.0 <= seconds <= LONGEST_REQUEST_S, f"a duration is 0–{LONGEST_REQUEST_S:.0f} s, not {seconds:g}")


def _require_picture(what: str, image: Array) -> None:
    _require(image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3, f"a {what} is (h, w, 3) uint8")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """Base of every record.

    Attributes:
        media_ns: media time of the content, ns.
        session: name of the visit the record belongs to; empty when there is only one.
    """

    media_ns: int
    session: str = ""


# ---------------------------------------------------------------------------------------------------- from outside
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
        _require(self.pcm.dtype == np.int16 and self.pcm.ndim == 1, "microphone audio is one row of int16")
        _require(self.sample_rate > 0 and self.gap_ns >= 0, "sample_rate is positive and gap_ns not negative")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraImage(Record):
    """A camera picture: (h, w, 3) uint8, RGB."""

    image: Array

    def __post_init__(self) -> None:
        _require_picture("camera image", self.image)


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
        _require(len(self.text) <= MAXIMUM_TEXT, f"a text has at most {MAXIMUM_TEXT} characters")
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
        _require_finite("gaze request", self.point)
        _require_duration(self.duration_s)


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
        _require_duration(self.duration_s)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GestureRequest(Record):
    """A gesture (`wave`, `nod`, …) to make now; `intensity` 0–1 is how large."""

    name: str
    intensity: float = 1.0

    def __post_init__(self) -> None:
        _require(0.0 <= self.intensity <= 1.0, "the intensity of a gesture is 0–1")


DEVICES = ("microphone", "camera", "sound")
"""What the agent hears with, sees with and is heard by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeviceSwitch(Record):
    """A visitor's wish to have one of DEVICES switched on or off."""

    device: str
    on: bool

    def __post_init__(self) -> None:
        _require(self.device in DEVICES, f"a device is one of {', '.join(DEVICES)}")


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
        _require(0 < len(self.description) <= LONGEST_DESCRIPTION, f"a wish has 1 to {LONGEST_DESCRIPTION} characters")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Selection(Record):
    """Names of the avatar and the persona that are wanted; empty: as the deployment says.

    Attributes:
        presentation: of the avatar (`feminine`, `masculine`, `neutral`), for a voice that fits; empty: as before.
    """

    avatar: str = ""
    persona: str = ""
    presentation: str = ""


def _require_bytes(what: str, data: Array) -> None:
    _require(data.dtype == np.uint8 and data.ndim == 1, f"{what} is one row of bytes")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotSound(Record):
    """A block of a robot's microphone, (n,) uint8: raw samples as the robot sends them."""

    data: Array

    def __post_init__(self) -> None:
        _require_bytes("a robot's sound", self.data)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotVoice(Record):
    """A block of the voice for a robot's loudspeaker, (n,) uint8: 16 bit little-endian samples, mono, 16 kHz."""

    data: Array

    def __post_init__(self) -> None:
        _require_bytes("a robot's voice", self.data)


# ------------------------------------------------------------------------------------------------------ perception
class Presence(IntEnum):
    """How sure perception is that somebody is there."""

    PRESENT = 0
    CONFIRMED = 1
    LEAVING = 2


class Zone(IntEnum):
    """How far somebody is concerned with the agent."""

    PASSING = 0
    APPROACHING = 1
    ENGAGED = 2
    LEAVING = 3


class HandGesture(IntEnum):
    """What a visitor's hands say."""

    NONE = 0
    RAISED_HAND = 1
    WAVE = 2
    THUMBS_UP = 3
    POINTING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One visitor as seen.

    Attributes:
        person_id: stable while the person is followed.
        presence: PRESENT at once; CONFIRMED once alive (blink, motion); LEAVING while lost for a moment.
        box: x, y, width, height of the face as shares of the picture (0–1, origin top left).
        position: of the eyes' midpoint in the camera frame, m, REP-103 axes (x away from the camera, y left, z up).
        head: roll, pitch, yaw of the head relative to facing the camera, rad; yaw > 0 is the person's own left.
        gaze: yaw, pitch of the eyes in the head, rad.
        attention: 0–1, how much the person faces the screen.
        mouth_open: 0–1.
        confidence: 0–1, of the face itself.
        zone: how far the person is concerned with the agent.
        gesture: what the hands do now.
        pointing: unit vector of the pointing finger in the picture's plane (0, left, up), zeros if none points.
        mouth_hidden: by a hand, a mask, a scarf; mouth_open is 0 then, and the face is read with less certainty.
        eyes_hidden: by dark glasses; gaze is 0 then, and the face is read with less certainty.
    """

    person_id: str
    presence: Presence
    box: tuple[float, float, float, float]
    position: Float3 = (0.0, 0.0, 0.0)
    head: Float3 = (0.0, 0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)
    attention: float = 0.0
    mouth_open: float = 0.0
    confidence: float = 0.0
    zone: Zone = Zone.PASSING
    gesture: HandGesture = HandGesture.NONE
    pointing: Float3 = (0.0, 0.0, 0.0)
    mouth_hidden: bool = False
    eyes_hidden: bool = False

    def __post_init__(self) -> None:
        shares = (self.attention, self.mouth_open, self.confidence)
        _require_finite("person", self.box, self.position, self.head, self.gaze, shares, self.pointing)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Persons(Record):
    """Everybody in view; `engaged_id` is whom the agent talks to, empty for nobody."""

    persons: tuple[Person, ...] = ()
    engaged_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceAffect(Record):
    """What the engaged person's face shows.

    Attributes:
        action_units: FACS numbers measured.
        intensities: their intensities 0–1, same length.
    """

    person_id: str
    emotion: Emotion = Emotion()
    action_units: tuple[int, ...] = ()
    intensities: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _require(len(self.action_units) == len(self.intensities), "one intensity per action unit")
        _require_finite("face affect", self.intensities)


# --------------------------------------------------------------------------------------------------------- hearing
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiceActivity(Record):
    """Whether the visitor speaks; sent at every change and at least every 100 ms of sound.

    Attributes:
        speaking: the decision, with hang-over.
        probability: 0–1 of the newest frame.
        since_ns: media time at which the present state began (first or last speech energy).
        level_dbfs: RMS of the newest frame, dB relative to full scale, ≥ -120.
    """

    speaking: bool
    probability: float
    since_ns: int
    level_dbfs: float = -120.0

    def __post_init__(self) -> None:
        _require_finite("voice activity", self.probability, self.level_dbfs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prosody(Record):
    """Pitch and level of the visitor's voice in frames of `hop_ns`; `media_ns` is the first frame's centre.

    Attributes:
        f0_hz: (n,) float32, 0 where unvoiced.
        level_dbfs: (n,) float32, ≥ -120.
    """

    f0_hz: Array
    level_dbfs: Array
    hop_ns: int = 10_000_000

    def __post_init__(self) -> None:
        rows = (self.f0_hz, self.level_dbfs)
        _require(all(row.dtype == np.float32 and row.ndim == 1 for row in rows), "prosody is two rows of float32")
        _require(len(self.f0_hz) == len(self.level_dbfs), "one level per pitch frame")
        _require_finite("prosody", *rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiceAffect(Record):
    """What the visitor's voice shows, against the speaker's own baseline."""

    person_id: str = ""
    emotion: Emotion = Emotion()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance; confidence 0–1 (relative within the list when the engine has no better)."""

    text: str
    confidence: float = 1.0

    def __post_init__(self) -> None:
        _require_finite("hypothesis", self.confidence)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Utterance(Record):
    """What was understood, best first; partial results carry `final=False` and the same `utterance`.

    Attributes:
        utterance: number of the utterance since start, uint32.
        start_ns, end_ns: first and last speech energy, media time.
        pause: of a partial result: the speaker pauses, and all that was said before is in it.
    """

    utterance: int
    hypotheses: tuple[Hypothesis, ...]
    final: bool
    start_ns: int
    end_ns: int
    locale: str = "en"
    person_id: str = ""
    pause: bool = False

    def __post_init__(self) -> None:
        _require(self.end_ns >= self.start_ns, "an utterance does not end before it starts")
        _require(all(len(h.text) <= MAXIMUM_TEXT for h in self.hypotheses), "a hypothesis is too long")

    @property
    def text(self) -> str:
        """The best hypothesis, or nothing."""
        return self.hypotheses[0].text if self.hypotheses else ""


# ---------------------------------------------------------------------------------------------------- conversation
class Phase(IntEnum):
    """What the agent is doing, as the visitor is shown it."""

    IDLE = 0
    LISTENING = 1
    THINKING = 2
    SPEAKING = 3


class Playback(IntEnum):
    """What every queue does with the agent's sound and motion."""

    PLAY = 0
    HOLD = 1


NO_REPLY = "no reply"
"""Reason of the TurnState in which the agent gives up a reply that does not come, or comes no further."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TurnState(Record):
    """The state of the conversation; its stage is the sole writer of ids.

    Attributes:
        id: the reply that may be heard; everything that compares lower is dropped and flushed.
        phase: shown to the visitor.
        playback: HOLD freezes sound, mouth and queues; PLAY (re)starts them at a word boundary.
        user_speaking: the floor is the visitor's.
        reason: one word for people and logs ("onset", "confirm", "release", "endpoint", …).
        microphone, camera, sound: what of its devices the agent may use (DevicesEnabled).
    """

    id: ReplyId
    phase: Phase
    playback: Playback = Playback.PLAY
    user_speaking: bool = False
    reason: str = ""
    microphone: bool = True
    camera: bool = True
    sound: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UserTurn(Record):
    """The visitor's finished (or, as a draft, probable) turn, for the dialogue to answer under `id`.

    Attributes:
        draft: may still be discarded; a draft's plan is not spoken until a TurnState with its id says so.
        speech_end_ns: last speech energy (media time); for typed text the time it arrived.
        say: what the agent shall say itself, with markup; empty: it answers the hypotheses.
        emotion: with which that is said; confidence 0: the agent's own.
        request: tag of the TextInput that the turn came from.
    """

    id: ReplyId
    hypotheses: tuple[Hypothesis, ...]
    speech_end_ns: int
    draft: bool = False
    source: TextSource = TextSource.SPOKEN
    locale: str = "en"
    person_id: str = ""
    say: str = ""
    emotion: Emotion = Emotion()
    request: str = ""

    def __post_init__(self) -> None:
        _require(len(self.say) <= MAXIMUM_TEXT, f"a text has at most {MAXIMUM_TEXT} characters")


# -------------------------------------------------------------------------------------------------------- dialogue
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UserEmotion(Record):
    """What the person seems to feel: face, voice and words fused.

    Attributes:
        face, voice, words: how much each counts, 0–1: its confidence, freshness, and how far it is believed.
    """

    person_id: str = ""
    emotion: Emotion = Emotion()
    face: float = 0.0
    voice: float = 0.0
    words: float = 0.0

    def __post_init__(self) -> None:
        _require(all(0.0 <= weight <= 1.0 for weight in (self.face, self.voice, self.words)), "weights are 0–1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgentEmotion(Record):
    """What the agent feels; voice, face and wording follow it."""

    emotion: Emotion = Emotion()


class Lane(IntEnum):
    """Replies, fillers and backchannels have lanes of their own; the last two start no turn."""

    REPLY = 0
    FILLER = 1
    BACKCHANNEL = 2


@dataclass(frozen=True, slots=True)
class GestureMark:
    """A gesture (`wave`, `nod`, `point`, …) at a character of the clause's text."""

    name: str
    character: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechPlan(Record):
    """One clause of a reply, streamed; `last` ends the reply."""

    id: ReplyId
    clause: int
    text: str
    last: bool
    lane: Lane = Lane.REPLY
    locale: str = "en"
    emotion: Emotion = Emotion()
    gestures: tuple[GestureMark, ...] = ()

    def __post_init__(self) -> None:
        _require(len(self.text) <= MAXIMUM_TEXT, f"a clause has at most {MAXIMUM_TEXT} characters")


# ---------------------------------------------------------------------------------------------------------- speech
@dataclass(frozen=True, slots=True)
class PhoneMark:
    """A phone (core/phones.py) on samples [start, end) of the reply; stress 0–2 (ARPAbet), accented by pitch."""

    phone: str
    start: int
    end: int
    stress: int = 0
    accented: bool = False


@dataclass(frozen=True, slots=True)
class WordMark:
    """A spoken word on samples [start, end) of the reply."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GestureCue:
    """A gesture at a sample of the reply."""

    name: str
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechAudio(Record):
    """A piece of a reply's sound. All sample numbers count from the reply's first sample.

    Attributes:
        pcm: (n,) int16, mono; may be empty in the last piece.
        first_sample: where the piece starts in the reply.
        text: the clause as written, in the piece that starts it; else empty.
        emotion: with which it is said.
    """

    id: ReplyId
    lane: Lane
    clause: int
    sample_rate: int
    first_sample: int
    pcm: Array
    last: bool
    text: str = ""
    emotion: Emotion = Emotion()
    phones: tuple[PhoneMark, ...] = ()
    words: tuple[WordMark, ...] = ()
    gestures: tuple[GestureCue, ...] = ()

    def __post_init__(self) -> None:
        _require(self.pcm.dtype == np.int16 and self.pcm.ndim == 1, "speech audio is one row of int16")
        _require(self.sample_rate > 0 and self.first_sample >= 0, "sample_rate is positive, first_sample not negative")


class SinkState(IntEnum):
    """What the audio sink does with a reply."""

    IDLE = 0
    PLAYING = 1
    HELD = 2
    FINISHED = 3
    FLUSHED = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaybackStatus(Record):
    """The sink's word on what is audible: at `media_ns`, sample `sample` of reply `id` leaves the loudspeaker.

    Sent at every change of state and at least every 100 ms; the map from samples to media time for everyone.

    Attributes:
        sample: position in the reply (also the ROS time of that sample, through the message's header).
        starved: the sink plays silence because nothing more has arrived yet.
    """

    id: ReplyId
    lane: Lane
    state: SinkState
    sample: int
    sample_rate: int
    starved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WordsHeard(Record):
    """What of a reply was audible so far; memory keeps this, not the plan."""

    id: ReplyId
    text: str
    complete: bool


# ---------------------------------------------------------------------------------------------------------- motion
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceMotion(Record):
    """One frame of the face at 50 Hz, due on the screen at `media_ns`.

    Attributes:
        coefficients: (52,) float32, ARKit order, 0–1.
        tongue_up: 0–1, tongue tip at the upper teeth (ARKit lacks it).
        head: roll, pitch, yaw of the head relative to the chest, rad, REP-103 (yaw > 0: own left; pitch > 0: down).
        left_eye, right_eye: yaw, pitch of the eye in the head, rad, same signs.
    """

    coefficients: Array
    tongue_up: float = 0.0
    head: Float3 = (0.0, 0.0, 0.0)
    left_eye: tuple[float, float] = (0.0, 0.0)
    right_eye: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        _require(
            self.coefficients.dtype == np.float32 and self.coefficients.shape == (ARKIT_COUNT,),
            f"face motion has {ARKIT_COUNT} coefficients, float32",
        )
        least, most = float(self.coefficients.min()), float(self.coefficients.max())  # NaN where one is NaN
        _require_finite("face motion", least, most, self.tongue_up, self.head, self.left_eye, self.right_eye)
        _require(least >= 0.0 and most <= 1.0, "coefficients are 0–1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyMotion(Record):
    """One frame of the body at 50 Hz (core/skeleton.py); neck and head are given by FaceMotion.

    Attributes:
        rotations: (JOINT_COUNT, 4) float32 unit quaternions x y z w, relative to rest, in the parent's frame.
        root: translation of the pelvis from rest, m.
        gesture: name of the gesture in progress, empty at rest.
    """

    rotations: Array = field(default_factory=rest_rotations)
    root: Float3 = (0.0, 0.0, 0.0)
    gesture: str = ""

    def __post_init__(self) -> None:
        _require(
            self.rotations.dtype == np.float32 and self.rotations.shape == (JOINT_COUNT, 4),
            f"body motion has {JOINT_COUNT} quaternions, float32",
        )
        _require_finite("body motion", self.rotations, self.root)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointCommand(Record):
    """Where joints of a robot shall be `duration_s` after `media_ns`.

    Attributes:
        names: of the robot's joints.
        positions, velocities: (n,) float64, rad and rad/s.
        duration_s: 0–3600 s.
    """

    names: tuple[str, ...]
    positions: Array
    velocities: Array
    duration_s: float

    def __post_init__(self) -> None:
        rows = (self.positions, self.velocities)
        fits = all(row.dtype == np.float64 and row.shape == (len(self.names),) for row in rows)
        _require(fits, "a joint command has one position and one velocity for each joint, float64")
        _require_finite("joint command", *rows)
        _require_duration(self.duration_s)


# ------------------------------------------------------------------------------------------------------- rendering
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoFrame(Record):
    """A drawn picture, due on the screen at `media_ns`.

    Attributes:
        image: (h, w, 3) uint8 RGB.
        mouth_gap_m: inner-lip opening after all layers, m at the avatar's scale.
        tier: number of Gaussians drawn.
    """

    image: Array
    mouth_gap_m: float = 0.0
    tier: int = 0

    def __post_init__(self) -> None:
        _require_picture("video frame", self.image)
        _require_finite("video frame", self.mouth_gap_m)


# -------------------------------------------------------------------------------------------------------- overview
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TurnReport(Record):
    """What a finished turn took, on the media clock, ms; -1 where it did not happen.

    The steps follow each other and sum to the total; what a draft did in advance took no time.

    Attributes:
        endpoint_ms: last speech energy → silence enough to take the turn.
        recognition_ms: waiting for the final text after that.
        reply_ms: turn taken → first clause.
        speech_ms: first clause → first sound ready.
        playback_ms: first sound ready → audible.
        total_ms: last speech energy → first audible sample of the reply.
        interrupted: the visitor did not hear the end of the reply.
    """

    id: ReplyId
    question: str
    answer: str
    endpoint_ms: float
    recognition_ms: float
    reply_ms: float
    speech_ms: float
    playback_ms: float
    total_ms: float
    interrupted: bool = False

    def __post_init__(self) -> None:
        parts = (self.endpoint_ms, self.recognition_ms, self.reply_ms, self.speech_ms, self.playback_ms)
        _require_finite("turn report", *parts, self.total_ms)


class Level(IntEnum):
    """Severity, as in diagnostic_msgs/DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnostic(Record):
    """What a stage has to say about itself: a fallback, a missing device, a rejected message."""

    stage: str
    level: Level
    message: str


def equal(a: Any, b: Any) -> bool:
    """Deep equality of records, parts of records and arrays: bit-exact, types included (0.0 is not -0.0)."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if is_dataclass(a):
        return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float):
        return struct.pack("=d", a) == struct.pack("=d", b)
    return bool(a == b)
