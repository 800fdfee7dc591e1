"""Signed distance functions (mm, negative inside) and the small mathematics that the builder shares.

A field maps points (N, 3) to distances (N,). Smooth unions follow Inigo Quilez' polynomial smooth minimum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Field = Callable[[Array], Array]
Triple = tuple[float, float, float]

_TETRAHEDRON = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1.0]])


def smoothstep(value: npt.ArrayLike, start: float, end: float) -> Array:
    """0 at `start`, 1 at `end`, smooth between; `start` may be the larger one."""
    t = np.clip((np.asarray(value, float) - start) / (end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def unit(vectors: npt.ArrayLike) -> Array:
    """Vectors (..., 3) scaled to length 1."""
    v = np.asarray(vectors, float)
    return np.asarray(v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9))


def bump(x: Array, y: Array, centre_x: float, centre_y: float, width: float, height: float) -> Array:
    """A Gaussian hill of height 1 over the (x, y) plane."""
    return np.asarray(np.exp(-0.5 * ((x - centre_x) / width) ** 2 - 0.5 * ((y - centre_y) / height) ** 2))


def linear(colour: npt.ArrayLike) -> Array:
    """sRGB 0–255 to linear light 0–1 (power 2.2)."""
    return np.asarray((np.asarray(colour, float) / 255.0) ** 2.2)


def mix(colour: Array, other: npt.ArrayLike, amount: Array) -> Array:
    """Blend colours (N, 3) towards `other` by `amount` (N,)."""
    return np.asarray(colour + amount[:, None] * (np.asarray(other) - colour))


def fold_sides(points: Array) -> Array:
    """Mirror all points onto x ≥ 0: most parts are symmetric."""
    folded = points.copy()
    folded[:, 0] = np.abs(folded[:, 0])
    return folded


def rotation(axis: str, angle: float) -> Array:
    """Rotation matrix (3, 3) about one of the axes "x", "y", "z"; angle in rad."""
    c, s = float(np.cos(angle)), float(np.sin(angle))
    matrices = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    return np.array(matrices[axis], float)


def ellipsoid(points: Array, centre: Triple, radii: Triple) -> Array:
    """Distance to an axis-aligned ellipsoid (first-order estimate)."""
    q = (points - np.asarray(centre)) / np.asarray(radii, float)
    k0 = np.linalg.norm(q, axis=1)
    k1 = np.linalg.norm(q / np.asarray(radii, float), axis=1)
    return np.asarray(k0 * (k0 - 1) / (k1 + 1e-9))


def capsule(
    points: Array, start: npt.ArrayLike, end: npt.ArrayLike, radius: float, end_radius: float | None = None
) -> Array:
    """Distance to a rounded cone; without `end_radius` the radius is the same at both ends."""
    a = np.asarray(start, float)
    along = np.asarray(end, float) - a
    t = np.clip((points - a) @ along / (along @ along), 0, 1)
    tapered = radius + ((radius if end_radius is None else end_radius) - radius) * t
    return np.asarray(np.linalg.norm(points - a - t[:, None] * along, axis=1) - tapered)


def rounded_box(points: Array, centre: Triple, half: Triple, radius: float) -> Array:
    """Distance to a box with round edges; `half` are its half extents, the rounding included."""
    q = np.abs(points - np.asarray(centre)) - (np.asarray(half) - radius)
    return np.asarray(np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0) - radius)


def smooth_union(first: Array, second: Array, radius: float) -> Array:
    """Union with a fillet of about `radius` mm."""
    h = np.clip(0.5 + 0.5 * (second - first) / radius, 0, 1)
    return np.asarray(second * (1 - h) + first * h - radius * h * (1 - h))


def smooth_cut(solid: Array, tool: Array, radius: float) -> Array:
    """`solid` without `tool`, with a fillet of about `radius` mm."""
    return -smooth_union(-solid, tool, radius)


def surface_normal(field: Field, points: Array, step: float = 0.4) -> Array:
    """Outward normals (N, 3) from four taps of the field on a tetrahedron."""
    total = np.zeros_like(points)
    for direction in _TETRAHEDRON:
        total += field(points + step * direction)[:, None] * direction
    return unit(total)


def front_depth(field: Field, x: Array, y: Array, start: float = 220.0, steps: int = 40) -> Array:
    """z of the front-most surface under (x, y), by sphere tracing along -z."""
    points = np.stack([x, y, np.full_like(x, start)], 1)
    for _ in range(steps):
        points[:, 2] -= np.clip(field(points), -8, 60) * 0.9
    return np.asarray(points[:, 2])
