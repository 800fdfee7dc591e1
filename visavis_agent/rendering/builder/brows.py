"""Eyebrows: a soft ribbon on the forehead, and fine hairs that sweep outwards over it."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.fields import Array, front_depth, linear, surface_normal
from visavis_agent.rendering.builder.parameters import Character

_PROFILE = np.array([0.50, 0.86, 1.0, 1.0, 0.92, 0.74, 0.50, 0.22])
"""Half thickness from the inner to the outer end, relative to the brow's."""
_INNER, _LENGTH = 13.0, 46.0


def add_brows(cloud: CloudBuilder, character: Character, face: FaceField) -> None:
    """Add both eyebrows, just above the skin."""
    for side in (RIGHT, LEFT):
        _add_ribbon(cloud, character, face, side)
        _add_hairs(cloud, character, face, side)


def _middle(character: Character, t: Array) -> tuple[Array, Array]:
    """The line in the middle of the left brow: x and y at places t, 0 (nose) to 1 (temple)."""
    x = (_INNER + _LENGTH * t) * (0.5 + 0.5 * character.head.width)
    arch = 5.4 * np.sin(np.pi * np.clip(t, 0, 1) ** 1.25 * 0.82) - 4.6 * t**3
    return x, character.brows.height - 0.8 + arch


def _on_brow(character: Character, face: FaceField, t: Array, v: Array) -> tuple[Array, Array]:
    """Points of the left brow, t along it, v from the lower (-1) to the upper edge (1), and normals."""
    x, y = _middle(character, t)
    half = character.brows.thickness * np.interp(t, np.linspace(0, 1, len(_PROFILE)), _PROFILE)
    y = y + half * v
    points = np.stack([x, y, front_depth(face.skin, x, y)], 1)
    normal = surface_normal(face.skin, points)
    return points + (0.9 + 0.9 * (1 - v**2))[:, None] * normal, normal


def _add_ribbon(cloud: CloudBuilder, character: Character, face: FaceField, side: int) -> None:
    spacing = character.detail.brow
    columns, rows = int(_LENGTH / spacing), max(int(2 * character.brows.thickness / spacing), 3)
    t, v = (a.ravel() for a in np.meshgrid(np.linspace(0.03, 0.97, columns), np.linspace(-0.72, 0.72, rows)))
    position, normal = _on_brow(character, face, t, v)
    mirror = np.array([side, 1, 1])
    cloud.add(
        "brow",
        position * mirror,
        normal * mirror,
        0.80 * spacing,
        linear(character.palette.brow),
        tangent=np.array([[side, 0.0, 0.0]]),
        binding=HEAD,
        specular=0.03,
        opacity=0.62 + 0.30 * np.sin(np.pi * np.clip(t, 0, 1) ** 0.7),
        flatness=0.5,
    )


def _add_hairs(cloud: CloudBuilder, character: Character, face: FaceField, side: int) -> None:
    """Hairs root in the lower half and lean outwards, steep at the nose and flat at the temple."""
    rng = np.random.default_rng(11)
    count, points = int(70 * 1.25 / character.detail.brow), 3
    root = np.linspace(0.0, 0.93, count) + rng.uniform(-0.008, 0.008, count)
    start = rng.uniform(-1.0, 0.25, count)
    rise = np.interp(root, [0, 0.3, 1], [1.7, 1.0, 0.45])
    run = np.interp(root, [0, 0.3, 1], [0.05, 0.13, 0.17])
    place = np.linspace(0, 1, points)
    t = np.clip((root + place[:, None] * run).ravel(), 0, 1.02)
    v = np.clip((start + place[:, None] * rise).ravel(), -1.05, 1.12)
    position, normal = _on_brow(character, face, t, v)
    path = position.reshape(points, count, 3)
    along = np.gradient(path, axis=0).reshape(-1, 3)
    thin = 0.52 * np.repeat([1.0, 1.0, 0.6], count)
    tone = np.tile(rng.uniform(0.65, 1.15, count), points)
    mirror = np.array([side, 1, 1])
    cloud.add(
        "brow",
        position * mirror,
        normal * mirror,
        thin,
        linear(character.palette.brow) * tone[:, None],
        tangent=along * mirror,
        aspect=np.linalg.norm(along, axis=1) * 0.62 / thin,
        binding=HEAD,
        specular=0.05,
        flatness=0.8,
    )
