"""The emotion record: what it refuses, and what rounding may not break."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.emotion import EMOTIONS, NEUTRAL_DISTRIBUTION, ROUNDING, Emotion

SCALARS = ("intensity", "valence", "arousal", "dominance", "confidence")
WEIGHTS = st.dictionaries(st.sampled_from(EMOTIONS), st.floats(0, 1.7e308))


def test_nothing_known_is_neutral_without_confidence() -> None:
    assert Emotion().label == "neutral"
    assert Emotion().confidence == 0.0
    assert Emotion.of({}) == Emotion.of({"joy": 0.0}) == Emotion()


@given(WEIGHTS)
def test_weights_of_any_size_become_a_distribution(weights: dict[str, float]) -> None:
    emotion = Emotion.of(weights)
    assert all(0.0 <= p <= 1.0 for p in emotion.distribution)
    assert sum(emotion.distribution) == pytest.approx(1.0, abs=1e-9)
    heaviest = max(weights.values(), default=0.0)
    assert not heaviest or emotion.probability(emotion.label) == pytest.approx(
        max(emotion.distribution[EMOTIONS.index(label)] for label, w in weights.items() if w == heaviest)
    )


@given(st.lists(st.floats(-ROUNDING / 2, 1), min_size=7, max_size=7), st.floats(0, ROUNDING / 2))
def test_rounding_errors_of_weights_and_numbers_are_moved_into_range(weights: list[float], error: float) -> None:
    computed = Emotion.of(
        dict(zip(EMOTIONS, weights, strict=True)),
        intensity=1.0 + error,
        valence=-1.0 - error,
        arousal=1.0 + error,
        dominance=-1.0 - error,
        confidence=-error,
    )
    assert [getattr(computed, name) for name in SCALARS] == [1.0, -1.0, 1.0, -1.0, 0.0]


def test_a_difference_that_is_a_hair_below_nothing_is_nothing() -> None:
    assert Emotion.of({"joy": 1.0, "neutral": 1.0 - (1.0 + 2.2e-16)}, confidence=1.0 + 2.2e-16).distribution == (
        Emotion.of({"joy": 1.0}).distribution
    )


@pytest.mark.parametrize("weights", [{"joy": -0.1}, {"joy": 1.0, "fear": math.nan}, {"joy": math.inf}])
def test_weights_that_are_mistakes_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        Emotion.of(weights)


def test_an_unknown_label_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="happiness"):
        Emotion.of({"happiness": 1.0})


@pytest.mark.parametrize("name", SCALARS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.001, -1.001])
def test_numbers_out_of_range_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Emotion(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=name):
        Emotion.of({}, **{name: value})


@pytest.mark.parametrize(
    "distribution",
    [(1.0,), (0.5,) * 7, (0.0,) * 7, (1.0 + 1e-9, -1e-9, 0, 0, 0, 0, 0), (math.nan, 1, 0, 0, 0, 0, 0)],
)
def test_what_is_no_distribution_is_refused(distribution: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        Emotion(distribution)


def test_on_a_tie_the_label_is_the_earlier_one() -> None:
    assert Emotion.of({"sadness": 1.0, "joy": 1.0}).label == "joy"


def test_numbers_of_an_array_become_plain_ones() -> None:
    emotion = Emotion(tuple(np.array(NEUTRAL_DISTRIBUTION, np.float32)), valence=np.float32(0.5))
    assert {type(p) for p in emotion.distribution} == {float}
    assert all(type(getattr(emotion, f.name)) is float for f in fields(Emotion) if f.name != "distribution")
