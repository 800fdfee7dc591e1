"""What other programs ask of the face: it is done, for as long as it was asked, and given back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import (
    BodyMotion,
    ExpressionRequest,
    FaceMotion,
    GazeFrame,
    GazeRequest,
    GestureRequest,
    Level,
    Person,
    Persons,
    Presence,
    Record,
)
from visavis_agent.motion.gestures import GESTURES, gesture_seconds
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.stage import MotionStage
from visavis_agent.motion.viewpoint import Viewpoint

SAD = Emotion.of({"sadness": 1.0}, intensity=1.0, valence=-0.8)


class Face:
    """A motion stage at rest."""

    def __init__(self) -> None:
        self.host = FakeHost()
        self.stage = MotionStage(MotionSettings(), self.host)
        self.stage.start()

    def after(self, seconds: float, *records: Record) -> list[FaceMotion]:
        """The faces of the next `seconds`, after the records have come."""
        for record in records:
            self.stage.handle(record)
        before = len(self.host.of(FaceMotion))
        self.host.advance(round(seconds * SECOND))
        return self.host.of(FaceMotion)[before:]

    def gaze(self, point: tuple[float, float, float], **fields: object) -> GazeRequest:
        return GazeRequest(media_ns=self.host.now(), point=point, **fields)  # type: ignore[arg-type]


def yaw(faces: list[FaceMotion]) -> float:
    """Where eyes and head look together in the last half second, rad."""
    return float(np.mean([f.head[2] + (f.left_eye[0] + f.right_eye[0]) / 2 for f in faces[-25:]]))


def frown(faces: list[FaceMotion]) -> float:
    return float(faces[-1].coefficients[ARKIT_INDEX["mouthFrownLeft"]])


@pytest.mark.parametrize(("y", "side"), [(0.6, 1), (-0.6, -1)])
def test_the_gaze_goes_to_a_point_and_comes_back(y: float, side: int) -> None:
    face = Face()
    face.after(1.0)
    looked = face.after(2.0, face.gaze((1.0, y, 0.0), duration_s=2.0))
    assert side * yaw(looked) == pytest.approx(np.arctan2(0.6, 1.0), abs=0.1)
    assert abs(yaw(face.after(3.0))) < 0.3


def test_without_a_duration_the_gaze_stays_until_it_is_free_again() -> None:
    face = Face()
    assert yaw(face.after(30.0, face.gaze((1.0, 0.6, 0.0)))) > 0.4
    assert abs(yaw(face.after(3.0, face.gaze((1.0, 0.6, 0.0), enabled=False)))) < 0.3


def test_a_person_is_followed_while_he_is_seen() -> None:
    face = Face()
    for k in range(20):
        y = 0.05 * k - 0.5
        person = Person(person_id="anna", presence=Presence.CONFIRMED, box=(0, 0, 1, 1), position=(1.0, y, 0.0))
        seen = Persons(media_ns=face.host.now(), persons=(person,))
        faces = face.after(0.2, seen, face.gaze((0.0, 0.0, 0.0), person_id="anna"))
        if k == 5:
            assert yaw(faces) < -0.1
    assert yaw(faces) > 0.25
    assert abs(yaw(face.after(5.0))) < 0.3


def test_a_place_on_the_screen_and_a_point_of_the_camera_are_directions() -> None:
    view = Viewpoint(MotionSettings())
    corner = view.point((0.0, -0.17, -0.09), GazeFrame.SCREEN)
    assert corner.yaw < -0.4 and corner.pitch > 0.2
    above = MotionSettings().camera_position_m[2]
    camera, screen = view.point((1.0, 0.2, 0.0), GazeFrame.CAMERA), view.point((1.0, 0.2, above), GazeFrame.SCREEN)
    assert (camera.yaw, camera.pitch) == pytest.approx((screen.yaw, screen.pitch))
    far = view.point((1e300, -1e300, 1e300), GazeFrame.SCREEN)
    assert np.isfinite([far.yaw, far.pitch]).all()


def test_an_expression_is_shown_and_taken_back() -> None:
    face = Face()
    rest = frown(face.after(1.0))
    now = face.host.now()
    assert frown(face.after(2.0, ExpressionRequest(media_ns=now, emotion=SAD, duration_s=2.0))) > rest + 0.3
    assert frown(face.after(4.0)) == pytest.approx(rest, abs=0.05)


@pytest.mark.parametrize("name", sorted(GESTURES))
def test_every_gesture_can_be_asked_for_and_takes_its_time(name: str) -> None:
    face = Face()
    face.after(1.0)
    face.after(gesture_seconds(name) / 2, GestureRequest(media_ns=0, name=name))
    before = len(face.host.of(BodyMotion))
    face.after(gesture_seconds(name) / 2 + 0.5)
    assert face.host.of(BodyMotion)[-1].gesture == ""
    during = face.host.of(BodyMotion)[before - 1].gesture
    assert during in ("", name)


def test_a_smaller_gesture_raises_the_arm_less() -> None:
    lifted = []
    for intensity in (1.0, 0.4):
        face = Face()
        face.after(1.0, GestureRequest(media_ns=0, name="wave", intensity=intensity))
        body = face.host.of(BodyMotion)[-1]
        assert body.gesture == "wave"
        still = Face()
        still.after(1.0)
        lifted.append(float(np.abs(body.rotations - still.host.of(BodyMotion)[-1].rotations).max()))
    assert lifted[1] < 0.7 * lifted[0]


def test_an_unknown_gesture_is_said() -> None:
    face = Face()
    face.after(0.1, GestureRequest(media_ns=0, name="somersault"))
    assert face.host.diagnostics[0][0] is Level.WARN and "somersault" in face.host.diagnostics[0][1]


@pytest.mark.parametrize(
    "values", [{"duration_s": float("nan")}, {"duration_s": -1.0}, {"point": (float("inf"), 0.0, 0.0)}]
)
def test_what_is_not_finite_or_too_long_is_no_request(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"finite|duration"):
        GazeRequest(media_ns=0, **values)  # type: ignore[arg-type]
