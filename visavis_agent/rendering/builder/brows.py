"""Eyebrows: tapered ribbons on the forehead, tinted in slanting strokes."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.fields import front_depth, linear, surface_normal
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.tubes import tube

_PROFILE = np.array([0.45, 0.90, 1.05, 0.98, 0.78, 0.48, 0.12])


def add_brows(cloud: CloudBuilder, character: Character, face: FaceField) -> None:
    """Add both eyebrows, just above the skin."""
    t = np.linspace(0, 1, 24)
    spacing = character.detail.brow
    for side in (RIGHT, LEFT):
        x = side * (12.5 + 47 * t) * (0.5 + 0.5 * character.head.width)
        y = character.brows.height - 0.6 + 4.8 * np.sin(np.pi * np.clip(t * 0.78 + 0.02, 0, 1)) - 4 * t**3
        path = np.stack([x, y, front_depth(face.skin, x, y) + 1.2], 1)
        ribbon = tube(
            path,
            character.brows.thickness * _PROFILE,
            spacing,
            flat=0.42,
            up=surface_normal(face.skin, path),
            around=max(int(16 * 0.95 / spacing), 8),
        )
        stroke = np.sin(ribbon.along * 45 + np.sin(ribbon.angle) * 5.0)
        cloud.add(
            "brow",
            ribbon.position,
            ribbon.normal,
            0.89 * spacing,
            linear(character.palette.hair) * (0.66 + 0.08 * stroke)[:, None],
            tangent=ribbon.tangent,
            binding=HEAD,
            specular=0.05,
            flatness=0.6,
        )
