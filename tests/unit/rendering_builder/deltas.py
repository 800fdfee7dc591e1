"""What a coefficient does to an avatar, as the renderer would add it."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.avatar import COEFFICIENT_NAMES, Array, Avatar


def displacement(avatar: Avatar, **coefficients: float) -> Array:
    """Displacements (N, 3) in mm of these coefficients together."""
    moved = np.zeros((avatar.count, 3))
    offset = avatar.delta_offset.astype(int)
    for name, value in coefficients.items():
        c = COEFFICIENT_NAMES.index(name)
        rows = slice(offset[c], offset[c + 1])
        moved[avatar.delta_index[rows]] += value * avatar.delta_value[rows, :3].astype(float)
    return moved


def lip_lines(avatar: Avatar, **coefficients: float) -> tuple[Array, Array]:
    """Upper and lower inner lip line (P, 3) in mm under these coefficients."""
    position = avatar.position + displacement(avatar, **coefficients)
    return position[avatar.lip_upper.astype(int)], position[avatar.lip_lower.astype(int)]


def opening(avatar: Avatar, **coefficients: float) -> Array:
    """Gap between the lips along the mouth (P,) in mm, negative where they would cross."""
    upper, lower = lip_lines(avatar, **coefficients)
    return np.asarray(upper[:, 1] - lower[:, 1])
