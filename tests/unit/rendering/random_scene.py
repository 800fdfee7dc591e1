"""Avatars of random Gaussians, to compare the native core with the reference."""

from __future__ import annotations

import numpy as np

from tests.unit.rendering.tiny_avatar import CONTOUR, JOINT, tiny_avatar
from visavis_agent.rendering.avatar import COEFFICIENT_COUNT, LEVELS, Avatar, Material, Stencil


def random_avatar(seed: int, count: int = 400) -> Avatar:
    """Gaussians of every material, size and shape, some at equal depth, some seen through the mouth only."""
    rng = np.random.default_rng(seed)
    n = count + 2 * CONTOUR
    normal = rng.normal(size=(n, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    a = np.cross(normal, rng.normal(size=(n, 3)))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    sigma = np.exp(rng.uniform(np.log(0.3), np.log(25.0), (n, 2)))
    position = rng.uniform([-160, -200, -120], [160, 120, 120], (n, 3))
    position[rng.random(n) < 0.3, 2] = 10.0
    material = rng.integers(0, len(Material), n)
    material[material == Material.GLINT] = Material.TEETH
    opacity = rng.uniform(0, 1, n)
    x = np.linspace(-60, 60, CONTOUR)
    for first, y in ((0, -20.0), (CONTOUR, -70.0)):
        guides = slice(first, first + CONTOUR)
        position[guides] = np.stack([x, y + 0.004 * x**2 * (1 if first else -1), 0 * x + 90], 1)
        opacity[guides] = 0
    f32, u8 = np.float32, np.uint8
    u32 = np.uint32
    return tiny_avatar(
        position=position.astype(f32),
        tangent_a=(a * sigma[:, :1]).astype(f32),
        tangent_b=(np.cross(normal, a) * sigma[:, 1:]).astype(f32),
        thickness=rng.uniform(0, 3, n).astype(f32),
        normal=normal.astype(f32),
        albedo=rng.uniform(0, 1, (n, 3)).astype(f32),
        opacity=opacity.astype(f32),
        specular=rng.uniform(0, 1, n).astype(f32),
        ambient=rng.uniform(0, 1, n).astype(f32),
        key_visibility=rng.uniform(0, 1, n).astype(f32),
        rim_visibility=rng.uniform(0, 1, (n, 2)).astype(f32),
        material=material.astype(u8),
        stencil=np.where(rng.random(n) < 0.3, Stencil.MOUTH, Stencil.NONE).astype(u8),
        level=rng.integers(0, LEVELS, n).astype(u8),
        grown=rng.uniform(0.5, 2.0, (n, 2)).astype(f32),
        joint=np.stack([np.full(n, JOINT["head"]), rng.choice([JOINT["neck"], JOINT["head"]], n)], 1).astype(u8),
        joint_weight=np.where(rng.random(n) < 0.5, 0, rng.uniform(0, 1, n)).astype(f32),
        delta_offset=np.zeros(COEFFICIENT_COUNT + 1, u32),
        delta_index=np.zeros(0, u32),
        delta_value=np.zeros((0, 9), np.float16),
        lip_upper=np.arange(CONTOUR, dtype=u32),
        lip_lower=np.arange(CONTOUR, 2 * CONTOUR, dtype=u32),
        lip_index=np.zeros(0, u32),
        lip_position=np.zeros(0, f32),
        lip_weight=np.zeros(0, f32),
        lid_index=np.zeros(0, u32),
        lid_part=np.zeros(0, u8),
        lid_param=np.zeros((0, 2), f32),
        lid_radius=np.zeros((0, 3), f32),
        lid_sigma=np.zeros((0, 2), f32),
        lash_index=np.zeros(0, u32),
        lash_eye=np.zeros(0, u8),
        lash_param=np.zeros((0, 3), f32),
    )
