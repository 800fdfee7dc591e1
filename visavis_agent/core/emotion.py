"""The emotion record: a distribution over seven labels with intensity, valence/arousal/dominance and confidence.

Labels: Ekman's six (1992) plus neutral; VAD after Russell and Mehrabian (1977), each axis in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EMOTIONS: tuple[str, ...] = ("neutral", "joy", "sadness", "anger", "fear", "surprise", "disgust")
NEUTRAL_DISTRIBUTION: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Emotion:
    """What somebody feels, as far as it can be told.

    Attributes:
        distribution: probabilities in the order of EMOTIONS; each 0–1, sum 1 (± 1e-3).
        intensity: 0–1.
        valence, arousal, dominance: -1–1.
        confidence: 0–1, calibrated where the source is; 0 means "nothing is known".

    Raises:
        ValueError: a number is outside its range, or not finite.
    """

    distribution: tuple[float, ...] = NEUTRAL_DISTRIBUTION
    intensity: float = 0.0
    valence: float = 0.0
    arousal: float = 0.0
    dominance: float = 0.0
    confidence: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "distribution", tuple(float(p) for p in self.distribution))
        if len(self.distribution) != len(EMOTIONS):
            raise ValueError(f"an emotion has {len(EMOTIONS)} probabilities, not {len(self.distribution)}")
        if not all(0.0 <= p <= 1.0 for p in self.distribution) or abs(sum(self.distribution) - 1.0) > 1e-3:
            raise ValueError(f"emotion probabilities are 0–1 and sum to 1: {self.distribution}")
        for name, low in (("intensity", 0.0), ("confidence", 0.0), ("valence", -1.0), ("arousal", -1.0), ("dominance", -1.0)):
            if not low <= getattr(self, name) <= 1.0:
                raise ValueError(f"emotion {name} is {low:g}–1, not {getattr(self, name)}")

    @property
    def label(self) -> str:
        """The most probable label; the earlier of EMOTIONS on a tie."""
        return EMOTIONS[max(range(len(EMOTIONS)), key=lambda i: self.distribution[i])]

    def probability(self, label: str) -> float:
        return self.distribution[EMOTIONS.index(label)]

    @classmethod
    def of(cls, weights: Mapping[str, float], **fields: float) -> Emotion:
        """From weights by label (normalised here; nothing at all means neutral)."""
        total = sum(weights.values())
        if total <= 0:
            return cls(**fields)
        return cls(tuple(weights.get(label, 0.0) / total for label in EMOTIONS), **fields)
