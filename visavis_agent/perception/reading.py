"""Everything that one picture says about one face."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.records import Float3, Person, Presence
from visavis_agent.perception.engagement import attention
from visavis_agent.perception.eyes import Box, Face
from visavis_agent.perception.face_table import Points
from visavis_agent.perception.features import Features, gaze, measure, mouth_open
from visavis_agent.perception.head_pose import focal_px, full_turn, head_pose

_FACE_WIDTH_M = 0.15


@dataclass(frozen=True, slots=True)
class View:
    """A picture's size, px, and the camera's field of view along the longer side, rad."""

    width: int
    height: int
    field_of_view: float

    @property
    def focal(self) -> float:
        return focal_px(max(self.width, self.height), self.field_of_view)

    def share(self, box: Box) -> tuple[float, float, float, float]:
        """x, y, width, height as shares of the picture."""
        return box.x / self.width, box.y / self.height, box.width / self.width, box.height / self.height


@dataclass(frozen=True, slots=True)
class Familiar:
    """What is known of a person's face before the next picture.

    Attributes:
        neutral: at rest.
        level_pitch: what the level head reads, rad.
        pitch_gain: of FaceDepth.
        eyes_hidden: behind dark glasses; then they are taken to look where the head does.
    """

    neutral: Features
    level_pitch: float
    pitch_gain: float
    eyes_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A person by one picture.

    Attributes:
        features: where the face was seen in detail.
        shape: (478, 3) then, in the head's axes, mm.
        measured: roll, pitch, yaw (rad) before the person's level pitch was taken off.
    """

    person: Person
    features: Features | None = None
    shape: Points | None = None
    measured: Float3 = (0.0, 0.0, 0.0)


def read_face(face: Face, person_id: str, presence: Presence, familiar: Familiar, view: View) -> Reading:
    """What is known of a face seen in detail, or only detected."""
    if face.points is None:
        person = Person(
            person_id=person_id,
            presence=presence,
            box=view.share(face.box),
            position=_place(face.box, view),
            confidence=face.confidence,
        )
        return Reading(person)
    pose = head_pose(face.points, view.width, view.height, view.focal)
    features = measure(pose.shape)
    looking = (0.0, 0.0) if familiar.eyes_hidden else gaze(pose.shape, familiar.neutral.iris)
    measured = full_turn(pose.angles, familiar.pitch_gain)
    roll, pitch, yaw = measured
    head = (roll, pitch - familiar.level_pitch, yaw)
    person = Person(
        person_id=person_id,
        presence=presence,
        box=view.share(face.box),
        position=pose.position,
        head=head,
        gaze=looking,
        attention=attention(head, looking),
        mouth_open=mouth_open(features),
        confidence=face.confidence,
    )
    return Reading(person, features, pose.shape, measured)


def _place(box: Box, view: View) -> Float3:
    """Position by the usual width of a face; a third off for children and turned heads."""
    x, y = box.centre
    distance = view.focal * _FACE_WIDTH_M / max(box.width, 1.0)
    left, up = (view.width / 2 - x) / view.focal, (view.height / 2 - y) / view.focal
    return distance, left * distance, up * distance
