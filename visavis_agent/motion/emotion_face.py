"""Emotion on the face: distribution and VAD → FACS action units → ARKit coefficients.

Action units per emotion after Ekman and Friesen's EMFACS (1983), their strengths chosen by eye. No action
unit here parts the lips, so the mouth stays shut in silence and speech keeps its closures.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis_agent.core.arkit import ARKIT_NAMES, coefficients
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.motion.curves import Spring, unit_range

Array = npt.NDArray[np.float64]
_UNITS: dict[int, dict[str, float]] = {
    1: {"browInnerUp": 1.0},
    2: {"browOuterUp": 1.0},
    4: {"browDown": 1.0},
    5: {"eyeWide": 1.0},
    6: {"cheekSquint": 1.0, "eyeSquint": 0.25},
    7: {"eyeSquint": 1.0},
    # A sneer lifts the upper lip; rolled in a little, the lower one stays with it.
    9: {"noseSneer": 1.0, "mouthRollLower": 0.7},
    12: {"mouthSmile": 1.0, "mouthDimple": 0.12},
    15: {"mouthFrown": 1.0},
    17: {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.25},
    20: {"mouthStretch": 1.0},
    24: {"mouthPress": 1.0, "mouthRollLower": 0.15},
}
"""ARKit coefficients of each FACS action unit at full strength."""
_PROTOTYPES: dict[str, dict[int, float]] = {
    "neutral": {},
    "joy": {1: 0.10, 2: 0.18, 6: 0.60, 12: 0.75},
    "sadness": {1: 0.90, 4: 0.18, 7: 0.12, 15: 0.65, 17: 0.40},
    "anger": {4: 0.90, 5: 0.15, 7: 0.50, 9: 0.25, 15: 0.25, 24: 0.45},
    "fear": {1: 0.90, 2: 0.25, 4: 0.25, 5: 0.75, 15: 0.20, 20: 0.50},
    "surprise": {1: 0.80, 2: 0.90, 5: 0.75},
    "disgust": {4: 0.45, 6: 0.25, 7: 0.50, 9: 0.42, 15: 0.45, 17: 0.55},
}
_WHILE_SPEAKING = {9: 0.6, 12: 0.7, 15: 0.4, 17: 0.25, 20: 0.3, 24: 0.0}
"""What is left of a lower action unit while the lips are busy: a sad sentence keeps clear lips."""
_HEAD_DOWN = {"sadness": 0.06, "surprise": -0.03, "fear": -0.02, "joy": -0.015, "anger": 0.02}
_NUMBERS = tuple(_UNITS)
_COLUMN = {number: i for i, number in enumerate(_NUMBERS)}
_RISE, _FALL = 7.0, 3.2
_QUICK = {1: 13.0, 2: 13.0, 5: 14.0}
_ASYMMETRY = 0.05


def _rows(table: dict[int, float], default: float) -> Array:
    return np.array([table.get(number, default) for number in _NUMBERS])


_STRENGTHS = np.array([_rows(_PROTOTYPES[label], 0.0) for label in EMOTIONS])
_LOWER = _rows(_WHILE_SPEAKING, 1.0)
_RISE_RATES = _rows(_QUICK, _RISE)
_HEAD = np.array([_HEAD_DOWN.get(label, 0.0) for label in EMOTIONS])
_MAP = np.array([coefficients(**_UNITS[number]) for number in _NUMBERS], np.float64)
_LEFT = np.array([name.endswith("Left") for name in ARKIT_NAMES])


def action_units(emotion: Emotion) -> Array:
    """(12,) target strengths 0–1 of the action units used here."""
    target = _felt(emotion) @ _STRENGTHS
    for number, value in _from_vad(emotion).items():
        target[_COLUMN[number]] += value
    return unit_range(target)


def _felt(emotion: Emotion) -> Array:
    """(7,) how much of each emotion, 0–1. What is not neutral and the intensity tell the same, once as a share and once
    as an amount; the smaller of the two counts.
    """
    shares = np.array(emotion.distribution)
    felt = 1.0 - emotion.probability("neutral")
    return shares * min(1.0, emotion.intensity / max(felt, 1e-9))


def _from_vad(emotion: Emotion) -> dict[int, float]:
    """A little of the face follows valence, arousal and dominance directly (Mehrabian 1977)."""
    pleasant, unpleasant = max(emotion.valence, 0.0), max(-emotion.valence, 0.0)
    aroused = max(emotion.arousal, 0.0)
    return {
        12: 0.16 * pleasant,
        6: 0.10 * pleasant,
        15: 0.10 * unpleasant,
        4: 0.06 * unpleasant,
        5: 0.10 * aroused,
        2: 0.06 * aroused,
        1: 0.06 * max(-emotion.dominance, 0.0),
    }


class EmotionFace:
    """Follows an emotion with an onset faster than the offset, slightly uneven between the sides.

    Args:
        expressiveness: factor on everything shown.
    """

    def __init__(self, rng: np.random.Generator, expressiveness: float) -> None:
        self._expressiveness = expressiveness
        self._felt: Emotion | None = None
        self._goal = np.zeros(len(_NUMBERS))
        self._lowered = 0.0
        self._value = np.zeros(len(_NUMBERS))
        self._velocity = np.zeros(len(_NUMBERS))
        self._head = Spring(_FALL)
        uneven = np.clip(rng.normal(0.0, _ASYMMETRY, len(_NUMBERS)), -0.1, 0.1)
        self._map = _MAP * (1.0 + np.where(_LEFT[None, :], uneven[:, None], -uneven[:, None]))

    def step(self, emotion: Emotion, speaking: float, dt: float) -> tuple[Array, float]:
        """(52,) coefficients `dt` s later, and a lowering of the head, rad; `speaking` 0–1 frees the
        mouth.
        """
        if emotion is not self._felt:  # it stays the same for many frames
            self._felt = emotion
            self._goal = self._expressiveness * action_units(emotion)
            self._lowered = self._expressiveness * float(_felt(emotion) @ _HEAD)
        target = self._goal
        rates = np.where(target > self._value, _RISE_RATES, _FALL)
        error = self._value - target
        drive = self._velocity + rates * error
        decay = np.exp(-rates * dt)
        self._value = target + (error + drive * dt) * decay
        self._velocity = (self._velocity - rates * drive * dt) * decay
        shown = unit_range(self._value) * (1.0 - speaking * (1.0 - _LOWER))
        face: Array = unit_range(np.asarray(shown @ self._map))
        return face, self._head.step(self._lowered, dt)
