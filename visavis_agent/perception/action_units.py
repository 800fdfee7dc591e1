"""Action units (Ekman, Friesen and Hager 2002) from geometry, against each person's own running neutral face.

Between people the resting face differs by as much as an expression changes it: absolute shapes say little.
Gains of FaceMesh against true displacement were measured by warping portraits; AU 9, 11, 14, 23 and 24 cannot
be measured this way.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, fields

import numpy as np

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import Float3
from visavis_agent.perception.face_table import Points
from visavis_agent.perception.features import AVERAGE, Features

# Displacement (mm) that counts as intensity 1, and the gain of the measurement.
_FULL = {1: 6.0, 2: 6.0, 4: 4.0, 6: 2.5, 10: 4.0, 12: 8.0, 15: 5.0, 18: 10.0, 20: 8.0, 25: 8.0, 26: 18.0}
_GAIN = {
    1: 0.6,
    2: 0.6,
    4: 0.4,
    6: 0.84,
    10: 1.05,
    12: 0.77,
    15: 0.89,
    18: 0.6,
    20: 0.6,
    25: 0.8,
    26: 0.69,
}
_LID_GAIN = 0.77
ACTION_UNITS = (1, 2, 4, 6, 10, 12, 15, 18, 20, 25, 26, 45)

_MOUTH_UNITS, _EYE_UNITS = frozenset({10, 12, 15, 18, 20, 25, 26}), frozenset({6, 45})
_OF_MOUTH = np.array(
    [field.name in {"upper_lip", "corners", "mouth_width", "lip_gap", "jaw"} for field in fields(Features)]
)
_WITHOUT_MOUTH, _WITHOUT_EYES = 0.4, 0.7  # of the certainty

# The neutral face is the median over half a minute, seen twice a second. In the first seconds it is drawn to
# the average one, because somebody may come in smiling.
_MEMORY = 60
_SAMPLE_NS = 500 * MS
_PRIOR_SAMPLES = 3

_FRONTAL, _USELESS = math.radians(12), math.radians(40)


class NeutralFace:
    """A person's resting face, learnt while the person is seen."""

    def __init__(self) -> None:
        self._samples: deque[Points] = deque(maxlen=_MEMORY)
        self._sampled_ns: int | None = None

    @property
    def known(self) -> float:
        """0–1: how far it can be relied on; 1 after ten seconds."""
        return min(1.0, len(self._samples) * _SAMPLE_NS / (10 * SECOND))

    def learn(self, features: Features, media_ns: int, mouth_hidden: bool = False) -> None:
        """Take a face that is turned to the camera; of a hidden mouth nothing is learnt."""
        if self._sampled_ns is None or media_ns - self._sampled_ns >= _SAMPLE_NS:
            self._sampled_ns = media_ns
            self._samples.append(np.where(_OF_MOUTH & mouth_hidden, np.nan, features.values()))

    def face(self) -> Features:
        """The neutral features by what is known so far."""
        if not self._samples:
            return AVERAGE
        prior = max(0, _PRIOR_SAMPLES - len(self._samples) // 2)
        rows = np.array([*self._samples, *[AVERAGE.values()] * prior])
        unseen = np.isnan(rows).all(axis=0)
        rows[:, unseen] = AVERAGE.values()[unseen]
        return Features.of(np.nanmedian(rows, axis=0))


@dataclass(frozen=True, slots=True)
class Expression:
    """Intensities (0–1) of ACTION_UNITS, and how far they can be relied on (0–1)."""

    intensities: tuple[float, ...]
    confidence: float

    def __getitem__(self, unit: int) -> float:
        return self.intensities[ACTION_UNITS.index(unit)]

    def without(self, mouth: bool, eyes: bool) -> Expression:
        """What remains where mouth or eyes are hidden: their units at rest, and less certainty of all."""
        lost = (_MOUTH_UNITS if mouth else frozenset()) | (_EYE_UNITS if eyes else frozenset())
        pairs = zip(ACTION_UNITS, self.intensities, strict=True)
        sure = (_WITHOUT_MOUTH if mouth else 1.0) * (_WITHOUT_EYES if eyes else 1.0)
        return Expression(tuple(0.0 if unit in lost else value for unit, value in pairs), sure * self.confidence)


def expression(features: Features, neutral: Features, angles: Float3, known: float) -> Expression:
    """Action units of a face.

    Args:
        angles: roll, pitch, yaw of the head, rad; confidence falls from 12° to 40° of turning.
        known: how far the neutral face is known, 0–1.
    """
    moved = {name: getattr(features, name) - getattr(neutral, name) for name in Features.__slots__}
    wider = moved["mouth_width"] / 2
    down = -moved["corners"] - 0.25 * max(0.0, moved["jaw"])
    displacement = {
        1: moved["inner_brow"],
        2: moved["outer_brow"],
        4: -0.5 * moved["brow_gap"] - 0.5 * moved["inner_brow"],
        6: moved["lower_lid"],
        10: moved["upper_lip"],
        12: 0.6 * wider + 0.8 * moved["corners"],
        15: down - 0.5 * abs(wider),
        18: -moved["mouth_width"],
        20: moved["mouth_width"] - 2 * max(0.0, moved["corners"]),
        25: moved["lip_gap"],
        26: moved["jaw"],
    }
    units = {unit: _share(value / (_FULL[unit] * _GAIN[unit])) for unit, value in displacement.items()}
    units[45] = _share((1 - features.lids / max(neutral.lids, 1e-3)) / _LID_GAIN)
    turned = max(abs(angles[1]), abs(angles[2]))
    frontal = _share((_USELESS - turned) / (_USELESS - _FRONTAL))
    return Expression(tuple(units[unit] for unit in ACTION_UNITS), frontal * (0.3 + 0.7 * known))


def _share(value: float) -> float:
    return max(0.0, min(1.0, value))
