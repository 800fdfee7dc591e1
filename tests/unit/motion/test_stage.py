"""The whole stage: frames on time, closures after all layers, cuts, determinism, bad input."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.motion.scene import FIRST, RATE, Scene, parted, phones, piece
from visavis_agent.core.arkit import ARKIT_INDEX, ARKIT_NAMES
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.phones import PHONES
from visavis_agent.core.records import (
    AgentEmotion,
    BodyMotion,
    FaceAffect,
    FaceMotion,
    GestureCue,
    Person,
    Persons,
    Phase,
    PhoneMark,
    Playback,
    Presence,
    Prosody,
    SinkState,
    VoiceActivity,
    equal,
)
from visavis_agent.core.skeleton import JOINT_INDEX
from visavis_agent.graph import GRAPH
from visavis_agent.motion.constraints import Mouth
from visavis_agent.motion.gestures import preparation
from visavis_agent.motion.head import SPEED_LIMIT
from visavis_agent.motion.mixer import OPENING_SPEED, opening
from visavis_agent.motion.settings import LayerWeights, MotionSettings
from visavis_agent.motion.stage import MotionStage

SENTENCE = phones(
    "pau:180 p:90 l:50 iy1!:120 z:80 b:80 r:50 ih1:70 ng:80 m:70 ay1!:150 ax:50 m:70 b:50 r:50 "
    "eh1:110 l:60 ax:50 f:90 ao1:130 r:60 f:80 ay1!:170 v:110 pau:400"
)


def emotions(label: str) -> Emotion:
    return Emotion.of({label: 1.0}, intensity=1.0, arousal=0.8)


def closed_frames(scene: Scene, start: int, mark: PhoneMark) -> list[float]:
    first, last = (start + sample * SECOND // RATE for sample in (mark.start, mark.end))
    return [parted(face) for face in scene.faces if first <= face.media_ns <= last]


def test_the_graph_finds_the_stage_and_agrees_on_its_inputs() -> None:
    spec = GRAPH.stage("motion")
    assert spec.load() is MotionStage
    assert set(MotionStage.handlers) == set(spec.inputs)


def test_frames_are_multiples_of_20_ms_and_come_one_lead_ahead() -> None:
    scene = Scene(settings=MotionSettings(lead_ms=40.0))
    scene.wait(7)
    count = len(scene.faces)
    scene.wait(993)
    times = [face.media_ns for face in scene.faces]
    assert all(time % (20 * MS) == 0 for time in times)
    assert set(np.diff(times)) == {20 * MS}
    assert times[0] == 40 * MS
    assert count == 1
    assert times[-1] == scene.now() + 40 * MS
    assert len(scene.host.of(BodyMotion)) == len(times)


def test_a_stopped_stage_sends_nothing_and_can_start_again() -> None:
    scene = Scene()
    scene.wait(100)
    scene.stage.stop()
    count = len(scene.faces)
    scene.wait(200)
    assert len(scene.faces) == count
    scene.stage.start()
    scene.wait(100)
    assert len(scene.faces) > count


@pytest.mark.parametrize(("after_ms", "said"), [(100, False), (5100, True)])
def test_a_late_host_leaves_frames_out_and_says_so_once_all_are_up(after_ms: int, said: bool) -> None:
    scene = Scene()
    scene.wait(after_ms)
    scene.host._now += 500 * MS  # the machine stood still
    scene.wait(100)
    times = [face.media_ns for face in scene.faces]
    assert times == sorted(set(times))
    assert all(time % (20 * MS) == 0 for time in times)
    assert times[-1] == scene.now() + 40 * MS
    assert bool(scene.host.diagnostics) == said


@pytest.mark.parametrize("label", EMOTIONS)
def test_lips_close_on_every_bilabial_whatever_is_felt(label: str) -> None:
    scene = Scene()
    scene.stage.handle(AgentEmotion(media_ns=0, emotion=emotions(label)))
    scene.wait(1003)
    start = scene.say(piece(SENTENCE, emotion=emotions(label)))
    for mark in SENTENCE:
        if mark.phone in "pbm":
            assert min(closed_frames(scene, start, mark)) < 1e-6
    scene.wait(500)
    assert parted(scene.faces[-1]) < 1e-3


def test_the_mouth_opens_for_vowels_and_is_shut_in_silence() -> None:
    scene = Scene()
    scene.wait(1000)
    start = scene.say(piece(SENTENCE))
    scene.wait(300)
    vowel = next(m for m in SENTENCE if m.phone == "ay")
    assert max(closed_frames(scene, start, vowel)) > 0.4
    end = start + SENTENCE[-1].start * SECOND // RATE
    late = [parted(face) for face in scene.faces if face.media_ns > end + 120 * MS or face.media_ns < start]
    assert max(late) < 0.02


def test_the_lower_lip_is_at_the_teeth_on_f() -> None:
    scene = Scene()
    scene.wait(1000)
    start = scene.say(piece(SENTENCE))
    for mark in SENTENCE:
        if mark.phone in "fv":
            first, last = (start + sample * SECOND // RATE for sample in (mark.start, mark.end))
            inside = [face for face in scene.faces if first <= face.media_ns <= last]
            rolled = [face.coefficients[ARKIT_INDEX["mouthRollLower"]] for face in inside]
            assert max(rolled) > 0.55


@pytest.mark.parametrize("way", ["turn", "status", "flush", "starved"])
def test_a_cut_shuts_the_mouth_within_80_ms_of_its_first_frame_without_a_jump(way: str) -> None:
    scene = Scene()
    scene.wait(1000)
    scene.turn()
    scene.stage.handle(piece(SENTENCE))
    middle = 885 * RATE // 1000
    scene.play(middle)
    before = scene.faces[-1]
    assert parted(before) > 0.2
    if way == "turn":
        scene.turn(playback=Playback.HOLD)
    elif way == "status":
        scene.status(SinkState.HELD, middle)
    elif way == "flush":
        scene.turn(ReplyId(0, 2, 0), Phase.LISTENING)
    else:
        scene.status(SinkState.PLAYING, middle, starved=True)
    count = len(scene.faces)
    scene.wait(400)
    course = [parted(before)] + [parted(face) for face in scene.faces[count:]]
    assert max(np.abs(np.diff(course))) < 0.3
    assert max(course[5:]) < 1e-6


def test_speech_goes_on_after_a_hold_where_the_sink_says() -> None:
    scene = Scene()
    scene.wait(1000)
    scene.turn()
    scene.stage.handle(piece(SENTENCE))
    scene.play(885 * RATE // 1000)
    scene.turn(playback=Playback.HOLD)
    scene.status(SinkState.HELD, 885 * RATE // 1000)
    scene.wait(600)
    assert parted(scene.faces[-1]) < 1e-6
    scene.turn()
    resumed = next(m for m in SENTENCE if m.phone == "m").start
    start = scene.now() - resumed * SECOND // RATE
    scene.play(SENTENCE[-1].end - resumed, resumed)
    for mark in SENTENCE:
        if mark.phone in "pbm" and mark.start > resumed:
            assert min(closed_frames(scene, start, mark)) < 1e-6
    assert max(parted(face) for face in scene.faces[-40:]) > 0.3


def test_a_hold_looks_up_at_the_user() -> None:
    scene = Scene(seed=3)
    scene.wait(1000)
    scene.turn()
    scene.stage.handle(piece(SENTENCE))
    scene.play(600 * RATE // 1000)
    scene.turn(playback=Playback.HOLD)
    count = len(scene.faces)
    scene.wait(200)
    brows = [face.coefficients[ARKIT_INDEX["browOuterUpLeft"]] for face in scene.faces[count:]]
    assert max(brows) > 0.2


def test_the_reaction_to_a_voice_is_on_the_face_within_150_ms() -> None:
    calm, called = Scene(seed=9), Scene(seed=9)
    for scene in (calm, called):
        scene.wait(3000)
    onset = called.now()
    called.stage.handle(VoiceActivity(media_ns=onset, speaking=True, probability=1.0, since_ns=onset))
    for scene in (calm, called):
        scene.wait(400)
    for before, after in zip(calm.faces, called.faces, strict=True):
        brow = ARKIT_INDEX["browOuterUpLeft"]
        if after.coefficients[brow] - before.coefficients[brow] > 0.05:
            assert after.media_ns - onset <= 150 * MS
            break
    else:
        pytest.fail("no reaction")


def test_the_eyes_meet_the_engaged_person() -> None:
    scene = Scene(settings=MotionSettings(contact_idle=1.0, liveliness=0.0))
    for _ in range(30):
        left = Person(person_id="a", presence=Presence.CONFIRMED, box=(0.1, 0.4, 0.2, 0.2), position=(1.0, 0.4, -0.1))
        other = Person(person_id="b", presence=Presence.CONFIRMED, box=(0.6, 0.4, 0.2, 0.2), position=(1.0, -0.4, 0.0))
        scene.stage.handle(Persons(media_ns=scene.now(), persons=(other, left), engaged_id="a"))
        scene.wait(100)
    face = scene.faces[-1]
    yaw = face.head[2] + 0.5 * (face.left_eye[0] + face.right_eye[0])
    assert yaw == pytest.approx(math.atan2(0.4, 1.0), abs=math.radians(4.0))
    assert face.head[2] > 0.1
    scene.wait(4000)
    away = scene.faces[-1]
    assert abs(away.head[2] + 0.5 * (away.left_eye[0] + away.right_eye[0])) < math.radians(5.0)


def test_the_stroke_of_a_gesture_falls_on_the_stressed_word() -> None:
    scene = Scene()
    scene.wait(1000)
    cue = next(m for m in SENTENCE if m.phone == "m").start  # before "my"
    stressed = next(m for m in SENTENCE if m.phone == "ay")
    start = scene.say(piece(SENTENCE, gestures=(GestureCue("wave", cue),)))
    scene.wait(2500)
    bodies = scene.host.of(BodyMotion)
    waving = [body.media_ns for body in bodies if body.gesture == "wave"]
    stroke = start + (stressed.start + stressed.end) // 2 * SECOND // RATE
    assert waving[0] + preparation("wave") * SECOND == pytest.approx(stroke, abs=40 * MS)
    lifted = next(body for body in bodies if body.media_ns == waving[0] + SECOND)
    elbow = JOINT_INDEX["elbow_r"]
    assert np.abs(lifted.rotations[elbow] - bodies[0].rotations[elbow]).max() > 0.1
    assert bodies[-1].gesture == ""


def test_a_gesture_at_the_first_word_begins_with_the_sound_and_once() -> None:
    scene = Scene()
    scene.wait(1000)
    start = scene.say(piece(SENTENCE, gestures=(GestureCue("open", 0),)))
    scene.wait(2500)
    shown = [(body.media_ns, body.gesture == "open") for body in scene.host.of(BodyMotion)]
    begins = [at for (_, before), (at, now) in pairwise(shown) if now and not before]
    assert begins == [pytest.approx(start, abs=60 * MS)]


def test_hands_beat_on_accents_and_rest_when_beats_are_switched_off() -> None:
    moved = []
    for weight in (1.0, 0.0):
        scene = Scene(settings=MotionSettings(layers=LayerWeights(beats=weight)))
        scene.wait(1000)
        scene.say(piece(SENTENCE))
        wrist = np.array([body.rotations[JOINT_INDEX["wrist_l"]] for body in scene.host.of(BodyMotion)])
        moved.append(float(np.abs(wrist - wrist[0]).max()))
        assert np.abs(np.diff(wrist, axis=0)).max() < 0.03
    assert moved[0] > 0.02
    assert moved[1] < 1e-6


def test_unknown_gestures_phones_and_rates_are_said_and_survived() -> None:
    scene = Scene()
    scene.turn()
    scene.stage.handle(
        piece(
            (PhoneMark("q", 0, 3200), PhoneMark("m", 3200, 4800)),
            gestures=(GestureCue("cartwheel", 0),),
            last=False,
        )
    )
    said = " ".join(message for _, message in scene.host.diagnostics)
    assert "'q'" in said
    assert "'cartwheel'" in said
    scene.play(4800)
    assert len(scene.faces) > 10


def conversation(seed: int) -> Scene:
    scene = Scene(seed=seed)
    scene.wait(500)
    scene.stage.handle(VoiceActivity(media_ns=scene.now(), speaking=True, probability=1.0, since_ns=0))
    for k in range(15):
        affect = FaceAffect(media_ns=0, person_id="a", action_units=(12,), intensities=(0.6,))
        scene.stage.handle(affect)
        level = np.full(10, -70.0 if k % 5 == 4 else -20.0, np.float32)
        pitch = np.full(10, 0.0 if k % 5 == 4 else 140.0, np.float32)
        scene.stage.handle(Prosody(media_ns=0, f0_hz=pitch, level_dbfs=level))
        scene.wait(100)
    scene.stage.handle(VoiceActivity(media_ns=scene.now(), speaking=False, probability=0.0, since_ns=0))
    scene.turn(phase=Phase.THINKING)
    scene.stage.handle(AgentEmotion(media_ns=0, emotion=emotions("joy")))
    scene.wait(400)
    scene.say(piece(SENTENCE, gestures=(GestureCue("open", 4000),)))
    scene.wait(1200)
    return scene


def test_the_same_records_and_seed_give_the_same_motion_bit_for_bit() -> None:
    first, second, other = conversation(7), conversation(7), conversation(8)
    assert len(first.host.emitted) == len(second.host.emitted)
    assert all(equal(a, b) for a, b in zip(first.host.emitted, second.host.emitted, strict=True))
    assert not all(equal(a, b) for a, b in zip(first.host.emitted, other.host.emitted, strict=False))


def test_everything_but_contacts_and_lids_moves_smoothly() -> None:
    scene = conversation(4)
    course = np.array([face.coefficients for face in scene.faces], np.float64)
    steps = np.abs(np.diff(course, axis=0)).max(0)
    for name, most in (
        ("brow", 0.13),
        ("mouthSmile", 0.11),
        ("cheek", 0.11),
        ("eyeWide", 0.17),
        ("jawOpen", 0.35),
    ):
        for i, full in enumerate(ARKIT_NAMES):
            if full.startswith(name):
                assert steps[i] <= most, full
    heads = np.array([face.head for face in scene.faces])
    assert np.abs(np.diff(heads, axis=0)).max() <= SPEED_LIMIT * 0.02 + 1e-9
    assert np.diff([opening_mm(face) for face in scene.faces]).max() <= OPENING_SPEED * 0.02 + 1e-3


def opening_mm(face: FaceMotion) -> float:
    value = {name: float(face.coefficients[i]) for name, i in ARKIT_INDEX.items()}
    return opening(
        Mouth(
            jaw=value["jawOpen"],
            close=value["mouthClose"],
            upper=value["mouthUpperUpLeft"],
            lower=value["mouthLowerDownLeft"],
            funnel=value["mouthFunnel"],
        )
    )


SPOKEN = st.tuples(st.sampled_from(sorted(PHONES)), st.integers(15, 250))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
EVENT = st.one_of(
    st.tuples(
        st.just("say"),
        st.lists(SPOKEN, min_size=1, max_size=8),
    ),
    st.tuples(st.just("status"), st.sampled_from(list(SinkState)), st.integers(0, 40_000), st.booleans()),
    st.tuples(st.just("turn"), st.integers(0, 3), st.sampled_from(list(Phase)), st.sampled_from(list(Playback))),
    st.tuples(st.just("voice"), st.booleans(), FINITE),
    st.tuples(st.just("persons"), FINITE, FINITE),
    st.tuples(st.just("affect"), st.sampled_from(EMOTIONS), FINITE),
    st.tuples(st.just("wait"), st.integers(1, 300)),
)


def perform(scene: Scene, event: tuple) -> None:
    kind, *rest = event
    turn = ReplyId(0, 1, 0)
    if kind == "say":
        marks, start = [], 0
        for phone, milliseconds in rest[0]:
            marks.append(PhoneMark(phone, start, start + milliseconds * 16, 1, True))
            start = marks[-1].end
        scene.stage.handle(piece(tuple(marks), turn, last=False))
    elif kind == "status":
        scene.status(rest[0], rest[1], turn, starved=rest[2])
    elif kind == "turn":
        scene.turn(ReplyId(0, rest[0], 0), rest[1], rest[2])
    elif kind == "voice":
        scene.stage.handle(VoiceActivity(media_ns=0, speaking=rest[0], probability=1.0, since_ns=0, level_dbfs=rest[1]))
    elif kind == "persons":
        person = Person(person_id="a", presence=Presence.PRESENT, box=(0, 0, 1, 1), position=(rest[0], rest[1], 0.1))
        scene.stage.handle(Persons(media_ns=scene.now(), persons=(person,), engaged_id="a"))
    elif kind == "affect":
        scene.stage.handle(AgentEmotion(media_ns=0, emotion=emotions(rest[0])))
        scene.stage.handle(FaceAffect(media_ns=0, person_id="a", action_units=(12,), intensities=(rest[1],)))
    else:
        scene.wait(rest[0])


@given(st.lists(EVENT, max_size=25))
def test_whatever_arrives_motion_stays_finite_in_range_and_on_time(events: list[tuple]) -> None:
    scene = Scene()
    for event in events:
        perform(scene, event)
    scene.wait(200)
    times = [face.media_ns for face in scene.faces]
    assert times == list(range(times[0], times[-1] + 1, 20 * MS))
    for face in scene.faces:  # the records check finiteness and 0–1 themselves
        assert 0.0 <= face.tongue_up <= 1.0
        assert parted(face) >= -1e-6
        assert max(abs(a) for a in face.head) < 0.6
    heads = np.array([face.head for face in scene.faces])
    assert np.abs(np.diff(heads, axis=0)).max() <= SPEED_LIMIT * 0.02 + 1e-9


def test_a_reply_heard_once_is_forgotten_with_its_turn() -> None:
    scene = Scene()
    scene.say(piece(SENTENCE))
    scene.turn(FIRST.next_turn(), Phase.LISTENING)
    scene.status(SinkState.PLAYING, 8000)
    scene.wait(300)
    assert parted(scene.faces[-1]) == 0.0
