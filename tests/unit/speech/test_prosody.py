from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.speech.conftest import clause, loudness, pitches
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.speech.prosody import EMOTION_PROSODY, NEUTRAL_PROSODY, prosody_of
from visavis_agent.speech.voices import Voice

AXES = ("rate", "pitch", "range", "level", "pause")
TEXT = "I did not expect to see you here today, my friend."


def test_every_emotion_has_a_prosody() -> None:
    assert set(EMOTION_PROSODY) == set(EMOTIONS)


def test_neutral_or_no_intensity_is_neutral_speech() -> None:
    assert prosody_of(Emotion()) == NEUTRAL_PROSODY
    assert prosody_of(Emotion.of({"anger": 1.0}, intensity=0.0)) == NEUTRAL_PROSODY


@given(st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7), st.floats(0.0, 1.0))
def test_a_mixture_is_the_weighted_mean_of_its_parts(weights: list[float], intensity: float) -> None:
    mixed = Emotion.of(dict(zip(EMOTIONS, weights, strict=True)), intensity=intensity)
    for axis in AXES:
        expected = intensity * sum(
            p * getattr(EMOTION_PROSODY[label], axis) for label, p in zip(EMOTIONS, mixed.distribution, strict=True)
        )
        assert getattr(prosody_of(mixed), axis) == pytest.approx(expected, abs=1e-9)


def measure(voice: Voice, emotion: Emotion) -> dict[str, float]:
    speech = voice.synthesise(clause(TEXT, prosody=prosody_of(emotion)))
    f0 = pitches(speech)
    return {
        "rate": 1.0 / speech.seconds,
        "pitch": float(np.median(f0)),
        "level": loudness(speech),
        "range": float(np.subtract(*np.percentile(np.log2(f0), [90, 10]))),
    }


@pytest.mark.parametrize("engine", ["flite", "espeak"])
def test_the_sound_moves_as_the_table_says(engine: str, request: pytest.FixtureRequest) -> None:
    voice: Voice = request.getfixturevalue(engine)
    neutral = measure(voice, Emotion())
    for label in ("joy", "sadness", "anger", "fear", "surprise"):
        told, heard = EMOTION_PROSODY[label], measure(voice, Emotion.of({label: 1.0}, intensity=1.0))
        assert (heard["rate"] > neutral["rate"]) == (told.rate > 0), label
        if abs(told.pitch) > 2.0:
            assert (heard["pitch"] > neutral["pitch"]) == (told.pitch > 0), label
        if abs(told.range) > 0.6:
            assert (heard["range"] > neutral["range"]) == (told.range > 0), label
        if abs(told.level) > 2.0:
            assert (heard["level"] > neutral["level"]) == (told.level > 0), label


def test_more_intensity_moves_the_voice_further(flite: Voice) -> None:
    heard = [measure(flite, Emotion.of({"sadness": 1.0}, intensity=i)) for i in (0.0, 0.5, 1.0)]
    for axis in ("rate", "pitch", "level"):
        assert heard[0][axis] > heard[1][axis] > heard[2][axis]
