"""The emotion record: a distribution over seven labels with intensity, valence/arousal/dominance and confidence.

Labels: Ekman's six (1992) plus neutral; VAD after Russell and Mehrabian (1977), each axis in [-1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

EMOTIONS: tuple[str, ...] = ("neutral", "joy", "sadness", "anger", "fear", "surprise", "disgust")
# How often people's lines carry each label: GoEmotions' lines with one label.
EMOTION_RATES: tuple[float, ...] = (0.32, 0.37, 0.06, 0.12, 0.02, 0.09, 0.02)
NEUTRAL_DISTRIBUTION: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
# How far a computed number may lie outside its range before that is a mistake and no rounding.
ROUNDING = 1e-6
_LOWEST = {"intensity": 0.0, "valence": -1.0, "arousal": -1.0, "dominance": -1.0, "confidence": 0.0}


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
        for name, low in _LOWEST.items():
            value = float(getattr(self, name))
            object.__setattr__(self, name, value)
            if not low <= value <= 1.0:
                raise ValueError(f"emotion {name} is {low:g}–1, not {value}")

    @property
    def label(self) -> str:
        """The most probable label; the earlier of EMOTIONS on a tie."""
        return EMOTIONS[max(range(len(EMOTIONS)), key=lambda i: self.distribution[i])]

    def probability(self, label: str) -> float:
        return self.distribution[EMOTIONS.index(label)]

    @classmethod
    def of(
        cls,
        weights: Mapping[str, float],
        *,
        intensity: float = 0.0,
        valence: float = 0.0,
        arousal: float = 0.0,
        dominance: float = 0.0,
        confidence: float = 0.0,
    ) -> Emotion:
        """From computed numbers: weights by label, normalised here, and scalars that may carry rounding errors.

        Labels left out weigh nothing; no weight at all means neutral. Numbers outside their range by at most ROUNDING
        are moved to its end, so that sums and differences of valid numbers can be given as they come.

        Raises:
            ValueError: an unknown label, or a number that is not finite or further outside its range.
        """
        unknown = sorted(set(weights) - set(EMOTIONS))
        if unknown:
            raise ValueError(f"no such emotion: {', '.join(unknown)}")
        scalars = (intensity, valence, arousal, dominance, confidence)
        kept = [_rounded_off(name, value) for name, value in zip(_LOWEST, scalars, strict=True)]
        return cls(_normalised([float(weights.get(label, 0.0)) for label in EMOTIONS]), *kept)


def _rounded_off(name: str, value: float) -> float:
    low = _LOWEST[name]
    if not low - ROUNDING <= value <= 1.0 + ROUNDING:
        raise ValueError(f"emotion {name} is {low:g}–1, not {value}")
    return min(1.0, max(low, float(value)))


def _normalised(weights: list[float]) -> tuple[float, ...]:
    largest = max(weights)
    if not all(math.isfinite(weight) for weight in weights) or min(weights) < -ROUNDING * max(1.0, largest):
        raise ValueError(f"emotion weights are finite and not negative: {weights}")
    positive = [max(0.0, weight) for weight in weights]
    total = sum(positive)
    if total == 0.0:
        return NEUTRAL_DISTRIBUTION
    if math.isinf(total):  # each is finite, so that shares of the largest add up to 7 at most
        return _normalised([weight / largest for weight in positive])
    return tuple(weight / total for weight in positive)
