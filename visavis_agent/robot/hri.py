"""The ros4hri stage: who is seen and heard as the topics of REP-155 (ROS4HRI), and what others ask of the face.

The stage knows no ROS: what is to be published goes to its `humans`, which the node gives it, as plain values.
Names and meaning follow REP-155 (Lemaignan 2022) and hri_msgs; the names are settings, because robots differ.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import (
    MAXIMUM_TEXT,
    ExpressionRequest,
    FaceAffect,
    Float3,
    GazeFrame,
    GazeRequest,
    Person,
    Persons,
    Presence,
    Record,
    TextInput,
    TextSource,
    Utterance,
    VoiceActivity,
    Zone,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Host, Stage

IDS, ROI = "hri_msgs/msg/IdsList", "hri_msgs/msg/NormalizedRegionOfInterest2D"
FACS, EXPRESSION = "hri_msgs/msg/FacialActionUnits", "hri_msgs/msg/Expression"
ENGAGEMENT, SPEECH = "hri_msgs/msg/EngagementLevel", "hri_msgs/msg/LiveSpeech"
BOOL, TEXT = "std_msgs/msg/Bool", "std_msgs/msg/String"
Quaternion = tuple[float, float, float, float]

_LEVELS = {Zone.PASSING: 1, Zone.APPROACHING: 2, Zone.ENGAGED: 3, Zone.LEAVING: 4}
_EXPRESSIONS = {
    "neutral": "neutral",
    "joy": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "scared",
    "surprise": "surprised",
    "disgust": "disgusted",
}
_ASKED = {word: label for label, word in _EXPRESSIONS.items()} | {
    "pleading": "sadness", "vulnerable": "sadness", "despaired": "sadness", "guilty": "sadness",
    "disappointed": "sadness", "rejected": "sadness", "embarrassed": "sadness", "horrified": "fear",
    "skeptical": "disgust", "suspicious": "disgust", "annoyed": "anger", "furious": "anger", "bored": "neutral",
    "tired": "neutral", "asleep": "neutral", "confused": "surprise", "amazed": "surprise", "excited": "joy",
}  # fmt: skip
_UNITS = 99
_ID_LENGTH = 5


@dataclass(frozen=True, slots=True)
class FrameAt:
    """A tf frame in its parent: m, quaternion x y z w."""

    parent: str
    child: str
    translation: Float3
    rotation: Quaternion


class Humans(Protocol):
    """Where the topics go."""

    def send(self, topic: str, kind: str, values: dict[str, Any], media_ns: int, latched: bool = False) -> None:
        """Publish a message; `values` by field, without the header's stamp."""
        ...

    def place(self, frames: Iterable[FrameAt], media_ns: int) -> None:
        """Publish transforms."""
        ...

    def forget(self, prefix: str) -> None:
        """Nothing more will come below this topic."""
        ...


@dataclass(frozen=True)
class HriSettings:
    """Settings of the ros4hri stage: names of REP-155, absolute ones as the standard wants them."""

    humans: str = setting("/humans", "namespace of the topics")
    camera_frame: str = setting("camera", "tf frame of the camera (x away from it, z up), of rois and faces")
    tf: bool = setting(True, "publish the frames face_<id> and gaze_<id>, as far as tf2_msgs is installed")
    deterministic_ids: bool = setting(False, "ids f00001, p00001, … instead of random ones: for tests and replays")
    hear: bool = setting(False, "take what others recognise, humans/voices/<id>/speech, for the visitor's words")
    expression: str = setting(
        "/robot_face/expression", "expressions that others want shown (hri_msgs/Expression); empty: none"
    )
    look_at: str = setting(
        "/robot_face/look_at", "points that others want looked at (geometry_msgs/PointStamped); empty: none"
    )


class HriStage(Stage):
    """Publishes faces, voices and persons; takes expressions, points and words. Without `humans` it says nothing."""

    settings_type = HriSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        Persons: "on_persons",
        FaceAffect: "on_affect",
        VoiceActivity: "on_voice",
        Utterance: "on_utterance",
    }
    humans: Humans | None = None

    def __init__(self, settings: HriSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._faces: dict[str, str] = {}
        self._persons: dict[str, str] = {}
        self._known: list[str] = []
        self._count = 0
        self._speaking: bool | None = None

    def start(self) -> None:
        self.voice = self._new_id("v")
        self._tell_ids(self.host.now(), Persons(media_ns=self.host.now()))
        self._list("voices/tracked", [self.voice], self.host.now())

    def stop(self) -> None:
        now = self.host.now()
        for kind in ("faces", "persons", "voices"):
            self._list(f"{kind}/tracked", [], now)

    # ---------------------------------------------------------------------------------------------- what is seen
    def on_persons(self, persons: Persons) -> None:
        settings: HriSettings = self.settings
        now = persons.media_ns
        before = (dict(self._faces), list(self._known))
        for person in persons.persons:
            if person.person_id not in self._faces:
                self._faces[person.person_id] = self._new_id("f")
            if person.presence is Presence.CONFIRMED and person.person_id not in self._persons:
                self._persons[person.person_id] = self._new_id("p")
                self._known.append(self._persons[person.person_id])
        seen = {person.person_id for person in persons.persons}
        for gone in [person_id for person_id in self._faces if person_id not in seen]:
            self._part_from(gone)
        if (self._faces, self._known) != before:
            self._tell_ids(now, persons)
        for person in persons.persons:
            if person.presence is not Presence.LEAVING:
                self._tell_face(person, now)
            if person.person_id in self._persons:
                self._tell_person(person, persons.engaged_id, now)
        if settings.tf and self.humans is not None:
            placed = [p for p in persons.persons if p.presence is not Presence.LEAVING and p.position[0] > 0]
            self.humans.place([frame for person in placed for frame in self._frames(person)], now)

    def on_affect(self, affect: FaceAffect) -> None:
        face = self._faces.get(affect.person_id)
        if face is None:
            return
        intensity, confidence = [0.0] * _UNITS, [0.0] * _UNITS
        for unit, value in zip(affect.action_units, affect.intensities, strict=True):
            intensity[unit], confidence[unit] = value, affect.emotion.confidence
        below = f"faces/{face}"
        self._send(f"{below}/facs", FACS, {"intensity": intensity, "confidence": confidence}, affect.media_ns)
        shown = affect.emotion
        values = {
            "expression": _EXPRESSIONS[shown.label],
            "valence": shown.valence,
            "arousal": shown.arousal,
            "confidence": shown.confidence,
        }
        self._send(f"{below}/expression", EXPRESSION, values, affect.media_ns)

    def _tell_ids(self, now: int, persons: Persons) -> None:
        self._list("faces/tracked", list(self._faces.values()), now)
        self._list("persons/tracked", list(self._persons.values()), now)
        self._list("persons/known", self._known, now)

    def _tell_face(self, person: Person, now: int) -> None:
        settings: HriSettings = self.settings
        x, y, width, height = person.box
        values = {
            "xmin": _share(x),
            "ymin": _share(y),
            "xmax": _share(x + width),
            "ymax": _share(y + height),
            "c": person.confidence,
            "frame_id": settings.camera_frame,
        }
        self._send(f"faces/{self._faces[person.person_id]}/roi", ROI, values, now)

    def _tell_person(self, person: Person, engaged_id: str, now: int) -> None:
        below = f"persons/{self._persons[person.person_id]}"
        face = self._faces[person.person_id] if person.presence is not Presence.LEAVING else ""
        speaks = self.voice if person.person_id == engaged_id else ""
        self._send(f"{below}/face_id", TEXT, {"data": face}, now)
        self._send(f"{below}/voice_id", TEXT, {"data": speaks}, now)
        self._send(f"{below}/anonymous", BOOL, {"data": True}, now)
        self._send(f"{below}/engagement_status", ENGAGEMENT, {"level": _LEVELS[person.zone]}, now)

    def _part_from(self, person_id: str) -> None:
        """The face is gone, and with it the person: nobody is known again."""
        settings: HriSettings = self.settings
        face, person = self._faces.pop(person_id), self._persons.pop(person_id, None)
        if person is not None:
            self._known.remove(person)
        if self.humans is not None:
            self.humans.forget(f"{settings.humans}/faces/{face}/")
            if person is not None:
                self.humans.forget(f"{settings.humans}/persons/{person}/")

    def _frames(self, person: Person) -> list[FrameAt]:
        """face_<id>: x out of the face, z up; gaze_<id>: the same place, z along the gaze, y down."""
        settings: HriSettings = self.settings
        face = self._faces[person.person_id]
        head = _facing(person.position) @ _rotation(person.head)
        yaw, pitch = person.gaze
        eyes = head @ _rotation((0.0, pitch, yaw)) @ _OPTICAL
        place = person.position
        return [
            FrameAt(settings.camera_frame, f"face_{face}", place, quaternion(head)),
            FrameAt(settings.camera_frame, f"gaze_{face}", place, quaternion(eyes)),
        ]

    # --------------------------------------------------------------------------------------------- what is heard
    def on_voice(self, voice: VoiceActivity) -> None:
        if voice.speaking != self._speaking:
            self._speaking = voice.speaking
            self._send(f"voices/{self.voice}/is_speaking", BOOL, {"data": voice.speaking}, voice.media_ns)

    def on_utterance(self, heard: Utterance) -> None:
        values = {
            "incremental": "" if heard.final else heard.text,
            "final": heard.text if heard.final else "",
            "confidence": heard.hypotheses[0].confidence if heard.hypotheses else 0.0,
            "locale": heard.locale,
        }
        self._send(f"voices/{self.voice}/speech", SPEECH, values, heard.media_ns)

    def take_speech(self, voice: str, text: str, locale: str) -> None:
        """Words that somebody else has recognised and is done with."""
        if voice != self.voice and text.strip():
            now = self.host.now()
            words = text[:MAXIMUM_TEXT]
            self.host.emit(TextInput(media_ns=now, text=words, source=TextSource.SPOKEN, locale=locale or "en"))

    # --------------------------------------------------------------------------------------------- what is asked
    def show(self, expression: str, valence: float, arousal: float) -> bool:
        """Show an expression of hri_msgs; empty: by valence and arousal. False: there is no such word."""
        now = self.host.now()
        word = expression.strip().lower()
        if not word and not (valence or arousal):
            self.host.emit(ExpressionRequest(media_ns=now, enabled=False))
            return True
        label = _ASKED.get(word) if word else _nearest(valence, arousal)
        if label is None:
            return False
        shown = Emotion.of({label: 1.0}, intensity=0.0 if label == "neutral" else 0.8)
        self.host.emit(ExpressionRequest(media_ns=now, emotion=shown))
        return True

    def look(self, point: Float3, frame: GazeFrame) -> None:
        """Look at a point, m."""
        self.host.emit(GazeRequest(media_ns=self.host.now(), point=point, frame=frame))

    # --------------------------------------------------------------------------------------------------- sending
    def _new_id(self, kind: str) -> str:
        settings: HriSettings = self.settings
        if settings.deterministic_ids:
            self._count += 1
            return f"{kind}{self._count:05d}"
        letters = self.host.rng.integers(len(string.ascii_lowercase), size=_ID_LENGTH)
        return "".join(string.ascii_lowercase[int(letter)] for letter in letters)

    def _list(self, name: str, ids: list[str], now: int) -> None:
        self._send(name, IDS, {"ids": list(ids)}, now, latched=True)

    def _send(self, name: str, kind: str, values: dict[str, Any], now: int, latched: bool = False) -> None:
        settings: HriSettings = self.settings
        if self.humans is not None:
            self.humans.send(f"{settings.humans}/{name}", kind, values, now, latched)


_OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def _facing(position: Float3) -> np.ndarray[Any, Any]:
    """The rotation of a head that faces the camera from there, in the camera's frame."""
    x, y, z = position
    yaw = math.atan2(-y, -x)
    pitch = math.atan2(z, math.hypot(x, y))
    return _rotation((0.0, pitch, yaw))


def _rotation(angles: Float3) -> np.ndarray[Any, Any]:
    """Roll about x, pitch about y, yaw about z (REP-103), rad."""
    (cr, sr), (cp, sp), (cy, sy) = ((math.cos(angle), math.sin(angle)) for angle in angles)
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def quaternion(rotation: np.ndarray[Any, Any]) -> Quaternion:
    """x y z w of a rotation matrix; w ≥ 0."""
    m = rotation
    # The largest eigenvector of this symmetric matrix (Bar-Itzhack 2000) needs no cases.
    k = np.array(
        [
            [m[0, 0] - m[1, 1] - m[2, 2], 0, 0, 0],
            [m[1, 0] + m[0, 1], m[1, 1] - m[0, 0] - m[2, 2], 0, 0],
            [m[2, 0] + m[0, 2], m[2, 1] + m[1, 2], m[2, 2] - m[0, 0] - m[1, 1], 0],
            [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], m[0, 0] + m[1, 1] + m[2, 2]],
        ]
    )
    vector = np.linalg.eigh(k)[1][:, -1]
    x, y, z, w = (vector if vector[3] >= 0 else -vector).tolist()
    return x, y, z, w


def _nearest(valence: float, arousal: float) -> str | None:
    """The emotion by the quadrants of the circumplex (Russell 1980)."""
    if not (math.isfinite(valence) and math.isfinite(arousal)):
        return None
    if math.hypot(valence, arousal) < 0.2:
        return "neutral"
    if valence >= 0:
        return "surprise" if arousal > 2 * valence else "joy"
    return "sadness" if arousal < 0 else "anger"


def _share(value: float) -> float:
    return max(0.0, min(1.0, value))
