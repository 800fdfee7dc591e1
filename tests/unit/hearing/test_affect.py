"""A voice sounds aroused against what is usual, first among people, then with its speaker."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.emotion import Emotion
from visavis_agent.hearing.affect import VoiceAffectEstimator
from visavis_agent.hearing.prosody import ProsodyFrames
from visavis_agent.hearing.voice_features import Feature, features_of


def utterance(hz: float, dbfs: float, range_st: float = 3.5, rate: float = 4.0, seconds: float = 3.0) -> ProsodyFrames:
    """Syllables at `rate` per second with a swinging pitch."""
    time = np.arange(round(seconds * 100)) / 100
    envelope = np.cos(2 * np.pi * rate * time)
    f0 = hz * 2 ** (range_st * np.sin(2 * np.pi * 0.7 * time) * 2**0.5 / 12)
    f0[envelope < -0.6] = 0
    return ProsodyFrames(0, f0.astype(np.float32), (dbfs + 6 * envelope).astype(np.float32))


def after_calm_speech(hz: float, dbfs: float, frames: ProsodyFrames) -> Emotion:
    estimator = VoiceAffectEstimator()
    for _ in range(3):
        estimator.push(utterance(hz, dbfs))
        estimator.end()
    estimator.push(frames)
    return estimator.estimate()


def first_heard(frames: ProsodyFrames) -> Emotion:
    estimator = VoiceAffectEstimator()
    estimator.push(frames)
    return estimator.estimate()


def test_features_are_those_of_the_sound() -> None:
    frames = utterance(200, -20, rate=5.0)
    features = features_of(frames.f0_hz, frames.level_dbfs)
    assert features is not None
    assert features[Feature.PITCH] == pytest.approx(12, abs=1)
    assert features[Feature.LEVEL] == pytest.approx(-18, abs=3)
    assert features[Feature.RATE] == pytest.approx(5.0, abs=0.7)
    assert 2 ** features[Feature.RANGE] == pytest.approx(9.5, abs=1.5)  # a sine of SD 3.5 swings by ±4.95 semitones
    assert features[Feature.FLOOR] == pytest.approx(features[Feature.PITCH] - 4.7, abs=1)


def test_pitch_heard_in_hissing_is_no_range() -> None:
    frames = utterance(110, -20, range_st=1.5)
    clean = features_of(frames.f0_hz, frames.level_dbfs)
    hissing = frames.f0_hz.copy()
    hissing[np.arange(len(hissing)) % 25 < 2] = 480
    for start in range(10, len(hissing) - 6, 60):
        hissing[start : start + 6] = 460
    dirty = features_of(hissing, frames.level_dbfs)
    assert clean is not None and dirty is not None
    assert dirty[Feature.RANGE] == pytest.approx(clean[Feature.RANGE], abs=0.2)
    assert dirty[Feature.PITCH] == pytest.approx(clean[Feature.PITCH], abs=0.5)


@pytest.mark.parametrize(("hz", "dbfs"), [(110, -30), (220, -15)])
def test_the_same_way_of_speaking_is_calm_for_any_speaker(hz: float, dbfs: float) -> None:
    emotion = after_calm_speech(hz, dbfs, utterance(hz, dbfs))
    assert abs(emotion.arousal) < 0.1
    assert emotion.label == "neutral"


def test_higher_louder_faster_is_aroused_and_the_opposite_is_not() -> None:
    excited = after_calm_speech(150, -25, utterance(190, -17, 5.0, 5.5))
    dull = after_calm_speech(150, -25, utterance(130, -31, 1.5, 3.0))
    assert excited.arousal > 0.5
    assert dull.arousal < -0.4
    assert excited.intensity > 0.4


@pytest.mark.parametrize("hz", [105, 200])
def test_at_first_hearing_a_calm_voice_is_calm_whether_low_or_high(hz: float) -> None:
    first = first_heard(utterance(hz, -20, 2.1))
    assert abs(first.arousal) < 0.1
    assert first.label == "neutral"


@pytest.mark.parametrize("floor_hz", [95, 175])
def test_at_first_hearing_a_voice_far_above_its_floor_sounds_aroused_and_a_flat_low_one_subdued(
    floor_hz: float,
) -> None:
    lively = first_heard(utterance(1.6 * floor_hz, -20, 4.5, 4.5))
    flat = first_heard(utterance(0.9 * floor_hz, -20, 0.5, 2.5))
    assert lively.arousal > 0.4
    assert lively.valence > 0.0
    assert flat.arousal < -0.4
    assert flat.probability("sadness") > lively.probability("sadness") + 0.2


def test_loud_or_soft_says_nothing_until_the_speaker_is_known() -> None:
    assert first_heard(utterance(110, -10)).arousal == pytest.approx(first_heard(utterance(110, -40)).arousal, abs=0.02)


def test_a_first_utterance_is_trusted_less_than_one_of_a_speaker_who_is_known() -> None:
    first = first_heard(utterance(110, -20)).confidence
    known = after_calm_speech(110, -20, utterance(110, -20)).confidence
    assert 0.2 < first < known - 0.1


def test_who_always_speaks_high_sounds_less_and_less_aroused_for_it() -> None:
    estimator = VoiceAffectEstimator()
    heard = []
    for _ in range(12):
        estimator.push(utterance(265, -20, 2.1))
        heard.append(estimator.estimate().arousal)
        estimator.end()
    assert heard[-1] < 0.5 * heard[0]


def test_it_never_claims_much() -> None:
    assert after_calm_speech(150, -25, utterance(300, -5, 7.0, 7.0)).confidence <= 0.6


@pytest.mark.parametrize("frames", [None, utterance(150, -20, seconds=0.2)])
def test_too_little_voice_gives_no_reading(frames: ProsodyFrames | None) -> None:
    estimator = VoiceAffectEstimator()
    if frames is not None:
        estimator.push(frames)
    assert estimator.estimate() == Emotion()


def test_a_new_speaker_starts_afresh() -> None:
    estimator = VoiceAffectEstimator()
    for _ in range(3):
        estimator.push(utterance(110, -30))
        estimator.end()
    estimator.forget()
    estimator.push(utterance(200, -12))
    assert estimator.estimate() == first_heard(utterance(200, -12))
