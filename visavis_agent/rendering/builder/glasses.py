"""Glasses: two rims, a bridge and temples over the ears; without lenses, which would only veil the eyes."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT
from visavis_agent.rendering.builder.fields import Array, linear
from visavis_agent.rendering.builder.parameters import Character, Glasses
from visavis_agent.rendering.builder.tubes import tube

_SQUARE = 0.72
"""Power of the rim's outline: 1 is an ellipse, less is squarer."""
_WRAP = 0.0022
"""How a rim curves back around the face, 1/mm."""


def add_glasses(cloud: CloudBuilder, character: Character) -> None:
    """Add the glasses; they turn with the head."""
    shape = character.glasses or Glasses()
    centre = character.eyes.half_distance + 1.5
    thick = shape.thickness
    inner, outer = centre - shape.half_width, centre + shape.half_width
    for side in (RIGHT, LEFT):
        turn = np.linspace(0, 2 * np.pi, 97)
        x = centre + shape.half_width * _power(np.cos(turn))
        y = shape.half_height * _power(np.sin(turn)) - 1.5
        _add(cloud, character, np.stack([side * x, y, _depth(shape, x)], 1), thick * 0.92)
        temple_x = 77.5 * character.head.width + 4.5
        hinge = float(_depth(shape, np.array([outer]))[0])
        path = [
            (outer - 1.0, 7.0, hinge),
            (outer + 5.0, 7.5, hinge - 5.0),
            (temple_x - 6.0, 7.5, 40.0),
            (temple_x - 1.5, 7.0, 8.0),
            (temple_x - 3.0, 5.0, -14.0),
            (temple_x - 9.0, 0.0, -30.0),
        ]
        _add(cloud, character, np.array(path) * [side, 1, 1], thick * 0.92)
    arch = np.linspace(-1, 1, 15)
    bridge = np.stack([arch * (inner + 0.5), 4.5 + 3.0 * (1 - arch**2), shape.depth + 2.2 * (1 - arch**2)], 1)
    _add(cloud, character, bridge, thick)


def _power(value: Array) -> Array:
    return np.asarray(np.sign(value) * np.abs(value) ** _SQUARE)


def _depth(shape: Glasses, x: Array) -> Array:
    return shape.depth - _WRAP * np.clip(x - 6, 0, None) ** 2


def _add(cloud: CloudBuilder, character: Character, path: Array, radius: float) -> None:
    spacing = 1.05 * character.detail.lips
    rim = tube(path, [radius, radius], 1.7 * spacing, up=(0, 0.3, 1.0), around=9)
    cloud.add(
        "glasses",
        rim.position,
        rim.normal,
        0.80 * spacing,
        linear(character.palette.rim),
        tangent=rim.tangent,
        aspect=1.9,
        binding=HEAD,
        specular=0.22,
        flatness=0.5,
    )
