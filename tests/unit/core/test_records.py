"""Records: what none can be made of, and when two are the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core import records as r
from visavis_agent.core.arkit import ARKIT_COUNT
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.skeleton import JOINT_COUNT, rest_rotations

PCM = np.arange(4, dtype=np.int16)
ROW = np.zeros(3, np.float32)
PICTURE = np.zeros((2, 3, 3), np.uint8)
FACE = np.zeros(ARKIT_COUNT, np.float32)
ID = ReplyId(1, 2, 3)
PERSON = r.Person(person_id="a", presence=r.Presence.PRESENT, box=(0.1, 0.1, 0.2, 0.2))
REPORT = r.TurnReport(
    media_ns=0, id=ID, question="", answer="", endpoint_ms=1.0, recognition_ms=1.0, reply_ms=1.0, speech_ms=1.0,
    playback_ms=1.0, total_ms=5.0,
)  # fmt: skip
SPEECH = r.SpeechAudio(
    media_ns=0, id=ID, lane=r.Lane.REPLY, clause=0, sample_rate=16_000, first_sample=0, pcm=PCM, last=True
)
UTTERANCE = r.Utterance(media_ns=9, utterance=1, hypotheses=(r.Hypothesis("yes"),), final=True, start_ns=1, end_ns=9)
VOICE = r.VoiceActivity(media_ns=0, speaking=True, probability=0.5, since_ns=0)
MOTION = r.FaceMotion(media_ns=0, coefficients=FACE)
BODY = r.BodyMotion(media_ns=0)
EXAMPLES = (
    r.MicrophoneAudio(media_ns=0, pcm=PCM),
    r.CameraImage(media_ns=0, image=PICTURE),
    r.FaceAffect(media_ns=0, person_id="a", action_units=(1, 12), intensities=(0.1, 0.2)),
    r.Prosody(media_ns=0, f0_hz=ROW, level_dbfs=ROW),
    r.VideoFrame(media_ns=0, image=PICTURE),
    r.Persons(media_ns=0, persons=(PERSON,)),
    PERSON,
    REPORT,
    SPEECH,
    UTTERANCE,
    VOICE,
    MOTION,
    BODY,
)


def float_places(record: Any) -> list[tuple[str, Any]]:
    """Every field of the record that holds floats, with the value spoiled in one place."""
    places: list[tuple[str, Any]] = []
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, float):
            places.append((field.name, math.nan))
        elif isinstance(value, tuple) and value and isinstance(value[-1], float):
            places.append((field.name, (*value[:-1], math.nan)))
        elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
            spoiled = value.copy()
            spoiled.flat[-1] = np.nan
            places.append((field.name, spoiled))
    return places


SPOILED = [(record, *place) for record in (*EXAMPLES, r.Hypothesis("a")) for place in float_places(record)]


@pytest.mark.parametrize(("record", "name", "value"), SPOILED, ids=[f"{type(s[0]).__name__}.{s[1]}" for s in SPOILED])
def test_no_record_is_made_of_nan(record: Any, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match="finite"):
        replace(record, **{name: value})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: r.MicrophoneAudio(media_ns=0, pcm=PCM.astype(np.float32)), "int16"),
        (lambda: r.MicrophoneAudio(media_ns=0, pcm=PCM.reshape(2, 2)), "one row"),
        (lambda: r.MicrophoneAudio(media_ns=0, pcm=PCM, sample_rate=0), "sample_rate"),
        (lambda: r.MicrophoneAudio(media_ns=0, pcm=PCM, gap_ns=-1), "gap_ns"),
        (lambda: r.CameraImage(media_ns=0, image=PICTURE[..., 0]), "uint8"),
        (lambda: r.CameraImage(media_ns=0, image=PICTURE / 2), "uint8"),
        (lambda: r.VideoFrame(media_ns=0, image=np.zeros((2, 2, 4), np.uint8)), "uint8"),
        (lambda: r.TextInput(media_ns=0, text="a" * (r.MAXIMUM_TEXT + 1)), "at most 100000"),
        (lambda: r.FaceAffect(media_ns=0, person_id="", action_units=(1,)), "per action unit"),
        (lambda: r.Prosody(media_ns=0, f0_hz=ROW, level_dbfs=ROW[1:]), "one level"),
        (lambda: r.Prosody(media_ns=0, f0_hz=ROW.reshape(1, 3), level_dbfs=ROW.reshape(1, 3)), "two rows"),
        (lambda: r.Prosody(media_ns=0, f0_hz=ROW.astype(float), level_dbfs=ROW), "float32"),
        (lambda: replace(UTTERANCE, end_ns=0), "before it starts"),
        (lambda: replace(UTTERANCE, hypotheses=(r.Hypothesis("a" * (r.MAXIMUM_TEXT + 1)),)), "too long"),
        (lambda: r.SpeechPlan(media_ns=0, id=ID, clause=0, text="a" * (r.MAXIMUM_TEXT + 1), last=True), "at most"),
        (lambda: replace(SPEECH, pcm=PCM.astype(np.int32)), "int16"),
        (lambda: replace(SPEECH, sample_rate=0), "sample_rate"),
        (lambda: replace(SPEECH, first_sample=-1), "first_sample"),
        (lambda: replace(MOTION, coefficients=FACE[1:]), "52 coefficients"),
        (lambda: replace(MOTION, coefficients=FACE.astype(float)), "float32"),
        (lambda: replace(MOTION, coefficients=FACE - np.float32(1e-6)), "0–1"),
        (lambda: replace(MOTION, coefficients=FACE + np.float32(1.001)), "0–1"),
        (lambda: replace(BODY, rotations=rest_rotations()[1:]), f"{JOINT_COUNT} quaternions"),
        (lambda: replace(BODY, rotations=rest_rotations().astype(float)), "float32"),
    ],
)
def test_what_breaks_its_own_rules_is_refused_with_the_rule(make: Callable[[], Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        VOICE.speaking = False  # type: ignore[misc]


def test_the_text_of_an_utterance_is_its_best_hypothesis() -> None:
    assert UTTERANCE.text == "yes"
    assert replace(UTTERANCE, hypotheses=()).text == ""


def test_a_body_at_rest_needs_no_numbers_and_shares_none() -> None:
    assert np.array_equal(BODY.rotations, rest_rotations())
    assert BODY.rotations is not r.BodyMotion(media_ns=1).rotations


# ------------------------------------------------------------------------------------------------------- sameness
@pytest.mark.parametrize("record", EXAMPLES, ids=lambda record: type(record).__name__)
def test_a_record_equals_its_copy_and_nothing_that_differs_in_one_field(record: Any) -> None:
    assert r.equal(record, replace(record))
    changed = {"media_ns": 1, "text": "no", "confidence": 0.25, "session": "b"}
    for name in changed.keys() & {field.name for field in fields(record)}:
        assert not r.equal(record, replace(record, **{name: changed[name]}))


def test_sameness_is_bit_exact() -> None:
    quiet = FACE.copy()
    quiet[3] = -0.0
    assert not r.equal(MOTION, replace(MOTION, coefficients=quiet))
    assert not r.equal(0.0, -0.0)
    assert not r.equal(1.0, np.nextafter(1.0, 2.0).item())
    assert not r.equal(replace(VOICE, level_dbfs=-0.0), replace(VOICE, level_dbfs=0.0))


def test_type_shape_and_kind_of_numbers_count() -> None:
    assert not r.equal(PCM, PCM.astype(np.int32))
    assert not r.equal(PCM, PCM.reshape(2, 2))
    assert not r.equal(1, True)
    assert not r.equal(1, 1.0)
    assert not r.equal(r.AgentEmotion(media_ns=0), r.UserEmotion(media_ns=0))
    assert not r.equal((1, 2), (1, 2, 3))


def test_only_the_content_of_an_array_counts_not_its_layout() -> None:
    square = np.arange(9, dtype=np.int16).reshape(3, 3)
    assert r.equal(square, np.asfortranarray(square))


def test_a_deep_difference_is_seen() -> None:
    moved = replace(PERSON, gaze=(0.0, 1e-12))
    assert not r.equal(r.Persons(media_ns=0, persons=(PERSON,)), r.Persons(media_ns=0, persons=(moved,)))


@given(st.binary(min_size=8, max_size=64), st.integers(0, 511))
def test_one_flipped_bit_of_sound_is_seen(content: bytes, bit: int) -> None:
    pcm = np.frombuffer(content[: len(content) // 2 * 2], np.int16)
    flipped = bytearray(pcm.tobytes())
    flipped[bit // 8 % len(flipped)] ^= 1 << bit % 8
    other = np.frombuffer(bytes(flipped), np.int16)
    assert r.equal(replace(SPEECH, pcm=pcm), replace(SPEECH, pcm=pcm.copy()))
    assert not r.equal(replace(SPEECH, pcm=pcm), replace(SPEECH, pcm=other))


def test_a_typed_text_can_always_be_written_down() -> None:
    assert r.TextInput(media_ns=1, text="\ud800 where?").text == "? where?"
