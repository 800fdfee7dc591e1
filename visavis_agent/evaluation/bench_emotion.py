"""The emotion bench: are feelings read right from words, how surely, how fast, and does a broken source do harm."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.inference import InferenceBackend
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue.emotion import TextEmotion, open_text_emotion
from visavis_agent.dialogue.emotion_setup import TRAINED_FILE, read_trained
from visavis_agent.evaluation.bench_fusion import fusion
from visavis_agent.evaluation.bench_tone import tone
from visavis_agent.evaluation.emotion_data import Array, as_spoken, emobank, goemotions
from visavis_agent.evaluation.emotion_scores import calibration_error, correlations, f1
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.utterances import recordings

_QUICK_STEP = 12
_NOTES = (
    "path unit: the int8 net that set-up builds, one sentence at a time, on one thread; ms from text to emotion",
    "written: as people wrote it; spoken: without capitals, punctuation and signs, as a recogniser writes",
    "macro_f1 with a threshold for each label, set on the dev part; calibration_error over all labels as yes-or-no "
    "questions, 15 bins; vad_r: Pearson's r with EmoBank's ratings, valence, arousal, dominance",
    "fusion: visits of 30 single-label lines, read by the words, a simulated face that sees the label 55 % of the "
    "time, guesses otherwise, and knows both that and how often the labels are, and a simulated voice (45 %); share "
    "read right by each alone, by words and face, by all three, and by these when one is stuck on each label in turn "
    "(mean and worst) or says what belongs to other lines; worst_drop: how far below the best of the others; "
    "unavoidable_drop: what any rule loses, on the mean, of two when either says what belongs to other lines; no real "
    "multimodal data",
    "tone: what the hand-made reader of voices says of two acted speakers, utterance by utterance, at first hearing "
    "and after their neutral recording (first, known): mean arousal; share read right by boundaries set on the other "
    "speaker (left_out: of sadness, neutral, joy; of joy and sadness alone); pairs in which joy is more aroused than "
    "sadness; calm speech of people and of voices, where there should be none. Two speakers are no validation",
)


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench emotion`.

    Args:
        quick: every twelfth sentence.
        seed: of the simulated face.

    Raises:
        ConfigurationError: the data are not there.
        EngineError: the net was not built.
    """
    begin, machine = time.perf_counter(), describe_machine()
    step = _QUICK_STEP if quick else 1
    directory = recordings()
    if directory is None or not (directory / "goemotions").is_dir():
        raise ConfigurationError(
            "there are no lines with feelings", "VISAVIS_DATA", "Name the directory of goemotions/"
        )
    lines = goemotions(directory / "goemotions" / "ekman", "test")
    texts, labels = lines.texts[::step], lines.labels[::step]
    rated = emobank(directory / "emobank" / "emobank.csv", "test")
    reader = open_text_emotion(InferenceBackend(report=lambda _, words: print(words, file=sys.stderr)))
    limits = read_trained(models_directory() / TRAINED_FILE)["thresholds"]
    times: list[float] = []
    written = _probabilities(reader, texts, times)
    spoken = _probabilities(reader, as_spoken(texts), times)
    said = np.stack([reader.probabilities(text).vad for text in rated.texts[::step]])
    return {
        "bench": "emotion",
        "version": package_version(),
        "machine": machine,
        "engines": {"dialogue": f"MiniLM with feelings, int8 on {reader.provider}"},
        "path": "unit",
        "data": f"GoEmotions test, Ekman labels ({len(texts)} lines); EmoBank test ({len(said)} sentences)",
        "written": figures(written, labels, limits),
        "spoken": figures(spoken, labels, limits),
        "vad_r": [round(float(r), 3) for r in correlations(said, rated.vad[::step])],
        "ms": {"p50": round(float(np.percentile(times, 50)), 2), "p95": round(float(np.percentile(times, 95)), 2)},
        "fusion": fusion(written, labels, np.random.default_rng(seed)),
        "tone": tone(directory),
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": list(_NOTES),
    }


def figures(said: Array, truth: Array, limits: Array) -> dict[str, Any]:
    """How good the probabilities (n, 7) are for labels (n, 7), taken for true from `limits` (7,) on."""
    scores = f1(said, truth, limits)
    return {
        "macro_f1": round(float(scores.mean()), 3),
        "f1": {label: round(float(score), 3) for label, score in zip(EMOTIONS, scores, strict=True)},
        "calibration_error": round(calibration_error(said, truth), 4),
    }


def _probabilities(reader: TextEmotion, texts: list[str], times: list[float]) -> Array:
    rows = []
    for text in texts:
        begin = time.perf_counter()
        reader.read(text)
        times.append((time.perf_counter() - begin) * 1000)
        rows.append(reader.probabilities(text).emotion)
    return np.stack(rows)
