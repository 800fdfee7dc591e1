"""Who is there, and what faces and hands show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records.base import Float3, Record, require, require_finite


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
        require_finite("person", self.box, self.position, self.head, self.gaze, shares, self.pointing)


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
        require(len(self.action_units) == len(self.intensities), "one intensity per action unit")
        require_finite("face affect", self.intensities)
