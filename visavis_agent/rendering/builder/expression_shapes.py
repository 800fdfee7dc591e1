"""Displacements of brows, cheeks, nose and the skin around the eyes, mm at a coefficient of 1."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.face_points import FacePoints
from visavis_agent.rendering.builder.fields import Array, bump, smoothstep


def brow_zone(p: FacePoints, centre: float, width: float, brow_height: float) -> Array:
    """A hill on the forehead around |x| = centre."""
    return bump(p.side_x, p.y, centre, brow_height, width, 13) * smoothstep(p.z, 5, 35)


def brow_down(p: FacePoints, side: int, brow_height: float) -> Array:
    """Lower and knit one brow; furrows between the brows."""
    inner, outer = brow_zone(p, 15, 17, brow_height), brow_zone(p, 48, 16, brow_height)
    furrow = np.exp(-(((p.side_x - 5) / 2.0) ** 2)) * bump(p.side_x, p.y, 5, 24, 9, 9)
    swell = 2.0 * bump(p.side_x, p.y, 13, 20, 8, 6) - 3.0 * furrow
    moved = p.move(-side * 5.5 * inner, -11.0 * inner - 0.5 * outer, 1.5 * inner)
    return np.asarray((moved + p.outwards(swell * p.front)) * p.on_side(side))


def brow_inner_up(p: FacePoints, brow_height: float) -> Array:
    """Raise the inner ends of both brows; faint lines across the forehead."""
    inner = brow_zone(p, 14, 17, brow_height)
    forehead = bump(p.x, p.y, 0, 46, 24, 14) * p.front
    lines = np.exp(-((((p.y - 48) % 9 - 4.5) / 1.6) ** 2)) * forehead
    outer = brow_zone(p, 52, 12, brow_height)
    return p.move(-np.sign(p.x) * 2.0 * inner, 11.5 * inner + 3 * forehead - 2.5 * outer) + p.outwards(-1.0 * lines)


def brow_outer_up(p: FacePoints, side: int, brow_height: float) -> Array:
    """Raise the outer half of one brow."""
    return np.asarray(p.move(dy=9.5 * brow_zone(p, 46, 20, brow_height)) * p.on_side(side))


def cheek_puff(p: FacePoints) -> Array:
    """Blow up both cheeks."""
    return p.outwards(9 * bump(p.side_x, p.y, 42, -60, 17, 18) * p.front)


def cheek_squint(p: FacePoints, side: int) -> Array:
    """Raise one cheek towards the eye."""
    cheek = bump(p.side_x, p.y, 42, -28, 18, 10) * p.front
    return np.asarray((p.move(dy=5 * cheek) + p.outwards(3.2 * cheek)) * p.on_side(side))


def eye_squint(p: FacePoints, side: int) -> Array:
    """Tighten the skin below one eye; the lids themselves are parametric."""
    below_eye = bump(p.side_x, p.y, 36, -25, 18, 7) * p.front
    return np.asarray((p.move(dy=2.0 * below_eye) + p.outwards(1.2 * below_eye)) * p.on_side(side))


def nose_sneer(p: FacePoints, side: int) -> Array:
    """Raise one wing of the nose and the lip below it, wrinkle the bridge."""
    wing = bump(p.side_x, p.y, 12, -30, 9, 12) * p.front
    bridge = bump(p.side_x, p.y, 9, -4, 6, 9) * p.front
    lip = p.above * p.lip_zone * np.exp(-(((p.side_x - 7) / 14) ** 2)) * p.within
    moved = p.move(side * 1.5 * wing, 4.5 * wing + 2.2 * bridge + 4.5 * lip, 1.0 * wing - 0.5 * bridge)
    return np.asarray(moved * p.on_side(side))
