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


SHARES = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7)


@given(SHARES, SHARES, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_mixture_of_two_feelings_lies_between_them(
    one: list[float], two: list[float], share: float, v: float
) -> None:
    a, b = (Emotion.of(dict(zip(EMOTIONS, w, strict=True)), intensity=1.0, valence=v) for w in (one, two))
    shares = [share * p + (1.0 - share) * q for p, q in zip(a.distribution, b.distribution, strict=True)]
    mixed = Emotion.of(dict(zip(EMOTIONS, shares, strict=True)), intensity=1.0, valence=v)
    for axis in AXES:
        expected = share * getattr(prosody_of(a), axis) + (1.0 - share) * getattr(prosody_of(b), axis)
        assert getattr(prosody_of(mixed), axis) == pytest.approx(expected, abs=1e-6)


def test_the_intensity_holds_down_what_the_distribution_says_and_is_not_counted_twice() -> None:
    full = EMOTION_PROSODY["joy"]
    assert prosody_of(Emotion.of({"joy": 1.0}, intensity=0.4)).pitch == pytest.approx(0.4 * full.pitch)
    assert prosody_of(Emotion.of({"neutral": 0.6, "joy": 0.4}, intensity=0.4)).pitch == pytest.approx(0.4 * full.pitch)
    assert prosody_of(Emotion.of({"neutral": 0.6, "joy": 0.4}, intensity=1.0)).pitch == pytest.approx(0.4 * full.pitch)


@given(SHARES, st.floats(-1.0, 0.9), st.floats(0.0, 1.0), st.sampled_from(["arousal", "valence", "dominance"]))
def test_every_axis_goes_one_way_with_a_dimension(shares: list[float], x: float, intensity: float, name: str) -> None:
    """Pitch, rate, range and level rise with arousal, pitch and rate with valence; dominance lowers the pitch."""
    low, high = (
        prosody_of(Emotion.of(dict(zip(EMOTIONS, shares, strict=True)), intensity=intensity, **{name: value}))
        for value in (x, x + 0.1)
    )
    signs = {
        "arousal": {"rate": 1, "pitch": 1, "range": 1, "level": 1, "pause": -1},
        "valence": {"rate": 1, "pitch": 1},
        "dominance": {"pitch": -1},
    }[name]
    for axis in AXES:
        change = getattr(high, axis) - getattr(low, axis)
        assert change * signs.get(axis, 0) >= -1e-9
        assert axis in signs or abs(change) < 1e-9


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


def course(voice: Voice, axis: str) -> list[dict[str, float]]:
    return [measure(voice, Emotion(**{axis: x})) for x in (-1.0, -0.5, 0.0, 0.5, 1.0)]


@pytest.mark.parametrize("engine", ["flite", "espeak"])
def test_the_sound_goes_one_way_with_arousal_and_with_valence(engine: str, request: pytest.FixtureRequest) -> None:
    voice: Voice = request.getfixturevalue(engine)
    for axis, told in (("arousal", ("rate", "pitch", "range", "level")), ("valence", ("rate", "pitch"))):
        heard = course(voice, axis)
        for name in told:
            values = [h[name] for h in heard]
            assert values == sorted(values) and values[-1] > values[0], (axis, name, values)
        if axis == "valence":
            levels = [h["level"] for h in heard]
            assert max(levels) - min(levels) < 1.5, "valence is told by tempo and pitch, not by level"
