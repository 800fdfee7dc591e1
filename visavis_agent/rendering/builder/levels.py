"""Levels of detail: which Gaussians are left out first, and how much the others grow in their place.

Each part is thinned to even spacing, so that what is left still covers it. Face and hands, which people look at,
keep a larger share than clothes and hair, and what is finely sampled keeps a larger share than what is not.
"""

from __future__ import annotations

from fnmatch import fnmatch

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from visavis_agent.rendering.avatar import LEVELS
from visavis_agent.rendering.builder.cloud import Cloud, Ints
from visavis_agent.rendering.builder.fields import Array, Mask
from visavis_agent.rendering.builder.sampling import poisson_thin

SHARES: tuple[tuple[str, tuple[float, float]], ...] = (
    ("lip_contour", (1.0, 1.0)),
    ("inner_lip", (1.0, 1.0)),
    ("lid_*", (1.0, 1.0)),
    ("lash_*", (1.0, 1.0)),
    ("brow*", (1.0, 1.0)),
    ("glint_*", (1.0, 1.0)),
    ("glow*", (1.0, 1.0)),
    ("teeth_*", (1.0, 1.0)),
    ("scalp", (1.0, 1.0)),
    ("badge", (1.0, 1.0)),
    ("glasses*", (1.0, 1.0)),
    ("beard", (0.45, 0.72)),
    ("trim", (1.0, 1.0)),
    ("casing", (0.45, 0.70)),
    ("cup", (0.45, 0.70)),
    ("skin", (0.40, 0.72)),
    ("eye_*", (0.60, 0.84)),
    ("tongue", (0.40, 0.70)),
    ("hand_*", (0.60, 0.80)),
    ("hair", (0.42, 0.62)),
    ("torso", (0.60, 0.78)),
    ("arm_*", (0.20, 0.45)),
    ("neck", (0.25, 0.50)),
    ("*", (0.35, 0.60)),
)
"""Patterns of part names, and the shares that levels 0 and 1 keep; the first that fits counts."""
FEWEST = 40
"""A part of fewer Gaussians is not thinned."""
_NEIGHBOURS = 7
_WIDEST = 9.0
"""Points are not thinned to a larger distance, mm: silhouettes would blur."""
_HEIRS = 3
_OVERLAP = 1.06
_MOST_GROWN = 2.8
_TRIES = 4


def detail_levels(cloud: Cloud, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], Array]:
    """The level (N,) from which on each Gaussian is drawn, and its growth (N, 2) at levels 0 and 1."""
    level = np.zeros(len(cloud), np.uint8)
    grown = np.ones((len(cloud), LEVELS - 1))
    for name in cloud.parts:
        shares = next(shares for pattern, shares in SHARES if fnmatch(name, pattern))
        for under in (0.0, 1.0):
            group = np.nonzero(cloud.mask(name) & (cloud.undercoat == under))[0]
            if len(group) < FEWEST:
                continue
            kept = tuple(np.sqrt(shares) if under else shares)
            level[group] = _thin(cloud.select(group), kept, rng)
            if under == 0:  # the undercoat is large as it is, and would show around the silhouette
                grown[group] = _growth(cloud.select(group), level[group])
    return level, grown


def by_level(cloud: Cloud, level: Array) -> Ints:
    """The order of the file: part by part, the coarse level first, so that what is drawn alike lies together."""
    return np.lexsort((level, cloud.part))


def _thin(part: Cloud, shares: tuple[float, ...], rng: np.random.Generator) -> Ints:
    """The levels (n,) of the Gaussians of one part; where it bends or its colour changes, more are kept."""
    points, spacing = part.position, _spacing(part.position)
    turn = np.minimum(_change(points, part.normal), 0.8)  # rad from one point to the next
    contrast = np.minimum(_change(points, np.sqrt(part.albedo)), 0.4)
    radius = spacing / (1 + 2.5 * turn + 5.0 * contrast)
    level = np.full(len(points), LEVELS - 1)
    left = np.arange(len(points))
    for coarse in reversed(range(LEVELS - 1)):
        if shares[coarse] < 1:
            left = left[_keep(points[left], radius[left], shares[coarse] * len(points), rng)]
        level[left] = coarse
    return level


def _growth(part: Cloud, level: Array) -> Array:
    """Factor (n, 2) on the tangents: each point takes over the area of those left out that are nearest to it."""
    grown = np.ones((len(part), LEVELS - 1))
    area = np.linalg.norm(part.tangent_a, axis=1) * np.linalg.norm(part.tangent_b, axis=1)
    place = np.hstack([part.position, part.normal * np.sqrt(area)[:, None]])  # what faces elsewhere is far
    for coarse in range(LEVELS - 1):
        left, out = np.nonzero(level <= coarse)[0], np.nonzero(level > coarse)[0]
        if not len(out):
            continue
        distance, heir = cKDTree(place[left]).query(place[out], k=min(_HEIRS, len(left)))
        share = 1 / (distance + 1e-6)
        share *= (area[out] / share.sum(1))[:, None]
        taken = np.bincount(heir.ravel(), share.ravel(), len(left))
        wider = np.sqrt(1 + taken / area[left])
        grown[left, coarse] = np.clip(_OVERLAP * _smoothed(part.position[left], wider), 1, _MOST_GROWN)
    return grown


def _spacing(points: Array) -> Array:
    """Mean distance of each point to its neighbours."""
    distance, _ = cKDTree(points).query(points, k=min(_NEIGHBOURS + 1, len(points)))
    return np.asarray(distance[:, 1:].mean(1)) + 1e-6


def _change(points: Array, values: Array) -> Array:
    """How much a vector (n, 3) differs between a point and its neighbours."""
    _, near = cKDTree(points).query(points, k=min(_NEIGHBOURS + 1, len(points)))
    return _smoothed(points, np.linalg.norm(values[near[:, 1:]] - values[:, None], axis=2).mean(1))


def _smoothed(points: Array, values: Array) -> Array:
    _, near = cKDTree(points).query(points, k=min(_NEIGHBOURS, len(points)))
    return np.asarray(values[near].mean(1))


def _keep(points: Array, radius: Array, wanted: float, rng: np.random.Generator) -> Mask:
    """A thinned set of about `wanted` points: the scale of the radius is found by a few tries."""
    factor = 0.85 * np.sqrt(len(points) / wanted)
    best = np.ones(len(points), bool)
    for _ in range(_TRIES):
        kept = poisson_thin(points, np.minimum(radius * factor, _WIDEST), rng)
        if abs(kept.sum() - wanted) < abs(best.sum() - wanted):
            best = kept
        factor *= np.sqrt(kept.sum() / wanted)
    return best
