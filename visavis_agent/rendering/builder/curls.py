"""The style `curls`: a round cloud of tight curls that leaves the face free.

The cloud is a distance field with soft bumps. A dark coat below its surface closes it; thousands of short coils on
the surface, each with its own tone and tilt, give it texture and an open, springy outline.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.fields import (
    Array,
    Field,
    ellipsoid,
    linear,
    mix,
    smooth_cut,
    smooth_union,
    smoothstep,
    unit,
)
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import sample_surface

_POINTS = 9
"""Gaussians of a coil."""
_SCALP = (77.0, 86.0, 90.0)


def cloud_of_curls(character: Character) -> Field:
    """Distance to the outer shape of the curls, mm."""
    width, top, side = character.head.width, character.hair.top, character.hair.side

    def field(points: Array) -> Array:
        x, y, z = points.T
        d = ellipsoid(points, (0, 38, -24), (_SCALP[0] * width + side, _SCALP[1] + top * 0.72, 92))
        d = smooth_union(d, ellipsoid(points, (0, 66, -6), (66 + 0.55 * side, 54 + 0.72 * top, 86)), 30)
        bumps = np.sin(x * 0.13 + 1.1) * np.sin(y * 0.14 + 0.4) * np.sin(z * 0.12 + 2.0)
        bumps += 0.6 * np.sin(x * 0.23 + y * 0.19) * np.sin(z * 0.21 - y * 0.11 + 0.7)
        face = np.sqrt((x / (67.0 * width)) ** 2 + ((y + 26) / 102.0) ** 2 + 1e-9)
        opening = (face - 1) * 62.0 + 60 * smoothstep(z, 14, -14)  # a column through the face, closed behind it
        return smooth_cut(d - 4.5 * bumps, opening, 16)

    return field


def _constant(value: float, points: Array) -> Array:
    return np.full(len(points), value)


def add_curls(cloud: CloudBuilder, character: Character, face: FaceField, rng: np.random.Generator) -> None:
    """Add the coat, the coils on it, looser coils above, and fine ones along the hairline."""
    surface = cloud_of_curls(character)
    step = character.detail.hair_length
    box = ((-150.0, -90.0, -110.0), (150.0, 200.0, 110.0))

    def outside_skull(points: Array) -> Array:
        return np.asarray((points[:, 2] > -62) & (face.skin(points) > -4.0))

    position, normal, _ = sample_surface(
        surface, *box, partial(_constant, 0.8 * step), rng, cell=9.0, keep=outside_skull
    )
    cloud.add(
        "scalp",
        position - normal * 6.0,
        normal,
        0.85 * step,
        linear(character.palette.hair) * 0.55,
        binding=HEAD,
        specular=0.02,
        flatness=0.5,
    )
    for distance, lift, radius, bright in ((0.98, -1.0, 5.4, 0.85), (1.45, 3.5, 4.6, 1.1)):
        apart = partial(_constant, distance * step)
        roots, outward, _ = sample_surface(surface, *box, apart, rng, cell=12.0, keep=outside_skull)
        roots = roots + outward * (lift + rng.normal(0, 1.3, (len(roots), 1)))
        _add_coils(cloud, character, roots, outward, radius, bright, rng)


def _add_coils(
    cloud: CloudBuilder,
    character: Character,
    centre: Array,
    outward: Array,
    radius: float,
    bright: float,
    rng: np.random.Generator,
) -> None:
    """One and a half turns of a helix around each centre, its axis leaning out of the surface."""
    count = len(centre)
    axis = unit(0.75 * outward + rng.normal(0, 0.55, (count, 3)))
    first = unit(np.cross(axis, unit(rng.normal(0, 1, (count, 3)))))
    second = np.cross(axis, first)
    size = radius * rng.uniform(0.72, 1.2, (count, 1))
    place = np.linspace(0, 1, _POINTS)
    turn = 3.0 * np.pi * place
    tone = rng.uniform(0.72, 1.28, count) * bright
    hair, tip = linear(character.palette.hair), linear(character.palette.hair_tip)
    lightness = 0.10 + 0.55 * smoothstep(rng.random(count), 0.45, 1.0)
    for at, angle in zip(place, turn, strict=True):
        c, s = float(np.cos(angle)), float(np.sin(angle))
        shrink = 1 - 0.35 * at
        spot = centre + shrink * size * (c * first + s * second) + axis * (at - 0.5) * 5.0
        along = -s * first + c * second + 0.25 * axis
        away = unit(0.75 * outward + 0.65 * (c * first + s * second))
        facing = (away * outward).sum(1)
        colour = mix(np.tile(hair, (count, 1)), tip, lightness * (0.6 + 0.4 * at))
        shade = tone * (0.62 + 0.38 * smoothstep(facing, 0.2, 1.0))
        length = float(np.mean(size)) * 3.0 * np.pi / _POINTS
        cloud.add(
            "hair",
            spot,
            away,
            1.25,
            colour * shade[:, None],
            tangent=along,
            aspect=0.62 * length / 1.25,
            binding=HEAD,
            specular=0.35,
            opacity=0.92,
            flatness=0.8,
        )
