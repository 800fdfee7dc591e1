from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.embedding import SentenceEncoder
from visavis_agent.dialogue.emotion import HALF_LIVES_S, Fusion, TextEmotion, emotion_from

JOY = emotion_from({"joy": 0.9, "neutral": 0.1}, 0.8)
SAD = emotion_from({"sadness": 0.9, "neutral": 0.1}, 0.8)


@pytest.fixture(scope="module")
def reader(encoder: SentenceEncoder) -> TextEmotion:
    return TextEmotion(encoder)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I am overjoyed, this is the best day ever!", "joy"),
        ("My best friend died and I can't stop crying.", "sadness"),
        ("I'm fed up with this rubbish, give me my money back!", "anger"),
        ("Please help, I'm so afraid of the dark.", "fear"),
        ("Wow, I never expected that!", "surprise"),
        ("Yuck, the soup smells rotten, how disgusting.", "disgust"),
        ("Where is the ticket office?", "neutral"),
    ],
)
def test_plain_feelings_are_read_from_the_words(
    reader: TextEmotion, encoder: SentenceEncoder, text: str, label: str
) -> None:
    emotion = reader.read(encoder.encode([text])[0])
    assert emotion.label == label
    assert emotion.confidence == pytest.approx(max(emotion.distribution))


def test_pleasant_and_unpleasant_words_differ_in_valence(reader: TextEmotion, encoder: SentenceEncoder) -> None:
    glad, sad = encoder.encode(["I love this, thank you!", "I feel so lonely and sad."])
    assert reader.read(glad).valence > 0.2
    assert reader.read(sad).valence < -0.2


def test_confidence_is_honest_on_what_people_wrote(
    reader: TextEmotion, encoder: SentenceEncoder, shared_data: Path
) -> None:
    directory = shared_data / "goemotions" / "ekman"
    labels = (directory / "labels.txt").read_text().split()
    rows = [line.split("\t") for line in (directory / "test.tsv").read_text(encoding="utf-8").splitlines()]
    single = [(text, labels[int(label)]) for text, label, _ in rows if "," not in label][:400]
    emotions = [reader.read(vector) for vector in encoder.encode([text for text, _ in single])]
    right = np.array([e.label == label for e, (_, label) in zip(emotions, single, strict=True)])
    confidence = np.array([emotion.confidence for emotion in emotions])
    assert right.mean() >= 0.35  # seven labels; no training
    assert abs(right.mean() - confidence.mean()) <= 0.08
    assert right[confidence > 0.6].mean() > right[confidence < 0.4].mean() + 0.1


def test_a_zero_vector_is_neutral(reader: TextEmotion) -> None:
    assert reader.read(np.zeros(384, np.float32)).label == "neutral"


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
