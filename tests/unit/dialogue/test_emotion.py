from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.inference import InferenceBackend, InferenceSettings
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue.emotion import HALF_LIVES_S, Fusion, TextEmotion, emotion_from, open_text_emotion
from visavis_agent.dialogue.emotion_setup import TRAINED_FILE, read_trained
from visavis_agent.evaluation.emotion_data import goemotions
from visavis_agent.evaluation.emotion_scores import calibration_error, f1
from visavis_agent.setup_models import ensure_encoder

JOY = emotion_from({"joy": 0.9, "neutral": 0.1}, 0.8)
SAD = emotion_from({"sadness": 0.9, "neutral": 0.1}, 0.8)


@pytest.fixture(scope="module")
def reader() -> TextEmotion:
    ensure_encoder()
    return open_text_emotion(InferenceBackend(InferenceSettings(device="cpu"), report=lambda *_: None))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I am overjoyed, this is the best day ever!", "joy"),
        ("my best friend died and i can't stop crying", "sadness"),
        ("I'm fed up with this rubbish, give me my money back!", "anger"),
        ("please help i'm so afraid of the dark", "fear"),
        ("Wow, I never expected that!", "surprise"),
        ("yuck the soup smells rotten how disgusting", "disgust"),
        ("Where is the ticket office?", "neutral"),
        ("how much is a ticket", "neutral"),
        ("what can i see here", "neutral"),
    ],
)
def test_plain_feelings_are_read_from_written_and_from_spoken_words(reader: TextEmotion, text: str, label: str) -> None:
    emotion = reader.read(text)
    assert emotion.label == label
    assert emotion.intensity == pytest.approx(1.0 - emotion.probability("neutral"))


def test_pleasant_and_unpleasant_words_differ_in_valence(reader: TextEmotion) -> None:
    assert reader.read("I love this, thank you!").valence > 0.2
    assert reader.read("I feel so lonely and sad.").valence < -0.2


def test_an_excited_text_is_more_aroused_than_a_calm_one(reader: TextEmotion) -> None:
    assert reader.read("Oh my god, run, it is going to explode!").arousal > reader.read("I sat by the lake.").arousal


def test_probabilities_mean_what_they_say_on_what_people_wrote(reader: TextEmotion, shared_data: Path) -> None:
    lines = goemotions(shared_data / "goemotions" / "ekman", "test")
    texts, labels = lines.texts[:400], lines.labels[:400]
    said = np.stack([reader.probabilities(text).emotion for text in texts])
    assert calibration_error(said, labels) <= 0.05
    limits = read_trained(models_directory() / TRAINED_FILE)["thresholds"]
    assert f1(said, labels, limits).mean() >= 0.5
    surest = said.argmax(axis=1)
    right = labels[np.arange(len(labels)), surest] > 0
    sure = said.max(axis=1) > 0.7
    assert right[sure].mean() > right[~sure].mean() + 0.15


@pytest.mark.parametrize("text", ["", " ", "\ud800", "日本語", "?" * 5000, "\x00"])
def test_any_text_has_an_emotion(reader: TextEmotion, text: str) -> None:
    assert sum(reader.read(text).distribution) == pytest.approx(1.0)


def test_without_sources_nothing_is_known() -> None:
    assert Fusion().fused(0) == Emotion()


def test_one_source_is_taken_as_it_is() -> None:
    fusion = Fusion()
    fusion.update("words", JOY, 0)
    fused = fusion.fused(0)
    assert fused.distribution == pytest.approx(JOY.distribution)
    assert fused.confidence == pytest.approx(JOY.confidence)


def test_the_surer_source_counts_more() -> None:
    fusion = Fusion()
    fusion.update("face", emotion_from({"joy": 1.0}, 0.9), 0)
    fusion.update("words", emotion_from({"sadness": 1.0}, 0.3), 0)
    fused = fusion.fused(0)
    assert fused.probability("joy") == pytest.approx(0.75)
    assert 0.3 < fused.confidence < 0.9


def test_a_source_without_confidence_changes_nothing() -> None:
    fusion = Fusion()
    fusion.update("words", JOY, 0)
    fusion.update("face", Emotion(), 0)
    assert fusion.fused(0).distribution == pytest.approx(JOY.distribution)


def test_readings_fade_and_a_new_one_replaces_the_old() -> None:
    fusion = Fusion()
    fusion.update("face", JOY, 0)
    later = int(HALF_LIVES_S["face"] * SECOND)
    assert fusion.fused(later).confidence == pytest.approx(JOY.confidence / 2)
    assert fusion.fused(100 * later) == Emotion()
    fusion.update("face", SAD, later)
    assert fusion.fused(later).label == "sadness"


def test_somebody_new_starts_with_nothing() -> None:
    fusion = Fusion()
    fusion.update("voice", SAD, 0)
    fusion.clear()
    assert fusion.fused(0) == Emotion()


def test_an_unknown_source_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Fusion().update("hands", JOY, 0)


SOURCES = st.tuples(
    st.sampled_from(sorted(HALF_LIVES_S)),
    st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda shares: sum(shares) > 0.01),
    st.floats(0.0, 1.0),
    st.integers(0, 20 * SECOND),
)


@given(st.lists(SOURCES, max_size=8), st.integers(0, 40 * SECOND))
def test_whatever_the_sources_say_the_fusion_is_a_valid_emotion(
    readings: list[tuple[str, list[float], float, int]], now: int
) -> None:
    fusion = Fusion()
    for source, shares, confidence, when in readings:
        fusion.update(source, emotion_from(dict(zip(EMOTIONS, shares, strict=True)), confidence), when)
    fused = fusion.fused(now)  # the record itself refuses numbers out of range
    assert fused.confidence <= max([reading[2] for reading in readings], default=0.0) + 1e-9
