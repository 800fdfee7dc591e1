"""The curves of the closed mouth: the line at which the lips meet and the vermilion borders, y(x) in mm.

Relief, colour and deformation all use these curves, so that their borders cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis_agent.rendering.builder.fields import Array
from visavis_agent.rendering.builder.parameters import MouthShape


@dataclass(frozen=True)
class LipCurves:
    """Curves of a mouth; x and y in mm."""

    shape: MouthShape

    @property
    def half_width(self) -> float:
        """Distance of a corner from the middle, mm."""
        return self.shape.half_width

    def within(self, x: Array, power: float = 0.5) -> Array:
        """1 in the middle of the mouth, 0 from the corners outwards."""
        return np.asarray(np.clip(1 - (x / self.half_width) ** 2, 0, 1) ** power)

    def contact(self, x: Array) -> Array:
        """Height of the line at which the lips meet."""
        u = np.clip(np.abs(x) / self.half_width, 0, 1.6)
        return np.asarray(self.shape.height + 4.4 * u**2.2 - 0.8 * np.exp(-((x / 6.5) ** 2)))

    def upper(self, x: Array) -> Array:
        """Upper border of the upper lip, with the Cupid's bow."""
        bow = 1 - 0.24 * np.exp(-((x / 3.6) ** 2)) + 0.10 * np.exp(-(((np.abs(x) - 6.5) / 4.0) ** 2))
        height = self.shape.upper_lip * bow * self.within(x, 0.75)
        return np.asarray(self.contact(x) + height + 0.8 * np.exp(-((x / 6.5) ** 2)))

    def lower(self, x: Array) -> Array:
        """Lower border of the lower lip."""
        return np.asarray(self.contact(x) - self.shape.lower_lip * self.within(x, 0.72))

    @property
    def corner_height(self) -> float:
        """Height of the corners."""
        return float(self.contact(np.array([self.half_width]))[0])
