"""Emotions on the face."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.arkit import ARKIT_INDEX, coefficients
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.records import FaceMotion
from visavis_agent.evaluation.bench_lipsync import ByRenderer
from visavis_agent.motion.emotion_face import EmotionFace

DT = 0.02


LIP_PARTING = ("jawOpen", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthFunnel")


@pytest.fixture(scope="module")
def hero() -> ByRenderer:
    """The character as she is drawn."""
    return ByRenderer()


def settled(emotion: Emotion, speaking: float = 0.0, seed: int = 0) -> dict[str, float]:
    face = EmotionFace(np.random.default_rng(seed), 1.0)
    for _ in range(200):
        shown, _ = face.step(emotion, speaking, DT)
    return {name: float(shown[i]) for name, i in ARKIT_INDEX.items()}


def of(label: str, intensity: float = 1.0) -> Emotion:
    return Emotion.of({label: 1.0}, intensity=intensity)


@pytest.mark.parametrize(
    ("label", "shown", "absent"),
    [
        ("joy", "mouthSmileLeft", "mouthFrownLeft"),
        ("sadness", "mouthFrownLeft", "mouthSmileLeft"),
        ("anger", "browDownLeft", "browInnerUp"),
        ("fear", "browInnerUp", "mouthSmileLeft"),
        ("surprise", "browOuterUpLeft", "browDownLeft"),
        ("disgust", "mouthShrugLower", "mouthSmileLeft"),
    ],
)
def test_each_emotion_shows_its_sign(label: str, shown: str, absent: str) -> None:
    face = settled(of(label))
    assert face[shown] > 0.5
    assert face[absent] < 0.1


def test_neutral_shows_nothing_and_intensity_counts() -> None:
    assert max(settled(Emotion()).values()) == 0.0
    assert settled(of("joy", 0.3))["mouthSmileLeft"] < 0.5 * settled(of("joy"))["mouthSmileLeft"]


def test_what_is_half_neutral_and_half_felt_shows_half_not_a_quarter() -> None:
    whole = settled(of("sadness"))["browInnerUp"]
    half = Emotion.of({"neutral": 0.5, "sadness": 0.5}, intensity=0.5)
    assert settled(half)["browInnerUp"] == pytest.approx(0.5 * whole, abs=0.01)
    faint = Emotion.of({"neutral": 0.9, "sadness": 0.1}, intensity=1.0)
    assert settled(faint)["browInnerUp"] == pytest.approx(0.1 * whole, abs=0.01)


@pytest.mark.parametrize("label", EMOTIONS)
def test_no_emotion_parts_the_lips(label: str, hero: ByRenderer) -> None:
    face = settled(of(label))
    assert all(face[name] == 0.0 for name in LIP_PARTING)
    assert hero.still(FaceMotion(media_ns=0, coefficients=coefficients(**face))) < 0.8  # of 20 mm when it speaks


def test_a_sad_sentence_keeps_clear_lips_and_sad_brows() -> None:
    silent, speaking = settled(of("sadness")), settled(of("sadness"), speaking=1.0)
    assert speaking["browInnerUp"] == pytest.approx(silent["browInnerUp"])
    for name in ("mouthFrownLeft", "mouthShrugLower"):
        assert speaking[name] < 0.5 * silent[name]


def test_a_mixture_shows_both_and_valence_alone_a_little() -> None:
    mixed = settled(Emotion.of({"joy": 0.5, "surprise": 0.5}, intensity=1.0))
    assert mixed["mouthSmileLeft"] > 0.25
    assert mixed["browOuterUpLeft"] > 0.25
    assert 0.05 < settled(Emotion(valence=0.8))["mouthSmileLeft"] < 0.25


def test_onset_is_faster_than_offset_and_both_are_smooth() -> None:
    face = EmotionFace(np.random.default_rng(0), 1.0)
    smile = ARKIT_INDEX["mouthSmileLeft"]
    rise = [face.step(of("joy"), 0.0, DT)[0][smile] for _ in range(150)]
    fall = [face.step(Emotion(), 0.0, DT)[0][smile] for _ in range(150)]
    top = rise[-1]
    up = next(k for k, value in enumerate(rise) if value > 0.8 * top)
    down = next(k for k, value in enumerate(fall) if value < 0.2 * top)
    assert up < down
    assert np.abs(np.diff(rise + fall)).max() < 0.06


def test_the_two_sides_differ_a_little() -> None:
    face = settled(of("joy"), seed=2)
    left, right = face["mouthSmileLeft"], face["mouthSmileRight"]
    assert 0.0 < abs(left - right) < 0.2 * left


def test_sadness_lowers_the_head() -> None:
    face = EmotionFace(np.random.default_rng(0), 1.0)
    lowered = [face.step(of("sadness"), 0.0, DT)[1] for _ in range(200)]
    assert lowered[-1] > 0.04
    assert np.abs(np.diff(lowered)).max() < 0.003
