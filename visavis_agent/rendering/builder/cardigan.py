"""What makes a cardigan of the trunk: the knitted band along its opening, buttons, a shirt's collar and a tie."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.body import NECK_AXIS_DEPTH, BodyField, shirt_collar_line
from visavis_agent.rendering.builder.cloud import CloudBuilder
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT
from visavis_agent.rendering.builder.fields import (
    Array,
    front_depth,
    linear,
    mix,
    smoothstep,
    surface_normal,
    unit,
)
from visavis_agent.rendering.builder.sampling import fibonacci_cap
from visavis_agent.rendering.builder.tubes import tube

BAND_WIDTH = 15.0
"""Width of the knitted band, mm."""
KNOT = -207.0
"""Height of the tie's knot, mm."""


def add_cardigan_details(cloud: CloudBuilder, body: BodyField) -> None:
    """Add everything that lies on shirt and cardigan."""
    for side in (RIGHT, LEFT):
        _add_band(cloud, body, side)
        _add_collar_leaf(cloud, body, side)
    _add_tie(cloud, body)
    for height in (-432.0, -486.0, -540.0, -592.0):
        _add_button(cloud, body, height)


def _add_band(cloud: CloudBuilder, body: BodyField, side: int) -> None:
    """Ribs run across the band; it is raised and rounded at its rims."""
    spacing = 0.62 * body.character.detail.trim
    rows, columns = int(430 / spacing), max(int(BAND_WIDTH / spacing), 6)
    y, v = (a.ravel() for a in np.meshgrid(np.linspace(-186, -606, rows), np.linspace(-1, 1, columns)))
    over = 0.5 * BAND_WIDTH * smoothstep(y, -395, -430)  # closed: one band lies over the other
    x = body.opening(y) + 0.5 * BAND_WIDTH * (v + 1) - 2 - (over if side == LEFT else 0 * over)
    lift = (2.6 if side == LEFT else 1.2) + 1.6 * (1 - np.abs(v) ** 4)
    position, normal = body.front(side * x, y)
    slope = -0.55 * np.sign(v) * np.abs(v) ** 3
    rib = np.cos(y * 2 * np.pi / 5.0)
    facing = unit(
        normal
        + slope[:, None] * np.array([-side, 0.0, 0.0])
        + (0.12 * np.sin(y * 2 * np.pi / 5.0))[:, None] * [0, 1.0, 0]
    )
    colour = linear(body.character.palette.jacket) * (1.10 + 0.13 * rib - 0.22 * np.abs(v) ** 6)[:, None]
    front = normal[:, 2] > 0.25  # where the shoulder turns away, it would only show as specks
    cloud.add(
        "torso",
        (position + normal * lift[:, None])[front],
        facing[front],
        0.78 * spacing,
        colour[front],
        specular=0.03,
        flatness=0.5,
    )
    y = np.linspace(-182, -430, 120)
    path, normal = body.front(side * (body.opening(y) - 2.5), y)
    edge = tube(path + (2.6 + 3.0 * smoothstep(y, -290, -230))[:, None] * normal, [2.8, 2.8], spacing, around=9)
    colour = linear(body.character.palette.jacket) * 0.95
    cloud.add("torso", edge.position, edge.normal, 0.8 * spacing, colour, tangent=edge.tangent, specular=0.03)


def _add_collar_leaf(cloud: CloudBuilder, body: BodyField, side: int) -> None:
    """One half of the turned-down collar: from the fold at the neck to its edge, longest at the point."""
    spacing = 0.72 * body.character.detail.trim
    columns, rows = int(110 / spacing), int(44 / spacing)
    a, v = (g.ravel() for g in np.meshgrid(np.linspace(0.10, 1.45, columns), np.linspace(0, 1, rows)))
    neck = body.shape.neck_radius
    point = np.exp(-(((a - 0.38) / 0.30) ** 2))
    length = np.interp(a, [0.08, 0.36, 0.42, 1.0, 1.45], [9, 50, 50, 27, 24])
    top = shirt_collar_line(a)
    radius = neck + 4.0 + 7.0 * np.sin(np.pi * np.clip(v * 1.5, 0, 0.5)) + (15 - 9 * smoothstep(a, 0.6, 1.1)) * v
    turn = a + 0.16 * v * point
    position = np.stack([side * np.sin(turn) * radius, top - length * v, NECK_AXIS_DEPTH + np.cos(turn) * radius], 1)
    outward = unit(np.stack([side * np.sin(turn), 0.5 + 0 * a, np.cos(turn)], 1))
    for _ in range(12):  # it rests on what lies below
        depth = np.minimum(body.trunk(position), body.neck(position)) - 4.6
        position = position - outward * np.clip(depth, -8, 0)[:, None]
    normal = _grid_normals(position, (rows, columns), outward)
    rim = np.maximum(smoothstep(v, 0.94, 1.0), smoothstep(a, 0.16, 0.10))
    stitch = np.exp(-(((v - 0.86) / 0.025) ** 2))
    colour = linear(body.character.palette.shirt) * (1.06 - 0.45 * rim - 0.10 * stitch)[:, None]
    beyond = np.abs(position[:, 0]) > body.opening(position[:, 1]) - 3.5
    inside = beyond & (body.jacket(position) < 4.0)  # the cardigan lies over it
    seen = ~inside
    cloud.add("torso", position[seen], normal[seen], 0.85 * spacing, colour[seen], specular=0.05, flatness=0.4)
    hem = position.reshape(rows, columns, 3)[-1][~inside.reshape(rows, columns)[-1]]
    edge = tube(hem, [1.3, 1.3], 0.8 * spacing, around=6)
    colour = linear(body.character.palette.shirt) * 0.72
    cloud.add("torso", edge.position, edge.normal, 0.6 * spacing, colour, tangent=edge.tangent, specular=0.05)


def _grid_normals(position: Array, shape: tuple[int, int], outward: Array) -> Array:
    grid = position.reshape(*shape, 3)
    normal = unit(np.cross(np.gradient(grid, axis=0), np.gradient(grid, axis=1)).reshape(-1, 3))
    return normal * np.sign((normal * outward).sum(1, keepdims=True) + 1e-9)


def _add_tie(cloud: CloudBuilder, body: BodyField) -> None:
    """Knot and blade with slanting stripes; the blade vanishes below the cardigan."""
    spacing = 0.72 * body.character.detail.trim
    palette = body.character.palette
    y, v = (
        g.ravel()
        for g in np.meshgrid(np.linspace(KNOT - 8, -418, int(205 / spacing)), np.linspace(-1, 1, int(34 / spacing)))
    )
    half = np.interp(y, [-418, KNOT - 8], [18.0, 7.5])
    x = np.clip(half * v, -body.opening(y) - 4, body.opening(y) + 4)
    surface = np.stack([x, y, front_depth(body.trunk, x, y, 200.0)], 1)
    normal = surface_normal(body.trunk, surface, 3.0)
    position = surface + normal * (2.2 + 2.6 * (1 - np.abs(v) ** 3))[:, None]
    facing = unit(normal + (0.7 * np.sign(v) * np.abs(v) ** 3)[:, None] * [1.0, 0, 0])
    cloud.add("torso", position, facing, 0.8 * spacing, _stripes(palette.accent, palette.shirt, x + y), specular=0.12)
    direction = fibonacci_cap(int(2600 / spacing**2), 0.0, 1.75)
    widen = 1 + 0.34 * direction[:, 1]
    centre, _ = body.front(np.zeros(1), np.array([KNOT]), 0.0)
    centre = np.array(
        [0, KNOT, max(float(centre[0, 2]), float(front_depth(body.neck, np.zeros(1), np.array([KNOT]))[0])) + 3]
    )
    knot = centre + np.stack([direction[:, 0] * 11.5 * widen, direction[:, 1] * 11.5, direction[:, 2] * 8], 1)
    colour = _stripes(palette.accent, palette.shirt, knot[:, 1] - knot[:, 0]) * 0.95
    cloud.add("torso", knot, direction * [1, 1, 1.6], 0.8 * spacing, colour, specular=0.12)


def _stripes(ground: tuple[int, int, int], stripe: tuple[int, int, int], place: Array) -> Array:
    wave = np.abs((place / 17.0) % 1.0 - 0.5)
    return mix(np.tile(linear(ground), (len(place), 1)), linear(stripe) * 0.8, 0.8 * smoothstep(wave, 0.07, 0.04))


def _add_button(cloud: CloudBuilder, body: BodyField, height: float) -> None:
    """A horn button on the upper band."""
    centre, normal = body.front(np.array([2.0]), np.array([height]), 5.0)
    direction = fibonacci_cap(150, 0.0, 1.57)
    holes = np.min(
        [np.hypot(direction[:, 0] - dx, direction[:, 1] - dy) for dx in (-0.2, 0.2) for dy in (-0.2, 0.2)], axis=0
    )
    tone = np.where(holes < 0.13, 0.35, 1.0) * (1 - 0.25 * np.exp(-(((np.hypot(*direction.T[:2]) - 0.72) / 0.08) ** 2)))
    colour = linear([92, 62, 44]) * tone[:, None]
    cloud.add("torso", centre + direction * [6.5, 6.5, 2.4], direction + normal, 0.85, colour, specular=0.4)
