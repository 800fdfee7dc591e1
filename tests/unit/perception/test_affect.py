"""Expressions are read against the person's own resting face, and claimed with due caution."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.perception.action_units import ACTION_UNITS, Expression, NeutralFace, expression
from visavis_agent.perception.affect import FaceReader, emotion_of
from visavis_agent.perception.features import AVERAGE, Features

FRONTAL = (0.0, 0.0, 0.0)
# Somebody whose resting mouth is drawn down and whose brows are low.
GLOOMY = replace(AVERAGE, corners=AVERAGE.corners - 4, inner_brow=AVERAGE.inner_brow - 3, lids=0.22)


def smiling(face: Features) -> Features:
    return replace(face, corners=face.corners + 5, mouth_width=face.mouth_width + 9, lower_lid=face.lower_lid + 1.2)


def surprised(face: Features) -> Features:
    return replace(face, inner_brow=face.inner_brow + 4, outer_brow=face.outer_brow + 4, jaw=face.jaw + 10, lip_gap=10)


def sad(face: Features) -> Features:
    return replace(face, corners=face.corners - 4, inner_brow=face.inner_brow + 2.5)


def shown(face: Features, neutral: Features, known: float = 1.0) -> Expression:
    return expression(face, neutral, FRONTAL, known)


@pytest.mark.parametrize("resting", [AVERAGE, GLOOMY])
def test_expressions_are_told_apart_whatever_the_resting_face(resting: Features) -> None:
    joy = emotion_of(shown(smiling(resting), resting))
    surprise = emotion_of(shown(surprised(resting), resting))
    sadness = emotion_of(shown(sad(resting), resting))
    neutral = emotion_of(shown(resting, resting))
    assert [e.label for e in (joy, surprise, sadness, neutral)] == ["joy", "surprise", "sadness", "neutral"]
    assert joy.valence > 0.5
    assert sadness.valence < -0.2
    assert surprise.arousal > joy.arousal > sadness.arousal
    assert neutral.intensity < 0.05


def test_units_are_those_that_moved() -> None:
    smile = shown(smiling(AVERAGE), AVERAGE)
    assert smile[12] > 0.7
    assert smile[6] > 0.4
    assert max(smile[unit] for unit in (1, 2, 4, 15, 26, 45)) < 0.2
    blink = shown(replace(AVERAGE, lids=AVERAGE.lids * 0.3), AVERAGE)
    assert blink[45] > 0.8


def test_the_neutral_face_is_learnt() -> None:
    neutral = NeutralFace()
    for n in range(40):
        neutral.learn(GLOOMY if n % 5 else smiling(GLOOMY), n * 500 * MS)
    assert np.allclose(neutral.face().values(), GLOOMY.values())
    assert neutral.known == 1.0


def test_who_comes_in_smiling_is_seen_smiling() -> None:
    neutral = NeutralFace()
    neutral.learn(smiling(AVERAGE), 0)
    smile = shown(smiling(AVERAGE), neutral.face(), neutral.known)
    assert emotion_of(smile).label == "joy"
    assert emotion_of(smile).confidence < 0.3


def test_a_turned_head_is_read_with_less_confidence() -> None:
    confidences = [
        expression(AVERAGE, AVERAGE, (0.0, 0.0, math.radians(yaw)), 1.0).confidence for yaw in (0, 20, 30, 45)
    ]
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] == 1.0
    assert confidences[-1] == 0.0


@given(st.lists(st.floats(0, 1), min_size=len(ACTION_UNITS), max_size=len(ACTION_UNITS)), st.floats(0, 1))
def test_any_expression_is_a_proper_emotion(intensities: list[float], confidence: float) -> None:
    emotion = emotion_of(Expression(tuple(intensities), confidence))
    assert isinstance(emotion, Emotion)
    assert emotion.confidence <= 0.7 * confidence + 1e-9


@given(st.integers(0, 10_000))
def test_any_face_gives_proper_intensities(seed: int) -> None:
    rng = np.random.default_rng(seed)
    face = Features.of(AVERAGE.values() + rng.normal(0, 30, len(AVERAGE.values())))
    assert all(0 <= value <= 1 for value in shown(face, AVERAGE).intensities)


def test_a_syllable_is_no_surprise() -> None:
    reader = FaceReader()
    talking = replace(AVERAGE, jaw=AVERAGE.jaw + 8, lip_gap=9)
    emotions = [reader.read(shown(talking if n // 4 % 2 else AVERAGE, AVERAGE), n * 40 * MS) for n in range(100)]
    assert all(emotion.label == "neutral" for emotion in emotions)


def test_an_expression_is_followed_within_a_second() -> None:
    reader = FaceReader()
    for n in range(25):
        emotion = reader.read(shown(AVERAGE, AVERAGE), n * 40 * MS)
    for n in range(25, 50):
        emotion = reader.read(shown(smiling(AVERAGE), AVERAGE), n * 40 * MS)
    assert emotion.label == "joy"
    emotion = reader.read(shown(AVERAGE, AVERAGE), 10 * SECOND)
    assert emotion.label == "neutral"


def test_what_is_hidden_is_at_rest_and_the_rest_is_less_sure() -> None:
    everything = Expression((0.5,) * len(ACTION_UNITS), 0.8)
    masked = everything.without(mouth=True, eyes=False)
    assert (masked[12], masked[26], masked[1], masked[45]) == (0.0, 0.0, 0.5, 0.5)
    shaded = everything.without(mouth=False, eyes=True)
    assert (shaded[12], shaded[45], shaded[6], shaded[2]) == (0.5, 0.0, 0.0, 0.5)
    assert masked.confidence < shaded.confidence < everything.confidence
    assert everything.without(mouth=False, eyes=False) == everything


def test_of_a_hidden_mouth_no_resting_face_is_learnt() -> None:
    neutral = NeutralFace()
    invented = replace(GLOOMY, jaw=AVERAGE.jaw + 20)
    for n in range(40):
        neutral.learn(invented, n * 500 * MS, mouth_hidden=True)
    assert neutral.face().corners == AVERAGE.corners
    assert neutral.face().jaw == AVERAGE.jaw
    assert neutral.face().inner_brow == pytest.approx(GLOOMY.inner_brow)
    for n in range(40, 60):
        neutral.learn(GLOOMY, n * 500 * MS)
    assert neutral.face().corners == pytest.approx(GLOOMY.corners)
