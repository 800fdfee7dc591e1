"""The robot's head as distance fields: a rounded casing with a window, behind which a screen shows the face."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.avatar import Eye, Lid
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.fields import Array, front_depth, rounded_box, smoothstep
from visavis_agent.rendering.builder.parameters import Character

CASING_CENTRE, CASING_HALF, CASING_RADIUS = (0.0, -4.0, -14.0), (98.0, 88.0, 82.0), 64.0
WINDOW_CENTRE, WINDOW_HALF, WINDOW_RADIUS = np.array([0.0, -6.0]), np.array([78.0, 66.0]), 42.0
"""The window in the picture plane: a rectangle with round corners, mm."""
SCREEN_DEPTH = 3.0
"""How far the screen lies below the casing, mm."""
_OF_THE_JAW = ("jawOpen", "mouthClose")
_JAW_TRAVEL, _TRAVEL = 0.62, 1.0
"""How far up and down the drawn face moves relative to skin: the chin of a casing cannot drop."""


class RobotFace(FaceField):
    """Casing and screen in place of skin; what moves on the screen stays on it."""

    def casing(self, points: Array) -> Array:
        """Distance to the closed casing."""
        return rounded_box(points, CASING_CENTRE, CASING_HALF, CASING_RADIUS)

    @staticmethod
    def window(points: Array) -> Array:
        """Distance to the edge of the window in the picture plane, negative inside."""
        q = np.abs(points[:, :2] - WINDOW_CENTRE) - (WINDOW_HALF - WINDOW_RADIUS)
        outside = np.hypot(*np.maximum(q, 0).T)
        return np.asarray(outside + np.minimum(q.max(1), 0) - WINDOW_RADIUS)

    def skin(self, points: Array) -> Array:
        """Distance to casing and screen."""
        inside = smoothstep(self.window(points), 2.0, -2.0) * smoothstep(points[:, 2], 0, 20)
        return np.asarray(self.casing(points) + SCREEN_DEPTH * inside)

    def on_screen(self, x: Array, y: Array, lift: float) -> Array:
        """Points (N, 3) `lift` mm before the screen."""
        return np.stack([x, y, front_depth(self.skin, x, y) + lift], 1)

    def constrain(self, points: Array, moved: Array, coefficient: str) -> Array:
        """Displacements of a length that the screen has room for, bent so that they stay before it."""
        along = moved * [1.0, _JAW_TRAVEL if coefficient in _OF_THE_JAW else _TRAVEL, 0.0]
        there = points + along
        rise = front_depth(self.skin, there[:, 0], there[:, 1]) - front_depth(self.skin, points[:, 0], points[:, 1])
        along[:, 2] = np.where(np.abs(along).max(1) > 0, rise, 0.0)
        return np.asarray(along)


def screen_eye(character: Character, face: FaceField, side: int) -> Eye:
    """Domes that stand out of the screen; they have no lids, only openings that close."""
    shape = character.eyes
    x, y, z = (float(v) for v in face.eye_centre(side))
    upper = Lid(0.80, shape.upper_lid, -0.16, 2.4, 0.03, gaze=0.20, wide=0.07, squint=-0.05, brow_down=-0.20)
    lower = Lid(
        -0.80,
        shape.lower_lid,
        -0.16,
        2.4,
        -0.03,
        gaze=0.10,
        wide=-0.03,
        squint=0.22,
        cheek_squint=0.16,
        smile=0.20,
    )
    return Eye(
        centre=(x, y, z),
        radius=shape.radius,
        nasal=-0.64,
        temporal=0.66,
        corner_elevation=0.0,
        corner_tilt=0.02,
        opening_radius=shape.radius + 0.6,
        lash_radius=shape.radius + 1.0,
        sigma_low=(0.4, 0.4),
        sigma_high=(2.0, 2.0),
        upper=upper,
        lower=lower,
    )
