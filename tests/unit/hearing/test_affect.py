"""A voice sounds aroused against its own baseline, not against other people's."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.emotion import Emotion
from visavis_agent.hearing.affect import VoiceAffectEstimator, features_of
from visavis_agent.hearing.prosody import ProsodyFrames


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


def test_features_are_those_of_the_sound() -> None:
    features = features_of(*(lambda u: (u.f0_hz, u.level_dbfs))(utterance(200, -20, rate=5.0)))
    assert features is not None
    assert features[0] == pytest.approx(12, abs=1)
    assert features[1] == pytest.approx(-18, abs=3)
    assert features[3] == pytest.approx(5.0, abs=0.7)


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


def test_a_first_utterance_says_little() -> None:
    estimator = VoiceAffectEstimator()
    estimator.push(utterance(250, -10))
    first = estimator.estimate()
    assert abs(first.arousal) < 0.2
    assert first.confidence < 0.1


def test_it_never_claims_much() -> None:
    assert after_calm_speech(150, -25, utterance(300, -5, 7.0, 7.0)).confidence <= 0.3


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
    estimator.push(utterance(250, -12))
    assert abs(estimator.estimate().arousal) < 0.2
