"""Tapered tubes along curves: locks of hair, brows, seams, collars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.rendering.builder.fields import Array, unit


@dataclass(frozen=True)
class Tube:
    """Points on a tube.

    Attributes:
        position, normal, tangent: (N, 3); the tangent runs along the tube.
        along: (N,) 0 at the start, 1 at the end.
        angle: (N,) around the tube, rad.
        radius: (N,) mm.
    """

    position: Array
    normal: Array
    tangent: Array
    along: Array
    angle: Array
    radius: Array


def tube(
    path: Array,
    radius: npt.ArrayLike,
    spacing: float,
    *,
    flat: float = 1.0,
    up: npt.ArrayLike = (0.0, 0.0, 1.0),
    around: int | None = None,
) -> Tube:
    """Lay points around a polyline.

    Args:
        path: (M, 3), mm.
        radius: profile along the path, mm, evenly spaced.
        spacing: distance of the rings, mm.
        flat: height (along `up`) relative to the width.
        up: direction, or one for each path point (M, 3), that the flat side faces.
        around: points in a ring; by default as dense as the rings.
    """
    profile = np.asarray(radius, float)
    length = np.linalg.norm(np.diff(path, axis=0), axis=1)
    at = np.r_[0, np.cumsum(length)] / max(length.sum(), 1e-6)
    rings = max(int(length.sum() / spacing), 5)
    t = np.linspace(0, 1, rings)
    centre = _resample(path, at, t)
    r = np.interp(t, np.linspace(0, 1, len(profile)), profile)
    step = np.gradient(centre, axis=0)
    tangent = unit(step)
    facing = np.asarray(up, float)
    facing = _resample(facing, at, t) if facing.ndim == 2 else np.broadcast_to(facing, centre.shape)
    side = unit(np.cross(tangent, facing))
    top = np.cross(side, tangent)
    count = around or max(6, int(np.pi * r.max() * (1 + flat) / spacing))
    angle = (np.arange(count)[None] + 0.5 * (np.arange(rings) % 2)[:, None]) * 2 * np.pi / count
    cos, sin = np.cos(angle)[..., None], np.sin(angle)[..., None]
    position = centre[:, None] + r[:, None, None] * (side[:, None] * cos + flat * top[:, None] * sin)
    taper = np.clip(np.gradient(r) / (np.linalg.norm(step, axis=1) + 1e-6), -1, 1)
    normal = unit(flat * side[:, None] * cos + top[:, None] * sin - taper[:, None, None] * tangent[:, None])
    return Tube(
        position.reshape(-1, 3),
        normal.reshape(-1, 3),
        np.repeat(tangent, count, 0),
        np.repeat(t, count),
        angle.ravel(),
        np.repeat(r, count),
    )


def _resample(values: Array, at: Array, t: Array) -> Array:
    return np.stack([np.interp(t, at, values[:, k]) for k in range(3)], 1)
