"""Displacements of teeth, tongue and cavity, mm at a coefficient of 1."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.fields import Array, smoothstep
from visavis_agent.rendering.builder.mouth_shapes import JAW_FORWARD, JAW_SIDEWAYS, jaw_rotation

Shapes = dict[str, Array]


def riding(points: Array, share: Array) -> Shapes:
    """What rides the jaw by `share` (N,)."""
    weight = share[:, None]
    return {
        "jawOpen": jaw_rotation(points) * weight,
        "jawForward": weight * [0, 0, JAW_FORWARD],
        "jawLeft": weight * [JAW_SIDEWAYS, 0, 0],
        "jawRight": weight * [-JAW_SIDEWAYS, 0, 0],
    }


def lower_teeth(points: Array) -> Shapes:
    """The lower teeth ride the jaw and sink behind a funnelled or puckered lip."""
    whole = np.ones((len(points), 1))
    shapes = riding(points, whole[:, 0])
    shapes["jawOpen"] = shapes["jawOpen"] + [0, 1.5, 0]
    return shapes | {"mouthFunnel": whole * [0, -4, 0], "mouthPucker": whole * [0, -4, 0]}


def upper_teeth(points: Array) -> Shapes:
    """The upper teeth rise a little with a smile, and out of sight behind rounded lips."""
    whole = np.ones((len(points), 1))
    return {
        "jawOpen": whole * [0, 1.5, 0],
        "tongueUp": whole * [0, 1.5, 0],
        "tongueOut": whole * [0, 1.0, 0],
        "mouthSmileLeft": whole * [0, 1.0, 0],
        "mouthSmileRight": whole * [0, 1.0, 0],
        "mouthFunnel": whole * [0, 12.0, -2.0],
        "mouthPucker": whole * [0, 11.0, -2.0],
    }


def tongue(points: Array, direction: Array) -> Shapes:
    """The tongue rides the jaw; its tip goes up behind the teeth, or out between them."""
    tip = smoothstep(direction[:, 2], -0.3, 1.0)[:, None]
    shapes = riding(points, np.ones(len(points)))
    return shapes | {"tongueUp": tip * [0, 13.5, 11], "tongueOut": tip * [0, 14, 23]}


def cavity(points: Array, down: Array) -> Shapes:
    """The bowl stretches: its top stays, its bottom rides the jaw."""
    shapes = riding(points, down)
    return shapes | {"mouthFunnel": down[:, None] * [0, -4, 0]}
