"""Displacements of jaw and lips, mm at a coefficient of 1."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.face_points import FacePoints
from visavis_agent.rendering.builder.fields import Array, bump, rotation, smoothstep
from visavis_agent.rendering.builder.mouth import contour

JAW_HINGE = np.array([0, -18.0, -8.0])
JAW_ANGLE = float(np.radians(20.0))
ROUND = 0.6
"""Power of the profile along rounded lips: 1/2 is an ellipse, 1 a lens with pointed corners."""
JAW_SIDEWAYS, JAW_FORWARD = 9.0, 7.0
"""Travel of the jaw at a coefficient of 1, mm."""
LOWER_LIP_SHARE = 0.75
"""How much of an open jaw's gap the lower lip closes; the upper lip closes the rest."""


def jaw_rotation(points: Array) -> Array:
    """Displacement of points that ride the jaw when it opens fully."""
    arm = points - JAW_HINGE
    return np.asarray(arm @ rotation("x", JAW_ANGLE).T - arm)


def jaw_weight(p: FacePoints) -> Array:
    """How far skin goes with the jaw."""
    level = p.face.lips.shape.height
    cheek = smoothstep(p.y, level + 30, level - 28) * smoothstep(p.z, -30, 25)
    lips = p.face.lips.within(p.x, 0.8) * np.exp(-((p.height / 26.0) ** 2)) * smoothstep(p.z, 25, 48)
    return np.where(p.below > 0.5, cheek + (1 - cheek) * lips, cheek * (1 - lips))


def jaw_open(p: FacePoints) -> Array:
    """Open the jaw; the corners come in a little."""
    pinch = -np.tanh(p.x / 5.0) * 3.5 * p.corner
    return jaw_rotation(p.position) * jaw_weight(p)[:, None] + p.move(pinch, 2.0 * p.above * p.within * p.lip_zone)


def jaw_forward(p: FacePoints) -> Array:
    """Push the jaw forward."""
    return p.move(dz=JAW_FORWARD * jaw_weight(p))


def jaw_sideways(p: FacePoints, side: int) -> Array:
    """Shift the jaw to one side."""
    return p.move(side * JAW_SIDEWAYS * jaw_weight(p))


class MouthClose:
    """Closes exactly the gap that `jaw_open` opens at the contact line, wherever along the mouth."""

    def __init__(self, face: FaceField) -> None:
        upper, lower = (FacePoints(contour(face), np.full(len(contour(face)), b), face) for b in (0.0, 1.0))
        self._x = upper.x
        self._gap = jaw_open(upper) - jaw_open(lower)

    def __call__(self, p: FacePoints) -> Array:
        gap = np.stack([np.interp(p.x, self._x, self._gap[:, k]) for k in range(3)], 1)
        reach = np.clip(np.abs(p.height) - np.where(p.below > 0.5, 7.0, 5.0), 0, None)
        zone = np.exp(-((reach / 11.0) ** 2)) * smoothstep(p.z, 25, 50)
        share = np.where(p.below > 0.5, LOWER_LIP_SHARE, LOWER_LIP_SHARE - 1)
        return np.asarray(gap * (share * zone)[:, None])


def smile(p: FacePoints, side: int) -> Array:
    """Pull one corner up and out; the cheek rises, the fold deepens."""
    along = p.lip_zone * np.clip(p.outward, 0, 1.05)
    dx = side * (9.5 * p.corner + 4.0 * along * (1 - p.corner))
    moved = p.move(dx, 11.5 * p.corner, -5.0 * p.corner - 1.5 * along)
    cheek = bump(p.side_x, p.y, 44, -32, 16, 13) * p.front
    moved += p.move(side * 1.5 * cheek, 6.5 * cheek) + p.outwards(5.5 * cheek)
    fold = p.face.fold_distance(p.side_x - 4 * smoothstep(p.y, -40, -66), p.y)
    moved += p.outwards(-2.4 * np.exp(-((fold / 3.6) ** 2)) * p.front)
    moved += p.move(dy=1.4 * bump(p.side_x, p.y, 36, -24, 20, 7) * p.front)
    return np.asarray(moved * p.on_side(side))


def frown(p: FacePoints, side: int) -> Array:
    """Pull one corner down."""
    along = p.lip_zone * np.clip(p.outward, 0, 1) ** 2
    moved = p.move(side * 1.5 * p.corner, -10.5 * p.corner - 2.5 * along * (1 - p.corner), -1.5 * p.corner)
    moved += p.move(dy=2.2 * p.lip_zone * np.clip(1 - p.outward, 0, None))
    lips = p.face.lips
    crease = bump(p.side_x, p.y, lips.half_width + 8, lips.shape.height - 14, 4, 9)
    return np.asarray((moved + p.outwards(-2.2 * crease * p.front)) * p.on_side(side))


def _level(p: FacePoints) -> Array:
    """What makes the smiling line of the closed lips straight, mm upwards."""
    lips = p.face.lips
    line = lips.contact(np.clip(p.x, -lips.half_width, lips.half_width)) - lips.shape.height
    return np.asarray(-line * p.lip_zone * np.clip(1.6 - p.outward, 0, 1))


def funnel(p: FacePoints) -> Array:
    """Round, open lips."""
    lips = p.face.lips
    near = bump(p.x, p.y, 0, lips.shape.height, 24, 17) * smoothstep(p.z, 25, 50)
    narrow = -0.30 * p.x * np.exp(-((p.side_x / 42) ** 4)) * np.exp(-((p.height / 22) ** 2))
    part = p.lip_zone * p.within**ROUND * np.where(p.below > 0.5, -6.0, 6.0)
    return p.move(narrow, part + 1.2 * _level(p), 8.5 * near)


def pucker(p: FacePoints) -> Array:
    """Lips pushed forward and together as for a kiss: open in the middle only."""
    lips = p.face.lips
    near = bump(p.x, p.y, 0, lips.shape.height, 20, 15) * smoothstep(p.z, 25, 50)
    narrow = -0.54 * p.x * np.exp(-((p.side_x / 44) ** 4)) * np.exp(-((p.height / 20) ** 2))
    part = p.lip_zone * p.within**ROUND * np.where(p.below > 0.5, -2.2, 2.4)
    return p.move(narrow, part + 1.4 * _level(p), 10.5 * near)


def mouth_sideways(p: FacePoints, side: int) -> Array:
    """Shift the lips to one side."""
    return p.move(side * 8 * p.lip_zone * np.exp(-((p.side_x / 40) ** 2)))


def dimple(p: FacePoints, side: int) -> Array:
    """Draw one corner into the cheek."""
    return np.asarray(p.move(side * 4 * p.corner, 1.5 * p.corner, -5 * p.corner) * p.on_side(side))


def stretch(p: FacePoints, side: int) -> Array:
    """Pull one corner sideways; the lips thin."""
    along = p.lip_zone * np.clip(p.outward, 0, 1)
    dx = side * (10 * p.corner + 4 * along * (1 - p.corner))
    return np.asarray(p.move(dx, -2.5 * p.corner - 0.14 * p.height * along, -3.5 * p.corner) * p.on_side(side))


def roll_lower(p: FacePoints) -> Array:
    """Roll the lower lip in, over the teeth."""
    lip = p.lip_zone * p.below
    return p.move(dy=lip * (4.2 * p.within - 0.35 * p.height), dz=-5 * lip * p.within)


def roll_upper(p: FacePoints) -> Array:
    """Roll the upper lip in."""
    lip = p.lip_zone * p.above
    return p.move(dy=lip * (-2.2 * p.within - 0.40 * p.height), dz=-5 * lip * p.within)


def shrug_lower(p: FacePoints) -> Array:
    """Push the lower lip up with the chin."""
    chin = bump(p.x, p.y, 0, p.face.lips.shape.height - 18, 20, 15) * p.front
    return p.move(dy=chin * (5 * p.below + 2.5 * p.above), dz=3 * chin)


def shrug_upper(p: FacePoints) -> Array:
    """Push the upper lip up."""
    lip = bump(p.x, p.y, 0, p.face.lips.shape.height + 6, 20, 9) * p.front * p.above
    return p.move(dy=4 * lip, dz=2 * lip)


def press(p: FacePoints, side: int) -> Array:
    """Press the lips together on one side: they thin and go back."""
    half_width = p.face.lips.half_width
    on_mouth = smoothstep(p.side_x, half_width * 1.35, half_width * 0.95)
    moved = p.move(side * 2 * p.corner, -0.42 * p.height * p.lip_zone * on_mouth, -2.2 * p.lip_zone * p.within)
    return np.asarray(moved * p.on_side(side))


def lower_down(p: FacePoints, side: int) -> Array:
    """Pull the lower lip down on one side."""
    return np.asarray(p.move(side * p.corner, -7.5 * p.below * p.lip_zone * p.within) * p.on_side(side))


def upper_up(p: FacePoints, side: int) -> Array:
    """Raise the upper lip on one side."""
    lip = p.above * p.lip_zone
    return np.asarray(p.move(dy=6.0 * lip * p.within, dz=0.6 * lip) * p.on_side(side))
