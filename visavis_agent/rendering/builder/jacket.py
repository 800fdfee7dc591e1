"""What makes a jacket of the trunk: lapels, collar, edges, button, badge and pocket."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from visavis_agent.rendering.builder.body import BADGE, NECK_AXIS_DEPTH, NECK_ZONE, BodyField
from visavis_agent.rendering.builder.cloud import CloudBuilder
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT
from visavis_agent.rendering.builder.fields import Array, linear, smoothstep, unit
from visavis_agent.rendering.builder.tubes import tube


def add_jacket_details(cloud: CloudBuilder, body: BodyField) -> None:
    """Add everything that lies on the jacket."""
    _add_collar_stand(cloud, body)
    for side in (RIGHT, LEFT):
        _add_patch(cloud, body, side, -250, -402, _lapel_width, 6.0, 1.22)
        _add_patch(cloud, body, side, -192, -252, _collar_width, 8.0, 1.30)
        _add_edge(cloud, body, side)
    _add_button(cloud, body)
    _add_badge(cloud, body)
    _add_pocket(cloud, body)


def _lapel_width(y: Array) -> Array:
    return np.interp(y, [-402, -360, -300, -262, -256, -250], [3, 18, 40, 56, 52, 20])


def _collar_width(y: Array) -> Array:
    return np.interp(y, [-262, -250, -246, -225, -205, -192], [22, 40, 43, 38, 30, 22])


def _add_patch(
    cloud: CloudBuilder,
    body: BodyField,
    side: int,
    top: float,
    bottom: float,
    width_at: Callable[[Array], Array],
    lift: float,
    tone: float,
) -> None:
    """A lapel or collar: lifted off the jacket, rounded at the rim, stitched and piped."""
    spacing = body.character.detail.trim
    rows, columns = int((top - bottom) / spacing), int(56 / spacing)
    y, v = (a.ravel() for a in np.meshgrid(np.linspace(top, bottom, rows), np.linspace(0, 1, columns)))
    width = width_at(y)
    position, normal = body.front((body.opening(y) - 3 + width * v) * side, y)
    rim = (1 - np.abs(2 * v - 1) ** 5) * np.clip(width / 12, 0.2, 1)
    position = position + normal * (lift * (0.35 + 0.65 * rim))[:, None]
    slope = np.gradient(rim.reshape(columns, rows), axis=0).ravel() * lift * 0.65 / np.maximum(width / columns, 0.6)
    normal = unit(normal - np.clip(slope, -1.5, 1.5)[:, None] * np.array([side, 0, 0]))
    edge = 1 - 0.30 * smoothstep(np.abs(2 * v - 1), 0.90, 0.97)
    stitch = 1 - 0.25 * np.exp(-(((np.abs(2 * v - 1) - 0.84) / 0.03) ** 2)) * (np.sin(y * 1.6) > -0.2)
    jacket = linear(body.character.palette.jacket)
    sigma = np.clip(np.maximum(width / columns, spacing) * 0.74, 0.70, 2.2)
    colour = jacket * (tone * edge * stitch)[:, None]
    cloud.add("torso", position, normal, sigma, colour, specular=0.07, flatness=0.5)
    piping = tube(position[v > 0.999] + [0, 0, 0.3], [1.1, 1.1], 0.9 * spacing, around=5)
    cloud.add(
        "torso",
        piping.position,
        piping.normal,
        0.5 * spacing,
        jacket * 1.55,
        tangent=piping.tangent,
        specular=0.06,
    )


def _add_collar_stand(cloud: CloudBuilder, body: BodyField) -> None:
    """The tube that stands up around the back and the sides of the neck."""
    azimuth = np.linspace(0.86, 2 * np.pi - 0.86, 70)
    ray = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], 1)
    path = ray * 62 + np.stack([0 * azimuth, body.collar_line(azimuth) - 2, np.full(70, NECK_AXIS_DEPTH)], 1)
    for _ in range(40):
        path = path - ray * np.clip(body.trunk(path), -5, 5)[:, None] * 0.6
    axis = np.array([0, NECK_AXIS_DEPTH])
    distance = np.hypot(path[:, 0], path[:, 2] - NECK_AXIS_DEPTH)
    path[:, [0, 2]] = (path[:, [0, 2]] - axis) * np.clip((NECK_ZONE - 6) / distance, 0, 1)[:, None] + axis
    path = path + ray * 2.0 + [0, 2.0, 0]
    for _ in range(6):
        path[1:-1] = 0.25 * path[:-2] + 0.5 * path[1:-1] + 0.25 * path[2:]
    spacing = body.character.detail.trim * 1.1
    stand = tube(path, [1.5, 6.5, 8, 8, 8, 6.5, 1.5], spacing, flat=0.8, up=ray)
    colour = linear(body.character.palette.jacket) * 1.25
    cloud.add("torso", stand.position, stand.normal, spacing, colour, tangent=stand.tangent, specular=0.07)


def _add_edge(cloud: CloudBuilder, body: BodyField, side: int) -> None:
    """The front edge of the jacket, a thin tube along collar, lapel and opening, for a crisp border."""
    y = np.linspace(-194, -600, 160)
    on_lapel = smoothstep(y, -408, -396)
    path, normal = body.front(side * (body.opening(y) + 0.5 - 3.5 * on_lapel), y)
    lift = 0.6 + np.interp(y, [-402, -256, -250, -192], [1.4, 1.6, 2.3, 2.3]) * on_lapel
    spacing = body.character.detail.trim * 0.9
    edge = tube(path + normal * lift[:, None], [2.3, 2.3], spacing, around=6)
    colour = linear(body.character.palette.jacket) * 1.15
    cloud.add("torso", edge.position, edge.normal, 0.55 * spacing, colour, tangent=edge.tangent, specular=0.06)


def _add_button(cloud: CloudBuilder, body: BodyField) -> None:
    centre, _ = body.front(np.array([7.0]), np.array([-428.0]), 2.0)
    i = np.arange(160) + 0.5
    polar, around = np.arccos(1 - i / 160), i * 2.39996
    direction = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], 1)
    colour = linear(body.character.palette.jacket) * 0.45
    cloud.add("torso", centre + direction * [7, 7, 3], direction, 0.95, colour, specular=0.6)


def _add_badge(cloud: CloudBuilder, body: BodyField) -> None:
    """A name badge: rounded rectangle with an accent band and two grey lines."""
    spacing = body.character.detail.badge
    across, up = (
        v.ravel() for v in np.meshgrid(np.linspace(-1, 1, int(48 / spacing)), np.linspace(-1, 1, int(29 / spacing)))
    )
    position, normals = body.front(BADGE[0] + across * 24, BADGE[1] + up * 13.5, 7.0)
    normal = unit(normals.mean(0))  # it is stiff: no fold of the cloth shades it
    corner = np.hypot(np.clip(np.abs(across) * 24 - 20, 0, 9), np.clip(np.abs(up) * 13.5 - 9.5, 0, 9))
    colour = np.where((up > 0.35)[:, None], linear(body.character.palette.accent), linear([250, 250, 248]))
    name = (np.abs(up + 0.18) < 0.16) & (np.abs(across + 0.1) < 0.62)
    role = (np.abs(up + 0.62) < 0.09) & (np.abs(across + 0.3) < 0.42)
    colour = np.where((name | role)[:, None], linear([70, 84, 96]), colour)
    on = corner < 4.2
    cloud.add("badge", position[on], normal, 0.8 * spacing, colour[on], specular=0.2, flatness=0.5)


def _add_pocket(cloud: CloudBuilder, body: BodyField) -> None:
    """The welt of the breast pocket."""
    t = np.linspace(0, 1, 30)
    path, _ = body.front(-66 - 44 * t, -330 + 5 * t, 2.0)
    spacing = body.character.detail.trim * 0.95
    welt = tube(path, [3.4, 3.4], spacing, flat=0.5, around=max(int(18 / spacing), 6))
    colour = linear(body.character.palette.jacket) * 1.2
    cloud.add("torso", welt.position, welt.normal, 0.8 * spacing, colour, tangent=welt.tangent, specular=0.05)
