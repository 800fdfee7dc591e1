"""Inner lips, the invisible contour at which the lips meet, and the inside: cavity, teeth, tongue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.fields import Array, front_depth, linear, mix, smoothstep, unit
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import GOLDEN_TURN

CONTOUR_POINTS = 61
"""Points of the inner lip line, from the own right corner to the left one."""
INNER_LIP_DEPTH = 7.0
"""How far the lips roll into the mouth, mm."""
_SIDEWAYS = np.array([[1.0, 0, 0]])


def add_mouth(cloud: CloudBuilder, character: Character, face: FaceField) -> None:
    """Add everything at and behind the lips."""
    _add_inner_lips(cloud, character, face)
    add_contour(cloud, face)
    _add_cavity(cloud, character, face)
    height, half, depth = character.mouth.height, face.lips.half_width, face.mouth_depth
    upper = _TeethRow("teeth_up", height - 4.6, 15.0, half * 1.10, depth - 8.0, 0.96)
    lower = _TeethRow("teeth_low", height - 4.4, -11.0, half * 0.92, depth - 10.5, 0.80)
    for row in (upper, lower):
        _add_teeth(cloud, character, row)
    _add_tongue(cloud, character, face)


def _add_inner_lips(cloud: CloudBuilder, character: Character, face: FaceField) -> None:
    """Half tubes behind the contact line: they give the lips thickness when the mouth opens."""
    lips = face.lips
    x = np.linspace(-1, 1, 66) * lips.half_width * 0.995
    contact, within = lips.contact(x), lips.within(x)
    surface = front_depth(face.skin, x, contact)
    colour = linear(character.palette.lip)
    for below, sign in ((0.0, 1.0), (1.0, -1.0)):
        for ring, angle in enumerate(np.linspace(0.1, 1.25, 5)):
            back = 0.9 + INNER_LIP_DEPTH * np.sin(angle) * (0.35 + 0.65 * within)
            away = sign * 2.2 * (1 - np.cos(angle)) * within
            normal = np.array([0, -sign * np.cos(angle), 0.75 * np.cos(angle) + 0.2])
            cloud.add(
                "inner_lip",
                np.stack([x, contact + away, surface - back], 1),
                normal,
                0.55 + 0.42 * within,
                colour * (0.80 - 0.12 * ring),
                tangent=_SIDEWAYS,
                binding=HEAD,
                below=below,
                specular=0.25,
                flatness=0.5,
            )


def contour(face: FaceField) -> Array:
    """The inner lip line of the closed mouth, (CONTOUR_POINTS, 3) mm, from the own right to the left."""
    x = np.linspace(-1, 1, CONTOUR_POINTS) * face.lips.half_width
    contact = face.lips.contact(x)
    return np.stack([x, contact, front_depth(face.skin, x, contact) + 0.5], 1)


def add_contour(cloud: CloudBuilder, face: FaceField) -> None:
    """The inner lip line, once for each lip; the renderer makes the opening of the mouth from it."""
    for below in (0.0, 1.0):
        cloud.add("lip_contour", contour(face), (0, 0, 1), 0.3, 0.0, binding=HEAD, below=below, opacity=0.0)


def _add_cavity(cloud: CloudBuilder, character: Character, face: FaceField) -> None:
    """A dark bowl behind the teeth; its parameter is (place from top to bottom, from side to side, 0)."""
    columns = int(np.sqrt(character.detail.cavity * 1.3))
    rows = int(character.detail.cavity / columns)
    across, down = (v.ravel() for v in np.meshgrid(np.linspace(-1, 1, columns), np.linspace(0, 1, rows)))
    depth = np.clip(1 - across**2 * 0.7, 0, 1)
    tone = 0.22 + 0.75 * np.abs(2 * down - 1) ** 1.6 + 0.15 * across**2
    width = face.lips.half_width * 1.25
    height = character.mouth.height + 16 - 30 * down
    cloud.add(
        "cavity",
        np.stack([across * width, height, face.mouth_depth - 22 - 10 * depth], 1),
        (0, 0, 1),
        1.7 * (1496 / (columns * rows)) ** 0.5,
        linear([104, 26, 30]) * tone[:, None],
        tangent=_SIDEWAYS,
        binding=HEAD,
        parameter=np.stack([down, across, 0 * down], 1),
        specular=0,
        flatness=0.4,
    )


@dataclass(frozen=True)
class _TeethRow:
    """Geometry of a row of teeth, mm; `height` points from the biting edge (y = `edge`) to the gum."""

    part: str
    edge: float
    height: float
    half_width: float
    front: float
    tone: float


def _add_teeth(cloud: CloudBuilder, character: Character, row: _TeethRow) -> None:
    """An arched band with faint lines between the teeth, darker towards the corners, ending in the gum."""
    columns = int(character.detail.teeth_columns)
    rows = max(int(columns * abs(row.height) / 15 * 22 / 84), 5)
    x, v = (a.ravel() for a in np.meshgrid(np.linspace(-1, 1, columns), np.linspace(0, 1, rows)))
    y = row.edge + row.height * v * (1 - 0.30 * x**2) + 2.2 * x**2 * np.sign(row.height)
    gaps = 1 - 0.07 * np.exp(-((((x * 4.5) % 1 - 0.5) / 0.05) ** 2)) * smoothstep(v, 0, 0.3)
    tone = row.tone * (1 - 0.42 * np.abs(x) ** 2.5) * (1 - 0.13 * smoothstep(v, 0.55, 1)) * gaps
    colour = linear([250, 246, 238]) * tone[:, None]
    colour = mix(colour, linear([206, 96, 98]) * 0.8, smoothstep(v, 0.84, 0.93))
    cloud.add(
        row.part,
        np.stack([x * row.half_width, y, row.front - 20 * x**2], 1),
        np.stack([34 * x / row.half_width, 0 * x, np.ones_like(x)], 1),
        0.72 * 84 / columns,
        colour,
        binding=HEAD,
        parameter=np.stack([v, x, 0 * x], 1),
        specular=0,
        flatness=0.4,
    )


def _add_tongue(cloud: CloudBuilder, character: Character, face: FaceField) -> None:
    """A flat ellipsoid with a groove; its parameter is the direction from its centre (z towards the tip)."""
    count = int(character.detail.tongue)
    i = np.arange(count) + 0.5
    polar = np.arccos(1 - i / count * 1.3)
    around = GOLDEN_TURN * i
    direction = unit(
        np.stack(
            [
                np.sin(polar) * np.cos(around),
                np.cos(polar) * 0.3 + np.sin(polar) * np.sin(around) * 0.8,
                np.cos(polar),
            ],
            1,
        )
    )
    tone = 0.72 + 0.30 * np.clip(direction[:, 1], -0.5, 1)
    groove = 1 - 0.22 * np.exp(-((direction[:, 0] / 0.10) ** 2))
    cloud.add(
        "tongue",
        np.array([0, character.mouth.height - 12, face.mouth_depth - 24]) + direction * [17, 7, 13],
        direction,
        0.85 * (1500 / count) ** 0.5,
        linear([206, 82, 94]) * (tone * groove)[:, None],
        binding=HEAD,
        parameter=direction,
        specular=0,
        flatness=0.5,
    )
