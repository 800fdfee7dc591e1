"""A trimmed full beard with a moustache: short strokes combed down over skin of the beard's colour."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.fields import Array, bump, linear, mix, smoothstep, unit
from visavis_agent.rendering.builder.parameters import Beard, Character
from visavis_agent.rendering.builder.sampling import sample_surface


def beard_weight(points: Array, face: FaceField) -> Array:
    """Density of the beard at points of the skin, 0–1: cheeks below a line, chin, moustache; never on the lips."""
    x, y, z = points.T
    side_x = np.abs(x)
    lips = face.lips
    middle = lips.shape.height
    line = -46 - 20 * smoothstep(side_x, 60, 36) + 44 * smoothstep(z, 16, -6)
    cheek = smoothstep(y - line, 3, -7) * smoothstep(z, -26, -8)
    top = middle + 17.5 - 0.011 * side_x**2 + 0.8 * np.sin(x * 0.9)
    moustache = smoothstep(y - top, 1.5, -4) * smoothstep(side_x, 42, 33) * (z > 40)
    moustache *= smoothstep(y, middle - 12, middle - 2) * (1 - 0.55 * bump(x, y, 0, middle + 13, 2.6, 8))
    density = np.maximum(cheek, moustache)
    corner = smoothstep(side_x, lips.half_width - 1.0, lips.half_width + 4.0)
    off_lips = smoothstep(y - lips.upper(x), 0.8, 3.2) + smoothstep(y - lips.lower(x), -2.0, -5.0)
    under = bump(side_x, y, 15, middle - lips.shape.lower_lip - 7, 6, 4)  # bare beside the tuft below the lip
    return np.asarray(density * np.clip(off_lips + corner + (z < 40), 0, 1) * (1 - 0.55 * under * (z > 40)))


def add_beard(cloud: CloudBuilder, character: Character, face: FaceField, rng: np.random.Generator) -> None:
    """Add the beard; it goes with the skin from which it grows."""
    shape = character.beard or Beard()
    detail = character.detail

    def spacing(points: Array) -> Array:
        near_mouth = np.hypot(points[:, 0] / 1.5, points[:, 1] - character.mouth.height) < 26
        return np.where(near_mouth & (points[:, 2] > 30), 1.35 * detail.mouth, 1.35 * detail.face)

    position, normal, distance = sample_surface(
        face.skin,
        (-90, -150, -40),
        (90, 10, 110),
        spacing,
        rng,
        keep=lambda p: np.asarray((beard_weight(p, face) > 0.06) & (p[:, 2] > -28)),
    )
    weight = beard_weight(position, face)
    below = np.where((position[:, 2] > 40) & (position[:, 1] > face.lips.contact(position[:, 0])), 0.0, 1.0)
    chin = smoothstep(position[:, 1], -70, -100)
    hair, tip = linear(character.palette.hair), linear(character.palette.hair_tip)
    phase = rng.uniform(0, 6.28)
    clumps = 0.12 * np.sin(position[:, 0] * 0.8 + 1.4 * np.sin(position[:, 1] * 0.13 + phase))
    for layer in (0.25, 0.6, 1.0):
        chosen = rng.random(len(position)) < weight * 1.4
        p, n, w = position[chosen], normal[chosen], weight[chosen]
        outwards = unit(p * [1, 0, 0]) * (0.25 + 0.5 * smoothstep(p[:, 1], -92, -60))[:, None]
        down = unit(np.array([0, -1.0, 0.12]) + outwards + rng.normal(0, 0.13, p.shape))
        down = unit(down - 0.85 * (down * n).sum(1, keepdims=True) * n)
        height = shape.length * layer * smoothstep(w, 0.1, 0.9) * (0.35 + 0.65 * chin[chosen])
        colour = mix(np.tile(hair, (len(p), 1)), tip, 0.25 + 0.45 * chin[chosen])
        tone = (0.62 + 0.42 * layer) * (1 + clumps[chosen]) * rng.uniform(0.85, 1.18, len(p))
        cloud.add(
            "beard",
            p + n * height[:, None] + down * 1.2,
            unit(n + rng.normal(0, 0.16, p.shape)),
            (0.46 + 0.10 * (1 - layer)) * distance[chosen],
            colour * tone[:, None],
            tangent=down,
            aspect=3.0,
            binding=HEAD,
            specular=0.10,
            opacity=0.45 + 0.45 * smoothstep(w, 0.1, 0.7),
            flatness=0.6,
            below=below[chosen],
        )
