"""The stage from camera to persons: the real engine on pictures, a scripted one where only time counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from tests.unit.perception.faces import Head, Image, camera, framed, head_shot, noisy, portrait
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import FaceAffect, HandGesture, Level, Persons, Presence, equal
from visavis_agent.core.settings import read_settings
from visavis_agent.graph import GRAPH
from visavis_agent.perception.eyes import EYES, Box, Face
from visavis_agent.perception.facemesh import FaceMeshEyes
from visavis_agent.perception.hands import Arm, Body
from visavis_agent.perception.liveness import Liveness
from visavis_agent.perception.stage import PerceptionSettings, PerceptionStage


class Borrowed:
    """An engine that outlives the stages it serves; it writes down when it was asked."""

    def __init__(self, engine: FaceMeshEyes | None, *faces: Face) -> None:
        self.engine = engine
        self.faces = faces
        self.asked: list[int] = []
        self.closed = False

    def see(self, image: Image, media_ns: int, preferred: Box | None) -> tuple[Face, ...]:
        self.asked.append(media_ns)
        return self.engine.see(image, media_ns, preferred) if self.engine else self.faces

    def close(self) -> None:
        self.closed = True


def watch(
    monkeypatch: pytest.MonkeyPatch,
    engine: Borrowed,
    images: list[Image],
    step: int = 40 * MS,
    **settings: Any,
) -> FakeHost:
    """The stage's world after it has seen these pictures."""
    monkeypatch.setattr(EYES, "load", lambda name: lambda values: engine)
    host = FakeHost()
    stage = PerceptionStage(read_settings(PerceptionSettings, {"gestures_hz": 0.0} | settings), host)
    stage.start()
    for n, image in enumerate(images):
        host.advance(n * step - host.now())
        stage.handle(camera(image, n * step))
    host.advance(35 * MS)
    host.stage = stage  # type: ignore[attr-defined]
    return host


def course(host: FakeHost) -> list[Presence | None]:
    return [record.persons[0].presence if record.persons else None for record in host.of(Persons)]


def test_a_portrait_is_present_at_once_and_never_confirmed(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes) -> None:
    images = [noisy(portrait(), 3, n) for n in range(125)]
    host = watch(monkeypatch, Borrowed(eyes), images)
    records = host.of(Persons)
    assert len(records) == 125
    assert course(host) == [Presence.PRESENT] * 125
    assert {person.person_id for record in records for person in record.persons} == {"person-1"}
    assert all(record.engaged_id == "" for record in records)
    assert not host.of(FaceAffect)
    person = records[-1].persons[0]
    assert person.box == pytest.approx((0.33, 0.22, 0.37, 0.34), abs=0.03)
    assert person.attention > 0.6
    assert person.mouth_open < 0.2
    assert person.position[0] == pytest.approx(0.38, abs=0.06)
    assert not host.diagnostics


def test_a_living_head_is_confirmed_engaged_and_read(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, head: Head
) -> None:
    images = [noisy(head.drawn(yaw=14 * np.sin(n * 0.12)), 3, n) for n in range(75)]
    host = watch(monkeypatch, Borrowed(eyes), images)
    states = course(host)
    confirmed = states.index(Presence.CONFIRMED)
    assert confirmed * 40 < 3000
    assert set(states[confirmed:]) == {Presence.CONFIRMED}
    affects = host.of(FaceAffect)
    assert len(affects) == 75 - confirmed
    assert {affect.person_id for affect in affects} == {"person-1"}
    assert all(affect.emotion.confidence <= 0.7 for affect in affects)
    yaws = [record.persons[0].head[2] for record in host.of(Persons)]
    truth = [np.radians(14 * np.sin(n * 0.12)) for n in range(75)]
    assert np.corrcoef(yaws, truth)[0, 1] > 0.97
    outputs = GRAPH.stage("perception").outputs
    assert all(type(record) in outputs for record in host.emitted)


def test_the_same_film_gives_the_same_records(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, head: Head) -> None:
    images = [head.drawn(yaw=10 * np.sin(n * 0.2)) for n in range(30)]

    def run() -> FakeHost:
        eyes.forget()
        return watch(monkeypatch, Borrowed(eyes), images)

    first, second = run().emitted, run().emitted
    assert len(first) == len(second)
    assert all(equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_film_without_a_face_has_nobody_in_it(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes) -> None:
    grey = np.full((480, 640, 3), 100, np.uint8)
    host = watch(monkeypatch, Borrowed(eyes), [noisy(grey, 30, n) for n in range(20)])
    assert [record.persons for record in host.of(Persons)] == [()] * 20
    assert not host.diagnostics


def test_two_visitors_are_two_persons(monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes) -> None:
    two = framed(head_shot(), 380, 100, 0.7, framed(head_shot(), 20, 100, 0.6))
    host = watch(monkeypatch, Borrowed(eyes), [two] * 20)
    last = host.of(Persons)[-1].persons
    assert sorted(person.person_id for person in last) == ["person-1", "person-2"]
    assert {person.presence for person in last} == {Presence.PRESENT}
    left, right = sorted(last, key=lambda person: person.box[0])
    assert left.position[1] > 0 > right.position[1]


FACE = Face(Box(300, 200, 100, 120), None, 0.9)
SMALL = np.zeros((480, 640, 3), np.uint8)


@pytest.mark.parametrize(("fps", "expected"), [(10, 20), (25, 50), (30, 50), (60, 50), (240, 50)])
def test_no_more_pictures_are_looked_at_than_asked_for(
    monkeypatch: pytest.MonkeyPatch, fps: int, expected: int
) -> None:
    engine = Borrowed(None, FACE)
    watch(monkeypatch, engine, [SMALL] * (2 * fps), step=SECOND // fps)
    assert len(engine.asked) == pytest.approx(expected, abs=2)
    assert max(np.diff(engine.asked)) <= max(SECOND // fps, 70 * MS)


def test_a_slow_engine_gets_the_newest_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Borrowed(None, FACE)
    host = watch(monkeypatch, engine, [SMALL] * 30, latency_ms=100)
    assert 10 <= len(engine.asked) <= 12
    assert engine.asked[:4] == [0, 80 * MS, 160 * MS, 280 * MS]
    assert [record.media_ns for record in host.of(Persons)] == engine.asked[: len(host.of(Persons))]


def test_without_further_pictures_everybody_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    host = watch(monkeypatch, Borrowed(None, FACE), [SMALL] * 5)
    assert course(host)[-1] is Presence.PRESENT
    host.advance(2 * SECOND)
    assert host.of(Persons)[-1].persons == ()
    assert host.of(Persons)[-1].media_ns == 4 * 40 * MS + 1000 * MS


def test_on_a_machine_too_busy_to_look_once_a_second_nobody_who_stays_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    host = watch(monkeypatch, Borrowed(None, FACE), [SMALL] * 100, latency_ms=1000)
    assert len(course(host)) >= 3
    assert None not in course(host)
    host.advance(6 * SECOND)
    assert course(host)[-1] is None


def test_who_is_out_of_view_is_leaving_and_then_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Liveness, "watch", lambda *_: True)
    engine = Borrowed(None, FACE)
    host = watch(monkeypatch, engine, [SMALL] * 5)
    engine.faces = ()
    stage = host.stage  # type: ignore[attr-defined]
    for n in range(5, 40):
        host.advance(n * 40 * MS - host.now())
        stage.handle(camera(SMALL, n * 40 * MS))
    states = course(host)
    assert Presence.LEAVING in states
    gone = states.index(None)
    assert host.of(Persons)[gone].media_ns == (4 * 40 + 1000) * MS
    assert not host.of(Persons)[gone].persons


def test_a_film_that_starts_again_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Borrowed(None, FACE)
    host = watch(monkeypatch, engine, [SMALL] * 10)
    stage = host.stage  # type: ignore[attr-defined]
    stage.handle(camera(SMALL, 0))
    host.advance(100 * MS)
    assert engine.asked[-1] == 0


def test_without_eyes_nobody_is_seen_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(values: Any) -> None:
        raise EngineError("mediapipe cannot be loaded (No module named 'mediapipe')", "", "Run `make env`")

    monkeypatch.setattr(EYES, "load", lambda name: missing)
    host = FakeHost()
    stage = PerceptionStage(PerceptionSettings(), host)
    stage.start()
    stage.handle(camera(SMALL, 0))
    host.advance(SECOND)
    stage.stop()
    assert not host.emitted
    assert host.diagnostics == [
        (
            Level.ERROR,
            "nobody is seen: mediapipe cannot be loaded (No module named 'mediapipe'). Run `make env`",
        )
    ]


def test_eyes_can_be_left_out() -> None:
    host = FakeHost()
    stage = PerceptionStage(PerceptionSettings(engine="none"), host)
    stage.start()
    stage.handle(camera(SMALL, 0))
    host.advance(SECOND)
    stage.stop()
    assert not host.emitted
    assert host.diagnostics == [(Level.WARN, "no eyes are set: nobody is seen")]


def test_stopping_gives_back_the_engine_and_it_can_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Borrowed(None, FACE)
    host = watch(monkeypatch, engine, [SMALL] * 3)
    stage = host.stage  # type: ignore[attr-defined]
    stage.stop()
    assert engine.closed
    count = len(host.emitted)
    host.advance(5 * SECOND)
    stage.handle(camera(SMALL, SECOND))
    assert len(host.emitted) == count
    stage.start()
    stage.handle(camera(SMALL, host.now()))
    host.advance(SECOND // 2)
    assert host.of(Persons)[-1].persons[0].person_id == "person-1"


class ScriptedBody:
    """Stands in for Pose and Hands: an arm that is up or hangs down, or a hand over the mouth."""

    def __init__(self, hanging: bool = False) -> None:
        self.hand: np.ndarray | None = None
        self.hanging = hanging
        self.asked: list[Box] = []
        self.closed = False

    def see(self, image: Image, face: Box) -> Body:
        self.asked.append(face)
        arm = Arm((200.0, 50.0), (220.0, 200.0), self.hand is None and not self.hanging, self.hand)
        return Body(face.centre, 160.0, (arm,))

    def close(self) -> None:
        self.closed = True


def test_hands_are_looked_at_a_few_times_a_second_while_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    body = ScriptedBody()
    monkeypatch.setattr("visavis_agent.perception.stage.BodyReader", lambda: body)
    host = watch(monkeypatch, Borrowed(None, FACE), [SMALL] * 50, gestures_hz=5.0)
    assert 8 <= len(body.asked) <= 11
    assert set(body.asked) == {FACE.box}
    assert host.of(Persons)[-1].persons[0].gesture is HandGesture.RAISED_HAND
    host.stage.stop()  # type: ignore[attr-defined]
    assert body.closed
    alone = ScriptedBody()
    monkeypatch.setattr("visavis_agent.perception.stage.BodyReader", lambda: alone)
    watch(monkeypatch, Borrowed(None), [SMALL] * 50, gestures_hz=5.0)
    assert not alone.asked


def test_hanging_arms_are_looked_at_a_third_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    body = ScriptedBody(hanging=True)
    monkeypatch.setattr("visavis_agent.perception.stage.BodyReader", lambda: body)
    watch(monkeypatch, Borrowed(None, FACE), [SMALL] * 50, gestures_hz=6.0)
    assert 3 <= len(body.asked) <= 6


def test_a_hand_before_the_mouth_is_told_and_the_mouth_is_not_read(
    monkeypatch: pytest.MonkeyPatch, eyes: FaceMeshEyes, still: Image
) -> None:
    body = ScriptedBody()
    (face,) = eyes.see(still, 0, None)
    assert face.points is not None
    body.hand = np.tile(face.points[[13, 14, 0], :2], (7, 1))
    monkeypatch.setattr("visavis_agent.perception.stage.BodyReader", lambda: body)
    eyes.forget()
    host = watch(monkeypatch, Borrowed(eyes), [still] * 8, gestures_hz=5.0)
    person = host.of(Persons)[-1].persons[0]
    assert person.mouth_hidden
    assert person.mouth_open == 0.0


def test_without_pose_and_hands_faces_are_seen_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise EngineError("mediapipe's Pose and Hands cannot be loaded", "", "Run `make env`")

    monkeypatch.setattr("visavis_agent.perception.stage.BodyReader", fail)
    host = watch(monkeypatch, Borrowed(None, FACE), [SMALL] * 5, gestures_hz=5.0)
    assert host.of(Persons)[-1].persons
    assert [level for level, words in host.diagnostics if "no gestures are seen" in words] == [Level.WARN]
