"""The style `short`: hair combed back from a receding hairline, close at the sides.

The hair is a layer on the skull whose height follows from the direction: none below the hairline, most on top.
Strokes lie on it along the comb; their tone changes across the comb only, so that they read as strands.
"""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.fields import Array, linear, mix, smoothstep, surface_normal, unit
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import SIGMA_PER_SPACING, sample_surface

_CENTRE = np.array([0, 22.0, -12.0])
_AZIMUTHS = (0.0, 0.22, 0.50, 0.78, 0.95, 1.10, 1.24, 1.40, 1.62, 2.10, 3.15)
_HAIRLINE = (0.80, 0.83, 1.00, 0.98, 0.62, 0.22, -0.22, -0.36, -0.40, -0.78, -0.80)
"""Elevation of the hairline, rad, over the azimuth from the front: a peak, bare temples, sideburns, the nape."""


def short_hair_cover(points: Array) -> Array:
    """How far points (N, 3) of the head lie above the hairline, rad; negative below it."""
    direction = unit(points - _CENTRE)
    azimuth = np.abs(np.arctan2(direction[:, 0], direction[:, 2]))
    ragged = 0.02 * np.sin(azimuth * 41) + 0.015 * np.sin(azimuth * 67 + 1)
    return np.asarray(np.arcsin(np.clip(direction[:, 1], -1, 1)) - np.interp(azimuth, _AZIMUTHS, _HAIRLINE) + ragged)


def _height(points: Array, character: Character) -> Array:
    """Height of the hair above the scalp, mm, with soft locks in it."""
    shape, direction = character.hair, unit(points - _CENTRE)
    on_top = smoothstep(np.arcsin(np.clip(direction[:, 1], -1, 1)), 0.45, 1.0)
    locks = np.sin(points[:, 0] * 0.33 + 0.9 * np.sin(points[:, 2] * 0.035)) * on_top
    height = shape.side + (shape.top - shape.side) * on_top + 1.3 * locks
    return np.asarray(height * smoothstep(short_hair_cover(points), -0.03, 0.20) ** 0.7)


def _comb(points: Array, normal: Array) -> Array:
    """Direction of the comb, unit (N, 3) along the surface: back on top, back and down at the sides."""
    side = smoothstep(np.abs(points[:, 0]), 40, 72)
    flow = np.stack([-0.35 + 0 * side, 0.25 - 1.05 * side, -1.0 + 0.25 * side], 1)
    flow[:, 0] += 0.35 * side
    return unit(flow - (flow * normal).sum(1, keepdims=True) * normal)


def add_short_hair(cloud: CloudBuilder, character: Character, face: FaceField, rng: np.random.Generator) -> None:
    """Add a dark base, strokes on it, and bright single hairs above."""
    spacing = 0.36 * character.detail.hair_length

    def surface(points: Array) -> Array:
        return face.skin(points) - _height(points, character)

    position, normal, distance = sample_surface(
        surface,
        (-104, -80, -110),
        (104, 150, 92),
        lambda p: np.full(len(p), spacing),
        rng,
        keep=lambda p: np.asarray((short_hair_cover(p) > 0.0) & (p[:, 2] > -75)),
    )
    normal = surface_normal(surface, position, 2.5)
    along = _comb(position, normal)
    across = (position * np.cross(along, normal)).sum(1)
    phase = rng.uniform(0, 6.28, 3)
    wander = 1.5 * np.sin(position @ [0.03, 0.05, 0.04] + phase[0])
    tone = 1 + 0.20 * np.sin(across * 0.95 + wander) + 0.12 * np.sin(across * 2.3 + phase[1] + wander)
    edge = smoothstep(short_hair_cover(position), 0.0, 0.10)
    sigma = distance * SIGMA_PER_SPACING
    hair, tip = linear(character.palette.hair), linear(character.palette.hair_tip)
    silver = smoothstep(np.abs(position[:, 0]), 55, 78)  # temples go white first
    colour = mix(np.tile(hair, (len(position), 1)), tip, 0.15 + 0.45 * silver)
    grooved = normal + (0.35 * np.cos(across * 0.95 + wander))[:, None] * np.cross(along, normal)
    cloud.add(
        "scalp",
        position - normal * 2.2,
        normal,
        sigma * 1.15,
        colour * 0.55,
        binding=HEAD,
        specular=0.05,
        opacity=0.30 + 0.65 * edge,
    )
    for lift, share, bright in ((0.0, 1.0, 0.92), (1.4, 0.75, 1.10)):
        chosen = rng.random(len(position)) < share
        count = int(chosen.sum())
        lean = unit(along[chosen] + rng.normal(0, 0.07, (count, 3)))
        cloud.add(
            "hair",
            position[chosen] + normal[chosen] * (lift * rng.uniform(0.4, 1.2, (count, 1))),
            grooved[chosen] + rng.normal(0, 0.10, (count, 3)),
            0.36 * sigma[chosen],
            colour[chosen] * (tone[chosen] * bright * rng.uniform(0.86, 1.16, count))[:, None],
            tangent=lean,
            aspect=6.0,
            binding=HEAD,
            specular=0.22,
            opacity=0.35 + 0.55 * edge[chosen],
            flatness=0.6,
        )
