"""A dictionary of what a listener's face does while it listens: sequences of expression for each emotion.

After the Listener Emotion Expression Dictionary of EAI-Avatar (section 3.4): for the emotion of the moment a sequence
is drawn at random, never the same twice in a row, for as long as it takes. Here the sequences are written down as
action units at times; a damped follower leads from point to point and from one sequence into the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.motion.curves import Spring, unit_range

Array = npt.NDArray[np.float64]
UNITS = ("inner_brow", "outer_brow", "frown", "lids", "squint", "cheeks", "smile", "corners_down", "chin", "press")
"""What a sequence moves: action units 1, 2, 4, 5, 7, 6, 12, 15, 17 and 24."""
PITCH, ROLL = "pitch", "roll"
_CHANNELS = (*UNITS, PITCH, ROLL)
_INDEX = {name: i for i, name in enumerate(_CHANNELS)}


@dataclass(frozen=True, slots=True)
class Sequence:
    """Points of time, s, with the strengths (0–1; head in rad) that are reached there; the end is the next's start."""

    name: str
    seconds: float
    points: tuple[tuple[float, dict[str, float]], ...]


def _sequence(name: str, seconds: float, *points: tuple[float, dict[str, float]]) -> Sequence:
    return Sequence(name, seconds, points)


LEED: dict[str, tuple[Sequence, ...]] = {
    "neutral": (
        _sequence(
            "attend", 3.6, (0.5, {"inner_brow": 0.12, "outer_brow": 0.14, "lids": 0.08}), (2.4, {"squint": 0.06})
        ),
        _sequence("consider", 4.4, (0.7, {"frown": 0.14, "squint": 0.16, "roll": 0.02}), (2.9, {"press": 0.14})),
        _sequence("warm", 4.0, (0.8, {"smile": 0.16, "cheeks": 0.08}), (2.6, {"smile": 0.10, "outer_brow": 0.06})),
        _sequence("look closer", 3.8, (0.6, {"squint": 0.20, "frown": 0.08, "pitch": 0.015}), (2.2, {"lids": 0.06})),
        _sequence("follow", 4.8, (0.5, {"outer_brow": 0.18}), (1.5, {"squint": 0.08}), (3.3, {"inner_brow": 0.12})),
        _sequence("weigh", 3.4, (0.9, {"press": 0.20, "chin": 0.10}), (2.3, {"roll": -0.02, "outer_brow": 0.08})),
    ),
    "joy": (
        _sequence("smile", 3.6, (0.6, {"smile": 0.30, "cheeks": 0.22}), (2.4, {"smile": 0.20, "cheeks": 0.12})),
        _sequence("beam", 4.2, (0.5, {"smile": 0.38, "cheeks": 0.30, "outer_brow": 0.12}), (2.6, {"smile": 0.24})),
        _sequence("amused", 3.8, (0.7, {"smile": 0.26, "squint": 0.20, "roll": 0.03}), (2.4, {"smile": 0.22})),
        _sequence(
            "delighted", 3.2, (0.4, {"outer_brow": 0.32, "inner_brow": 0.22, "smile": 0.30}), (1.6, {"smile": 0.26})
        ),
    ),
    "sadness": (
        _sequence(
            "feel with", 4.4, (1.0, {"inner_brow": 0.42, "frown": 0.10}), (3.0, {"inner_brow": 0.28, "press": 0.12})
        ),
        _sequence("sink", 5.0, (1.2, {"inner_brow": 0.34, "corners_down": 0.22, "pitch": 0.03}), (3.6, {"chin": 0.16})),
        _sequence("soften", 4.2, (0.9, {"inner_brow": 0.30, "smile": 0.08, "roll": 0.03}), (2.8, {"inner_brow": 0.20})),
        _sequence("press", 4.0, (0.8, {"press": 0.26, "inner_brow": 0.24}), (2.6, {"corners_down": 0.14})),
    ),
    "anger": (
        _sequence("concern", 4.0, (0.7, {"frown": 0.34, "squint": 0.14}), (2.6, {"frown": 0.22, "press": 0.16})),
        _sequence("brace", 3.6, (0.6, {"press": 0.28, "frown": 0.20}), (2.2, {"lids": 0.08, "pitch": 0.015})),
        _sequence(
            "disapprove", 4.2, (0.9, {"frown": 0.26, "chin": 0.14, "roll": -0.02}), (2.8, {"corners_down": 0.12})
        ),
    ),
    "fear": (
        _sequence("worry", 4.0, (0.6, {"inner_brow": 0.40, "outer_brow": 0.16, "lids": 0.18}), (2.6, {"frown": 0.12})),
        _sequence("alarm", 3.4, (0.4, {"inner_brow": 0.34, "lids": 0.28, "pitch": -0.015}), (2.0, {"press": 0.10})),
        _sequence(
            "uneasy", 4.4, (0.9, {"inner_brow": 0.26, "press": 0.20}), (3.0, {"outer_brow": 0.10, "squint": 0.08})
        ),
    ),
    "surprise": (
        _sequence(
            "oh", 3.2, (0.35, {"inner_brow": 0.46, "outer_brow": 0.52, "lids": 0.34}), (1.8, {"outer_brow": 0.16})
        ),
        _sequence("really", 3.6, (0.45, {"outer_brow": 0.44, "lids": 0.20, "roll": 0.03}), (2.0, {"smile": 0.16})),
        _sequence(
            "puzzled", 4.0, (0.5, {"outer_brow": 0.34, "inner_brow": 0.24}), (2.0, {"frown": 0.18, "squint": 0.12})
        ),
    ),
    "disgust": (
        _sequence("recoil", 3.6, (0.6, {"squint": 0.22, "frown": 0.18, "pitch": -0.02}), (2.2, {"press": 0.14})),
        _sequence("distaste", 4.0, (0.8, {"corners_down": 0.20, "chin": 0.22, "frown": 0.10}), (2.6, {"squint": 0.12})),
        _sequence("doubt", 3.8, (0.7, {"frown": 0.16, "press": 0.20, "roll": -0.03}), (2.4, {"outer_brow": 0.12})),
    ),
}
"""Emotion → what a listener who feels it may do; strengths are those of conversation, not of posed faces."""
_RATES = np.array(
    [5.0 if name in (PITCH, ROLL) else 7.0 if "brow" in name or name == "lids" else 5.5 for name in _CHANNELS]
)
_SHOWN_FROM = 0.12
_NEUTRAL_SCALE, _FELT_SCALE = (1.4, 2.1), (0.8, 1.3)
_LEAD = 0.45  # the follower is on its way for about so long, s


@dataclass(frozen=True, slots=True)
class Shown:
    """Strengths (0–1) of UNITS in their order, and the head's share of it, rad."""

    units: Array
    pitch: float
    roll: float


class ListenerExpressions:
    """Draws sequences and plays them, one after the other, as long as it listens."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._sequence: Sequence | None = None
        self._label = ""
        self._start = 0.0
        self._scale = 1.0
        self._mirror = 1.0
        self._value = np.zeros(len(_CHANNELS))
        self._velocity = np.zeros(len(_CHANNELS))
        self._weight = Spring(4.0)
        self.played: list[str] = []
        """The last sequences' names, the newest at the end."""

    def step(self, time: float, dt: float, emotion: Emotion, attention: float) -> Shown:
        """What is shown at media time `time` (s), `dt` s after the last step.

        Args:
            emotion: what the listener feels.
            attention: 0–1, 1 while somebody speaks to it; at 0 the face comes to rest.
        """
        label = _strongest(emotion)
        weight = self._weight.step(attention, dt)
        if attention > 0.0 and (self._over(time) or label != self._label):
            self._draw(time, label)
        if attention <= 0.0:
            self._sequence = None
        self._follow(self._target(time), dt)
        shown = weight * self._value
        return Shown(unit_range(shown[: len(UNITS)]), float(shown[_INDEX[PITCH]]), float(shown[_INDEX[ROLL]]))

    def _over(self, time: float) -> bool:
        return self._sequence is None or time >= self._start + self._sequence.seconds

    def _draw(self, time: float, label: str) -> None:
        last = self.played[-1] if self.played else ""
        choice = [sequence for sequence in LEED[label] if sequence.name != last]
        self._sequence = choice[int(self._rng.integers(len(choice)))]
        self._label, self._start = label, time
        # What is felt shows without it (emotion_face.py); without a feeling this is all there is.
        self._scale = float(self._rng.uniform(*(_NEUTRAL_SCALE if label == "neutral" else _FELT_SCALE)))
        self._mirror = 1.0 if self._rng.random() < 0.5 else -1.0
        self.played = [*self.played[-7:], self._sequence.name]

    def _target(self, time: float) -> Array:
        """The point that the sequence heads for; before its first one the last sequence's end lingers."""
        target = np.zeros(len(_CHANNELS))
        if self._sequence is None:
            return target
        elapsed = time - self._start
        reached = [values for at, values in self._sequence.points if elapsed >= at - _LEAD]
        for name, value in (reached[-1] if reached else {}).items():
            target[_INDEX[name]] = self._scale * value
        target[_INDEX[ROLL]] *= self._mirror
        return target

    def _follow(self, target: Array, dt: float) -> None:
        """Critically damped: no jump in value or velocity, whatever comes next."""
        decay = np.exp(-_RATES * dt)
        error = self._value - target
        drive = self._velocity + _RATES * error
        self._value = target + (error + drive * dt) * decay
        self._velocity = (self._velocity - _RATES * drive * dt) * decay


def _strongest(emotion: Emotion) -> str:
    """The label whose sequences fit; neutral as long as nothing is felt clearly."""
    felt = [_SHOWN_FROM, *(emotion.intensity * share for share in emotion.distribution[1:])]
    return EMOTIONS[felt.index(max(felt))]
