from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis_agent.core.inference import InferenceBackend, InferenceSettings
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue.emotion import TextEmotion, emotion_from, open_text_emotion
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


@pytest.mark.parametrize("text", ["where is the dinosaur hall", "how much is a ticket", "are you a robot"])
def test_a_plain_question_is_not_half_surprised(reader: TextEmotion, text: str) -> None:
    emotion = reader.read(text)
    assert emotion.probability("neutral") > 0.75
    assert emotion.probability("surprise") < 0.1


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
