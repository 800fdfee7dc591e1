"""Even points on surfaces: Poisson thinning, then relaxation, so that neither moiré nor pinholes appear."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from visavis_agent.rendering.builder.fields import Array, Field, Mask, surface_normal

SIGMA_PER_SPACING = 0.84
"""Sigma of a Gaussian on a surface whose points lie `spacing` apart."""

Selection = Callable[[Array], Mask]
GOLDEN_TURN = float(np.pi * (1 + 5**0.5))


def fibonacci_sphere(count: int) -> Array:
    """`count` directions (count, 3) that cover the sphere evenly."""
    i = np.arange(count) + 0.5
    y = 1 - 2 * i / count
    ring = np.sqrt(1 - y * y)
    return np.stack([ring * np.cos(GOLDEN_TURN * i), y, ring * np.sin(GOLDEN_TURN * i)], 1)


def fibonacci_cap(count: int, inner: float, outer: float) -> Array:
    """`count` directions around +z between the polar angles `inner` and `outer`, rad."""
    i = np.arange(count) + 0.5
    z = np.cos(inner) + (np.cos(outer) - np.cos(inner)) * i / count
    ring = np.sqrt(1 - z * z)
    return np.stack([ring * np.cos(GOLDEN_TURN * i), ring * np.sin(GOLDEN_TURN * i), z], 1)


def poisson_thin(points: Array, spacing: Array, rng: np.random.Generator) -> Mask:
    """Keep a maximal set in which no two points are closer than half the sum of their spacings.

    Parallel dart throwing: in each round the points of locally highest random priority win.
    """
    alive = np.ones(len(points), bool)
    kept = np.zeros(len(points), bool)
    priority = rng.permutation(len(points)) + 1.0
    first, second = cKDTree(points).query_pairs(spacing.max(), output_type="ndarray").T
    near = np.linalg.norm(points[first] - points[second], axis=1) < 0.5 * (spacing[first] + spacing[second])
    first, second = first[near], second[near]
    while alive.any():
        both = alive[first] & alive[second]
        first, second = first[both], second[both]
        rival = np.zeros(len(points))
        np.maximum.at(rival, first, priority[second])
        np.maximum.at(rival, second, priority[first])
        winner = alive & (priority > rival)
        kept |= winner
        alive &= ~winner
        alive[second[winner[first]]] = False
        alive[first[winner[second]]] = False
    return kept


def sample_surface(
    field: Field,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    spacing: Callable[[Array], Array],
    rng: np.random.Generator,
    cell: float = 7.0,
    keep: Selection | None = None,
) -> tuple[Array, Array, Array]:
    """Even points on `field` == 0 inside a box.

    Args:
        field: signed distance, mm.
        low, high: corners of the box, mm.
        spacing: wanted distance between neighbours at points (N, 3), mm.
        rng: source of randomness.
        cell: edge of the seeding grid, mm; larger than any spacing, smaller than any feature.
        keep: restricts the surface; True where points are wanted.

    Returns:
        positions (N, 3), outward normals (N, 3) and spacing (N,).
    """
    points = _seed(field, low, high, spacing, rng, cell, keep)
    points = _project(field, points)
    if keep is not None:
        points = points[keep(points)]
    points = points[poisson_thin(points, spacing(points), rng)]
    points = _relax(field, points, spacing, keep)
    return points, surface_normal(field, points), spacing(points)


def _seed(
    field: Field,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    spacing: Callable[[Array], Array],
    rng: np.random.Generator,
    cell: float,
    keep: Selection | None,
) -> Array:
    """Random points in the grid cells that the surface crosses, several times more than are wanted."""
    axes = [np.arange(a, b, cell) + cell / 2 for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    grid = grid[np.abs(field(grid)) < cell * 0.75]
    if keep is not None:
        grid = grid[keep(grid)]
    count = np.maximum(1, rng.poisson(3.4 * cell**2 / spacing(grid) ** 2))
    return np.asarray(np.repeat(grid, count, 0) + rng.uniform(-cell / 2, cell / 2, (int(count.sum()), 3)))


def _project(field: Field, points: Array) -> Array:
    """Newton steps onto the surface; points that do not arrive are dropped."""
    step = 0.3
    for _ in range(3):
        distance = field(points)
        gradient = np.stack([field(points + step * axis) - distance for axis in np.eye(3)], 1) / step
        points = points - (distance / (np.square(gradient).sum(1) + 1e-6))[:, None] * gradient
    return np.asarray(points[np.abs(field(points)) < 0.3])


def _relax(field: Field, points: Array, spacing: Callable[[Array], Array], keep: Selection | None) -> Array:
    """Push neighbours apart along the surface: closes the holes of a Poisson set, so sigma can stay small."""
    for _ in range(5):
        distance, neighbour = cKDTree(points).query(points, k=9)
        wanted = spacing(points)[:, None]
        away = points[:, None] - points[neighbour[:, 1:]]
        near = distance[:, 1:]
        force = np.clip(1 - near / (1.75 * wanted), 0, 1) ** 1.5 * wanted
        push = 0.35 * (away / (near[..., None] + 1e-6) * force[..., None]).sum(1)
        normal = surface_normal(field, points)
        push -= (push * normal).sum(1, keepdims=True) * normal
        moved = points + push
        moved -= np.clip(field(moved), -3, 3)[:, None] * normal
        points = moved if keep is None else np.where(keep(moved)[:, None], moved, points)
    return np.asarray(points[np.abs(field(points)) < 0.6])
