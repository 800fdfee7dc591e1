"""What the visitor feels: read from the words, and fused from words, voice and face."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, NEUTRAL_DISTRIBUTION, Emotion
from visavis_agent.core.inference import InferenceBackend, InferenceSession
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue.tokens import TOKENIZER_FILE, Tokens

Numbers = npt.NDArray[np.float32]
Pad = tuple[float, float, float]

# Pleasure, arousal, dominance of each label (Russell and Mehrabian 1977, Evidence for a three-factor theory).
PROTOTYPES: dict[str, Pad] = {
    "neutral": (0.0, 0.0, 0.0),
    "joy": (0.81, 0.51, 0.46),
    "sadness": (-0.63, -0.27, -0.33),
    "anger": (-0.51, 0.59, 0.25),
    "fear": (-0.64, 0.60, -0.43),
    "surprise": (0.40, 0.67, -0.13),
    "disgust": (-0.60, 0.35, 0.11),
}

EMOTION_FILE = "emotion-int8.onnx"
# EmoBank's mean ratings keep near the middle of their scale; so stretched they span what the prototypes do.
VAD_STRETCH = 2.0

# How long a reading stays half as good as new: a face changes within seconds, words colour a whole exchange.
HALF_LIVES_S: dict[str, float] = {"face": 2.0, "voice": 8.0, "words": 12.0}


def emotion_from(probabilities: Mapping[str, float], confidence: float) -> Emotion:
    """An emotion whose intensity is the share that is not neutral and whose VAD is the labels' mean.

    Args:
        probabilities: weights by label, not all 0; normalised here.
        confidence: 0–1.
    """
    total = sum(probabilities.values())
    shares = {label: weight / total for label, weight in probabilities.items()}
    pad = [sum(share * PROTOTYPES[label][axis] for label, share in shares.items()) for axis in range(3)]
    return Emotion.of(
        shares,
        intensity=min(1.0, max(0.0, 1.0 - shares.get("neutral", 0.0))),
        valence=pad[0],
        arousal=pad[1],
        dominance=pad[2],
        confidence=confidence,
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What the net says of a sentence.

    Attributes:
        emotion: (7,) a probability for each label by itself, in the order of EMOTIONS.
        vad: (3,) in EmoBank's narrow range.
        asks: probability that the speaker is curious or confused.
    """

    emotion: Numbers
    vad: Numbers
    asks: float


class TextEmotion:
    """Reads feelings from words with the net that set-up builds (models/emotion.md has its data and figures)."""

    def __init__(self, session: InferenceSession, tokenizer: Path) -> None:
        self._session = session
        self._tokens = Tokens(tokenizer)

    @property
    def provider(self) -> str:
        """What the net runs on."""
        return self._session.provider

    def read(self, text: str) -> Emotion:
        """The emotion of a sentence; its confidence is the calibrated probability of the likeliest label.

        Ekman's grouping of labels takes curiosity for surprise. Who asks somebody whose place it is to know is not
        surprised: his share of surprise counts as neutral.
        """
        said = self.probabilities(text)
        weights = dict(zip(EMOTIONS, map(float, said.emotion), strict=True))
        weights["neutral"] = max(weights["neutral"], said.asks)
        weights["surprise"] *= 1.0 - said.asks
        calm = weights["neutral"] / sum(weights.values())
        valence, arousal, dominance = (float(value) for value in np.clip(said.vad * VAD_STRETCH, -1.0, 1.0))
        return Emotion.of(
            weights,
            intensity=1.0 - calm,
            valence=valence,
            arousal=arousal,
            dominance=dominance,
            confidence=max(weights.values()),
        )

    def probabilities(self, text: str) -> Said:
        """What the net says."""
        emotion, vad, asks = self._session.run(self._tokens(text))
        return Said(emotion[0].astype(np.float32), vad[0].astype(np.float32), float(asks[0, 0]))


def open_text_emotion(backend: InferenceBackend, models: Path | None = None) -> TextEmotion:
    """The reader that set-up built.

    Raises:
        EngineError: it is missing or damaged.
    """
    models = models or models_directory()
    return TextEmotion(backend.load(models / EMOTION_FILE), models / TOKENIZER_FILE)


@dataclass(frozen=True, slots=True)
class _Reading:
    emotion: Emotion
    media_ns: int


class Fusion:
    """Late fusion: a linear opinion pool (Stone 1961) weighted by confidence and freshness (EAI-Avatar §3.2).

    Sources are "face", "voice" and "words"; any may be missing, stale or without confidence.
    """

    def __init__(self) -> None:
        self._readings: dict[str, _Reading] = {}

    def update(self, source: str, emotion: Emotion, media_ns: int) -> None:
        """Take the newest reading of a source; KeyError for an unknown source."""
        if source not in HALF_LIVES_S:
            raise KeyError(source)
        self._readings[source] = _Reading(emotion, media_ns)

    def clear(self) -> None:
        """Forget everything: somebody else stands there."""
        self._readings.clear()

    def weights(self, now_ns: int) -> dict[str, float]:
        """What each source counts at `now_ns`, 0–1: the explanation of the fused emotion."""
        weights = {}
        for source, reading in self._readings.items():
            age = max(0, now_ns - reading.media_ns) / SECOND
            weights[source] = reading.emotion.confidence * math.pow(0.5, age / HALF_LIVES_S[source])
        return {source: weight for source, weight in weights.items() if weight > 1e-3}

    def fused(self, now_ns: int) -> Emotion:
        """The visitor's emotion; confidence 0 and neutral when no source says anything.

        The confidence is the sources' own, weighted like their distributions: two weak readings make no
        strong one.
        """
        weights = self.weights(now_ns)
        total = sum(weights.values())
        if total <= 0.0:
            return Emotion()
        parts = [(weight / total, self._readings[source].emotion) for source, weight in sorted(weights.items())]
        shares = [sum(part * e.distribution[k] for part, e in parts) for k in range(len(NEUTRAL_DISTRIBUTION))]
        return Emotion.of(
            dict(zip(EMOTIONS, shares, strict=True)),
            intensity=_mean(parts, "intensity"),
            valence=_mean(parts, "valence"),
            arousal=_mean(parts, "arousal"),
            dominance=_mean(parts, "dominance"),
            confidence=sum(part * weights[source] for (part, _), source in zip(parts, sorted(weights), strict=True)),
        )


def _mean(parts: list[tuple[float, Emotion]], name: str) -> float:
    low = 0.0 if name == "intensity" else -1.0
    return min(1.0, max(low, sum(part * float(getattr(emotion, name)) for part, emotion in parts)))
