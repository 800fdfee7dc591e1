"""Who is seen and heard becomes REP-155's topics, and what others ask reaches the face."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from tests.unit.fake_host import FakeHost
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import (
    ExpressionRequest,
    FaceAffect,
    GazeFrame,
    GazeRequest,
    Hypothesis,
    Person,
    Persons,
    Presence,
    TextInput,
    TextSource,
    Utterance,
    VoiceActivity,
    Zone,
)
from visavis_agent.core.settings import read_settings
from visavis_agent.robot.hri import FrameAt, HriSettings, HriStage, quaternion

# The fields of hri_msgs as REP-155 defines them; rosbags does not know the package.
HRI = {
    "IdsList": "std_msgs/Header header\nstring[] ids",
    "NormalizedRegionOfInterest2D": "std_msgs/Header header\nfloat32 xmin\nfloat32 ymin\nfloat32 xmax\nfloat32 ymax\n"
    "float32 c",
    "FacialActionUnits": "std_msgs/Header header\nfloat32[99] intensity\nfloat32[99] confidence",
    "Expression": "std_msgs/Header header\nstring expression\nfloat32 valence\nfloat32 arousal\nfloat32 confidence",
    "EngagementLevel": "std_msgs/Header header\nuint8 level",
    "LiveSpeech": "std_msgs/Header header\nstring incremental\nstring final\nfloat64 confidence\nstring locale",
}
STORE = get_typestore(Stores.ROS2_KILTED)
for name, text in HRI.items():
    STORE.register(get_types_from_msg(text, f"hri_msgs/msg/{name}"))
ANN = Person(
    person_id="person-1",
    presence=Presence.CONFIRMED,
    box=(0.4, 0.3, 0.2, 0.3),
    position=(1.0, 0.0, 0.0),
    confidence=0.9,
    zone=Zone.ENGAGED,
)


class Wire:
    """Stands in for the node: keeps what is sent, and sends it through CDR as the real messages are."""

    def __init__(self) -> None:
        self.last: dict[str, dict[str, Any]] = {}
        self.latched: set[str] = set()
        self.frames: list[FrameAt] = []
        self.forgotten: list[str] = []

    def send(self, topic: str, kind: str, values: dict[str, Any], media_ns: int, latched: bool = False) -> None:
        fields = dict(STORE.fielddefs[kind][1])
        assert set(values) - {"frame_id"} == set(fields) - {"header"}
        given = {k: np.array(v, np.float32) if "float32[" in HRI.get(kind.split("/")[-1], "") and isinstance(v, list)
                 else v for k, v in values.items() if k != "frame_id"}  # fmt: skip
        if "header" in fields:
            time = STORE.types["builtin_interfaces/msg/Time"](sec=0, nanosec=0)
            given["header"] = STORE.types["std_msgs/msg/Header"](stamp=time, frame_id=values.get("frame_id", ""))
        assert STORE.serialize_cdr(STORE.types[kind](**given), kind)
        self.last[topic] = values
        self.latched |= {topic} if latched else set()

    def place(self, frames: Iterable[FrameAt], media_ns: int) -> None:
        self.frames = list(frames)

    def forget(self, prefix: str) -> None:
        self.forgotten.append(prefix)


def bound(**settings: Any) -> tuple[HriStage, Wire, FakeHost]:
    host, wire = FakeHost(), Wire()
    stage = HriStage(read_settings(HriSettings, {"deterministic_ids": True} | settings), host)
    stage.humans = wire
    stage.start()
    return stage, wire, host


def seen(stage: HriStage, *persons: Person, engaged: str = "person-1") -> None:
    stage.handle(Persons(media_ns=0, persons=persons, engaged_id=engaged))


def test_a_person_is_told_with_face_voice_and_engagement() -> None:
    stage, wire, _ = bound()
    seen(stage, ANN)
    assert wire.last["/humans/faces/tracked"]["ids"] == ["f00002"]
    assert wire.last["/humans/persons/tracked"]["ids"] == ["p00003"] == wire.last["/humans/persons/known"]["ids"]
    roi = wire.last["/humans/faces/f00002/roi"]
    assert [roi[key] for key in ("xmin", "ymin", "xmax", "ymax")] == pytest.approx([0.4, 0.3, 0.6, 0.6])
    assert wire.last["/humans/persons/p00003/face_id"]["data"] == "f00002"
    assert wire.last["/humans/persons/p00003/voice_id"]["data"] == "v00001"
    assert wire.last["/humans/persons/p00003/engagement_status"]["level"] == 3
    assert wire.latched == {f"/humans/{what}" for what in
                            ("faces/tracked", "voices/tracked", "persons/tracked", "persons/known")}  # fmt: skip


def test_a_picture_has_a_face_and_is_no_person() -> None:
    stage, wire, _ = bound()
    seen(stage, replace(ANN, presence=Presence.PRESENT))
    assert wire.last["/humans/faces/tracked"]["ids"] == ["f00002"]
    assert wire.last["/humans/persons/tracked"]["ids"] == []


def test_who_goes_is_forgotten_with_all_topics() -> None:
    stage, wire, _ = bound()
    seen(stage, ANN)
    seen(stage, engaged="")
    assert wire.last["/humans/faces/tracked"]["ids"] == wire.last["/humans/persons/known"]["ids"] == []
    assert wire.forgotten == ["/humans/faces/f00002/", "/humans/persons/p00003/"]
    seen(stage, ANN)
    assert wire.last["/humans/faces/tracked"]["ids"] == ["f00004"]


def test_ids_are_random_letters_unless_they_shall_be_known() -> None:
    stage, wire, _ = bound(deterministic_ids=False)
    seen(stage, ANN, replace(ANN, person_id="person-2"))
    ids = [*wire.last["/humans/faces/tracked"]["ids"], *wire.last["/humans/persons/tracked"]["ids"]]
    assert len(set(ids)) == 4
    assert all(len(one) == 5 and one.isalpha() for one in ids)


def test_a_face_is_read_in_the_standards_words_and_units() -> None:
    stage, wire, _ = bound(humans="/robot/humans")
    seen(stage, ANN)
    glad = Emotion.of({"joy": 1.0}, intensity=0.6, valence=0.7, arousal=0.2, confidence=0.5)
    stage.handle(
        FaceAffect(media_ns=0, person_id="person-1", emotion=glad, action_units=(12, 45), intensities=(0.8, 0.1))
    )
    facs = wire.last["/robot/humans/faces/f00002/facs"]
    assert (facs["intensity"][12], facs["confidence"][12], facs["confidence"][9]) == (0.8, 0.5, 0.0)
    assert len(facs["intensity"]) == 99
    assert wire.last["/robot/humans/faces/f00002/expression"]["expression"] == "happy"
    stage.handle(FaceAffect(media_ns=0, person_id="somebody else", emotion=glad))


def test_speech_goes_out_incremental_and_final() -> None:
    stage, wire, _ = bound()
    stage.handle(VoiceActivity(media_ns=0, speaking=True, probability=1.0, since_ns=0))
    assert wire.last["/humans/voices/v00001/is_speaking"]["data"] is True
    for final in (False, True):
        heard = Utterance(
            media_ns=0, utterance=1, hypotheses=(Hypothesis("hi", 0.7),), final=final, start_ns=0, end_ns=1, locale="de"
        )
        stage.handle(heard)
        spoken = wire.last["/humans/voices/v00001/speech"]
        assert (spoken["incremental"], spoken["final"]) == (("", "hi") if final else ("hi", ""))
    assert (spoken["confidence"], spoken["locale"]) == (0.7, "de")


def test_words_of_other_recognisers_are_the_visitors_and_its_own_come_not_back() -> None:
    stage, _, host = bound(hear=True)
    stage.take_speech("abcde", "where are the toilets", "en-GB")
    stage.take_speech("v00001", "an echo", "en")
    stage.take_speech("abcde", "  ", "en")
    (text,) = host.of(TextInput)
    assert (text.text, text.source, text.locale) == ("where are the toilets", TextSource.SPOKEN, "en-GB")


def test_expressions_and_points_that_are_asked_for_reach_the_face() -> None:
    stage, _, host = bound()
    assert stage.show("happy", 0.0, 0.0)
    assert stage.show("", -0.6, 0.7)
    assert stage.show("", 0.0, 0.0)
    assert not stage.show("purple", 0.0, 0.0)
    assert not stage.show("", math.nan, 0.0)
    shown = host.of(ExpressionRequest)
    assert [(one.enabled, one.emotion.label) for one in shown[:2]] == [(True, "joy"), (True, "anger")]
    assert [one.enabled for one in shown] == [True, True, False]
    stage.look((1.0, 0.2, 0.0), GazeFrame.CAMERA)
    assert host.of(GazeRequest)[0].point == (1.0, 0.2, 0.0)


def rotated(frame: FrameAt, vector: tuple[float, float, float]) -> np.ndarray:
    x, y, z, w = frame.rotation
    axis = np.array([x, y, z])
    v = np.array(vector)
    return v + 2 * np.cross(axis, np.cross(axis, v) + w * v)


@pytest.mark.parametrize("place", [(1.0, 0.0, 0.0), (1.2, 0.5, -0.2), (0.8, -0.4, 0.3)])
def test_face_and_gaze_frames_of_who_faces_the_camera_point_at_it(place: tuple[float, float, float]) -> None:
    stage, wire, _ = bound()
    seen(stage, replace(ANN, position=place))
    face, gaze = wire.frames
    to_camera = -np.array(place) / np.linalg.norm(place)
    assert (face.parent, face.child, gaze.child) == ("camera", "face_f00002", "gaze_f00002")
    assert face.translation == place
    assert rotated(face, (1, 0, 0)) == pytest.approx(to_camera, abs=1e-6)
    assert rotated(face, (0, 0, 1))[2] > 0.8
    assert rotated(gaze, (0, 0, 1)) == pytest.approx(to_camera, abs=1e-6)
    assert rotated(gaze, (0, 1, 0))[2] < -0.8


def test_a_head_turned_to_its_own_left_points_to_the_cameras_right() -> None:
    stage, wire, _ = bound()
    seen(stage, replace(ANN, head=(0.0, 0.0, 0.5), gaze=(0.2, 0.0)))
    face, gaze = wire.frames
    assert rotated(face, (1, 0, 0)) == pytest.approx([-math.cos(0.5), -math.sin(0.5), 0], abs=1e-6)
    assert rotated(gaze, (0, 0, 1)) == pytest.approx([-math.cos(0.7), -math.sin(0.7), 0], abs=1e-6)


@given(st.integers(0, 10_000))
def test_quaternions_are_those_of_the_rotation(seed: int) -> None:
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    turn = q * np.sign(np.linalg.det(q))
    frame = FrameAt("", "", (0.0, 0.0, 0.0), quaternion(turn))
    vector = (0.3, -0.5, 0.8)
    assert rotated(frame, vector) == pytest.approx(turn @ vector, abs=1e-9)
