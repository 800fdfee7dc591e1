"""From action units to what a face shows: valence, arousal, a distribution, and how far to trust them.

Prototypes after EMFACS (Friesen and Ekman 1983) as far as the units can be measured: joy and surprise show
well, sadness somewhat; anger, fear and disgust rest on units that geometry hardly sees and get little weight.
"""

from __future__ import annotations

import math

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.perception.action_units import ACTION_UNITS, Expression

# Speaking opens the mouth and blinking shuts the eyes in a tenth of a second; a feeling lasts longer.
_SMOOTHING_NS = 400_000_000
_FORGET_NS = SECOND
_TRUST = {"joy": 0.8, "surprise": 0.7, "sadness": 0.65, "anger": 0.25, "fear": 0.25, "disgust": 0.25}
_LEAST_EVIDENCE = 0.08


class FaceReader:
    """Smooths the action units of one person and reads them."""

    def __init__(self) -> None:
        self._smooth: tuple[float, ...] | None = None
        self._read_ns = 0

    def read(self, expression: Expression, media_ns: int) -> Emotion:
        """The emotion shown; its confidence never exceeds 0.7."""
        elapsed = media_ns - self._read_ns
        if self._smooth is None or not 0 <= elapsed <= _FORGET_NS:
            self._smooth = expression.intensities
        keep = math.exp(-max(0, elapsed) / _SMOOTHING_NS)
        pairs = zip(self._smooth, expression.intensities, strict=True)
        self._smooth = tuple(keep * old + (1 - keep) * new for old, new in pairs)
        self._read_ns = media_ns
        return emotion_of(Expression(self._smooth, expression.confidence))


def emotion_of(expression: Expression) -> Emotion:
    """The emotion of action units."""
    unit = dict(zip(ACTION_UNITS, expression.intensities, strict=True))
    brows = math.sqrt(unit[1] * unit[2])
    evidence = {
        "joy": unit[12] * (0.75 + 0.25 * unit[6]),
        "surprise": brows * (0.5 + 0.5 * unit[26]) * (1 - unit[12]),
        "sadness": (0.6 * unit[15] + 0.4 * max(0.0, unit[1] - unit[2])) * (1 - unit[12]),
        "anger": unit[4] * (1 - unit[1]) * (1 - unit[12]),
        "fear": brows * unit[4] * (0.5 + 0.5 * unit[20]),
        "disgust": unit[10] * (1 - unit[12]) * (1 - brows),
    }
    weights = {label: max(0.0, value * _TRUST[label] - _LEAST_EVIDENCE) for label, value in evidence.items()}
    weights["neutral"] = max(0.05, 1 - 1.5 * sum(weights.values()))
    valence = unit[12] - 0.6 * unit[15] - 0.4 * unit[4] - 0.3 * evidence["disgust"]
    arousal = 0.6 * brows + 0.4 * unit[26] + 0.3 * unit[12] - 0.3 * evidence["sadness"]
    return Emotion.of(
        weights,
        intensity=min(1.0, max(evidence.values())),
        valence=max(-1.0, min(1.0, valence)),
        arousal=max(-1.0, min(1.0, arousal)),
        confidence=0.7 * expression.confidence,
    )
