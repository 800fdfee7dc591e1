"""The skin of the head as one signed distance field: masses, nose, relief for lips, philtrum and folds."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.fields import (
    Array,
    Mask,
    bump,
    capsule,
    ellipsoid,
    fold_sides,
    front_depth,
    smooth_cut,
    smooth_union,
    smoothstep,
)
from visavis_agent.rendering.builder.lip_curves import LipCurves
from visavis_agent.rendering.builder.parameters import Character

LEFT, RIGHT = 1, -1
"""Sides of the character: the sign of x."""


class FaceField:
    """Shape of skull, face, nose, lips and ears in the frame of the unscaled head."""

    def __init__(self, character: Character) -> None:
        self.head = character.head
        self.eyes = character.eyes
        self.lips = LipCurves(character.mouth)
        middle = np.array([character.mouth.height])
        self.mouth_depth = float(front_depth(self.skin, np.zeros(1), middle)[0])
        """z of the skin in the middle of the mouth, mm."""

    def eye_centre(self, side: int) -> Array:
        """Centre of an eyeball, (3,) mm."""
        return np.array([side * self.eyes.half_distance, 0.0, self.eyes.depth])

    @property
    def nose_tip_height(self) -> float:
        """y of the tip of the nose, mm."""
        return -31 * self.head.nose_length

    def skin(self, points: Array) -> Array:
        """Distance to the skin of head and face, eyelid region included, without the ears."""
        d = smooth_union(self._masses(points), self._nose(points), 12)
        q = fold_sides(points)
        width = self.head.nose_width
        nostril = ellipsoid(q, (6.1 * width, self.nose_tip_height - 7.4, 82.5), (2.7 * width, 2.4, 5.5))
        d = smooth_cut(d, nostril, 1.0) - self._relief(points)
        distance, azimuth, elevation = self.eye_coordinates(points)
        d = smooth_union(d, distance - (self.eyes.radius + 1.3), 11)  # the skin swells to meet the lids
        crease = np.exp(-(((elevation - 0.76 + 0.20 * azimuth**2) / 0.08) ** 2))
        crease *= smoothstep(np.abs(azimuth - 0.05), 1.05, 0.6)
        return d + 1.3 * crease * smoothstep(distance, self.eyes.radius + 14, self.eyes.radius + 5)

    def eye_coordinates(self, points: Array) -> tuple[Array, Array, Array]:
        """Distance (mm), azimuth (positive outwards) and elevation (rad) from the nearer eyeball."""
        q = fold_sides(points) - self.eye_centre(LEFT)
        distance = np.linalg.norm(q, axis=1)
        return distance, np.arctan2(q[:, 0], q[:, 2]), np.arcsin(np.clip(q[:, 1] / distance, -1, 1))

    def in_lid_region(self, points: Array) -> Mask:
        """True where the parametric lids replace the skin."""
        distance, azimuth, elevation = self.eye_coordinates(points)
        inside = ((azimuth - 0.03) / 0.93) ** 2 + ((elevation - 0.055) / 0.665) ** 2 < 1
        return np.asarray((distance < self.eyes.radius + 7) & inside)

    def constrain(self, points: Array, moved: Array, coefficient: str) -> Array:
        """Displacements (N, 3) by a coefficient as this face allows them: skin goes where it is pulled."""
        del points, coefficient
        return moved

    def ears(self, points: Array) -> Array:
        """Distance to the ears."""
        q = fold_sides(points) - np.array([75 * self.head.width, -6, -16])
        cos, sin = np.cos(0.35), np.sin(0.35)
        q = np.stack([q[:, 0] * cos + q[:, 2] * sin, q[:, 1], -q[:, 0] * sin + q[:, 2] * cos], 1)
        d = smooth_union(ellipsoid(q, (3, 5, 0), (7, 24, 16)), ellipsoid(q, (2, -16, 3), (6, 12, 9)), 8)
        return smooth_cut(d, ellipsoid(q, (8, 3, 2), (4.5, 15, 9)), 4)

    @staticmethod
    def fold_distance(side_x: Array, y: Array) -> Array:
        """Distance to the nasolabial line, from the wing of the nose to beside the mouth; side_x = |x|."""
        start, end = np.array([17.0, -36.0]), np.array([36.0, -68.0])
        line = end - start
        t = np.clip(((side_x - start[0]) * line[0] + (y - start[1]) * line[1]) / (line @ line), 0, 1)
        across = side_x - start[0] - t * line[0] - 2.5 * np.sin(np.pi * t)
        return np.hypot(across, y - start[1] - t * line[1])

    def _masses(self, points: Array) -> Array:
        """Skull, cheeks, jaw, chin and brow ridge."""
        shape = self.head
        q = fold_sides(points)
        q[:, 0] /= shape.width
        below_eyes = q[:, 1] < 0
        q[below_eyes, 1] /= shape.face_length
        jaw = shape.jaw_width
        d = ellipsoid(q, (0, 32, -14), (77, 86, 92))
        d = smooth_union(d, ellipsoid(q, (0, 40, 14), (64, 58, 63)), 16)
        d = smooth_union(d, ellipsoid(q, (0, -24, 10), (62, 73, 64)), 18)
        cheekbone = 28 * (0.9 + 0.1 * shape.cheekbone)
        d = smooth_union(d, ellipsoid(q, (43, -24, 40), (26, 24, cheekbone)), 18)
        d = smooth_union(d, ellipsoid(q, (31, -41, 42), (28, 28, 29)), 22)
        d = smooth_union(d, capsule(q, (52 * jaw, -50, -4), (13 * jaw, -97, 45), 21, 16), 30)
        d = smooth_union(d, ellipsoid(q, (0, -100, 55), (17 * shape.chin, 15 * shape.chin, 20)), 20)
        d = smooth_union(d, ellipsoid(q, (0, -66, 43), (35, 32, 36)), 26)
        ridge = 2 * shape.brow_ridge
        d = smooth_union(d, capsule(q, (13, 22, 63 + ridge), (46, 24, 50 + ridge), 9), 14)
        return d * 0.97

    def _nose(self, points: Array) -> Array:
        """Bridge, tip, broad base, wings and the columella between the nostrils."""
        q = fold_sides(points)
        width, size, tip = self.head.nose_width, self.head.nose_size, self.nose_tip_height
        d = capsule(q, (0, 14, 60), (0, tip + 7, 79 + 2 * size), 8.0, 7.6 * size)
        d = smooth_union(d, ellipsoid(q, (5 * width, -17, 66), (9 * width, 17, 12)), 14)
        d = smooth_union(d, ellipsoid(q, (0, tip + 1.0, 84 + 2 * size), (9.6 * width, 8.6 * size, 9.4 * size)), 8)
        wing = ellipsoid(q, (10.8 * width, tip - 2.0, 78.0), (5.8 * width, 5.8 * size, 8.6))
        d = smooth_union(d, wing, 6.0)
        return smooth_union(d, ellipsoid(q, (0, tip - 5.5, 82), (2.6 * width, 3.4 * size, 7)), 3.0)

    def _relief(self, points: Array) -> Array:
        """Height added outwards on the front of the face, mm."""
        lips, shape = self.lips, self.lips.shape
        x, y = points[:, 0], points[:, 1]
        side_x = np.abs(x)
        contact = lips.contact(x)
        within = lips.within(x, 0.45)
        above = (y - contact) / np.maximum(lips.upper(x) - contact, 0.8)
        beneath = (contact - y) / np.maximum(contact - lips.lower(x), 0.8)
        upper = 3.5 * np.sin(np.pi * (0.38 + 0.62 * np.clip(above, 0, 1)))
        lower = 4.6 * np.sin(np.pi * (0.22 + 0.78 * np.clip(beneath / 1.15, 0, 1)))
        h = shape.relief * within * np.where((above >= 0) & (above < 1), upper, 0)
        h += shape.relief * within * np.where((beneath > 0) & (beneath < 1.15), lower, 0)
        crease = smoothstep(side_x, lips.half_width + 2, lips.half_width - 3)
        h -= 1.9 * np.exp(-(((y - contact) / 1.5) ** 2)) * crease
        h -= 0.9 * bump(side_x, y, lips.half_width + 3.0, lips.corner_height, 4.5, 5.0)
        h -= 1.7 * bump(x, y, 0, shape.height - shape.lower_lip - 7, 12, 5.0)
        philtrum = shape.height + shape.upper_lip + 8
        h += -1.5 * bump(x, y, 0, philtrum, 3.4, 6) + 0.9 * bump(side_x, y, 6.2, philtrum, 2.4, 6)
        lines = self.head.lines
        h -= (0.15 + 1.9 * lines) * np.exp(-((self.fold_distance(side_x, y) / 3.0) ** 2))
        across = sum(0.6 * bump(x, y, 0, at + 2 * np.cos(x * 0.05), 24, 2.2) for at in (50, 60, 70))
        h -= lines * (1.2 * bump(side_x, y, 34, -29, 13, 2.2) + across)
        return np.asarray(h * smoothstep(points[:, 2], 20, 45))
