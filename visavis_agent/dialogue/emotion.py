"""What the visitor feels, read from his words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import EMOTIONS, Emotion
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

        Ekman's grouping of labels counts curiosity and confusion as surprise. Who asks somebody whose place it is to
        know is not surprised: that part of his surprise counts as neutral.
        """
        said = self.probabilities(text)
        weights = dict(zip(EMOTIONS, map(float, said.emotion), strict=True))
        asks = min(said.asks, weights["surprise"])
        weights["neutral"] = min(1.0, weights["neutral"] + asks)
        weights["surprise"] -= asks
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
