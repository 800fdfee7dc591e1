"""What makes a hoodie of the trunk: the hood around the neck, its cords, a pocket and an emblem on the chest."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.body import NECK_AXIS_DEPTH, BodyField
from visavis_agent.rendering.builder.cloud import CloudBuilder
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT
from visavis_agent.rendering.builder.fields import Array, linear, smoothstep, unit
from visavis_agent.rendering.builder.tubes import tube

EMBLEM = (0.0, -376.0)
EMBLEM_RADIUS = 30.0


def add_hoodie_details(cloud: CloudBuilder, body: BodyField) -> None:
    """Add everything that lies on the hoodie."""
    _add_hood(cloud, body)
    for side, length in ((RIGHT, 60.0), (LEFT, 70.0)):
        _add_cord(cloud, body, side, length)
        _add_pocket_edge(cloud, body, side)
    _add_seam(cloud, body, np.linspace(-54, 54, 40), np.full(40, -470.0))
    _add_emblem(cloud, body)


def _add_hood(cloud: CloudBuilder, body: BodyField) -> None:
    """The hood lies around the neck as a thick roll, open in front, highest behind the neck; an inner roll lines it."""
    azimuth = np.linspace(0.16, 2 * np.pi - 0.16, 110)
    behind = 0.5 - 0.5 * np.cos(azimuth)
    ray = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], 1)
    neck = body.shape.neck_radius
    spacing = body.character.detail.trim * 1.15
    jacket = linear(body.character.palette.jacket)
    for out, height, radius, tone in ((14.0, 0.0, 13.5, 1.05), (3.5, 4.0, 6.5, 0.72)):
        level = -229 + 66 * smoothstep(behind, 0.0, 0.75) + height
        path = ray * (neck + out + 7 * behind)[:, None]
        path = path + np.stack([0 * azimuth, level, np.full(len(azimuth), NECK_AXIS_DEPTH)], 1)
        for _ in range(30):  # its middle lies on the cloth
            path = path - ray * np.clip(np.minimum(body.trunk(path) - 2, 0), -5, 0)[:, None] * 0.7
        for _ in range(8):
            path[1:-1] = 0.25 * path[:-2] + 0.5 * path[1:-1] + 0.25 * path[2:]
        profile = radius * np.array([0.35, 0.75, 0.95, 1.05, 1.1, 1.1, 1.1, 1.05, 0.95, 0.75, 0.35])
        roll = tube(path, profile, spacing, flat=0.9, up=ray)
        fold = 1 + 0.05 * np.sin(roll.angle * 2 + 9 * roll.along)
        cloud.add(
            "torso",
            roll.position,
            roll.normal,
            0.95 * spacing,
            jacket * (tone * fold)[:, None],
            tangent=roll.tangent,
            specular=0.03,
        )


def _add_cord(cloud: CloudBuilder, body: BodyField, side: int, length: float) -> None:
    """A cord with a tip; it hangs from an eyelet."""
    t = np.linspace(0, 1, 40)
    x = side * (15.0 + 5.0 * t + 1.6 * np.sin(5 * t))
    path, normal = body.front(x, -252.0 - length * t, 2.6)
    spacing = 0.55 * body.character.detail.trim
    cord = tube(path, [2.1, 2.1], spacing, around=8)
    twist = 1 - 0.16 * (np.sin(cord.along * length * 1.6 + cord.angle) > 0.3)
    tip = smoothstep(cord.along, 0.86, 0.88)
    white, metal = linear(body.character.palette.shirt), linear([122, 116, 112])
    colour = white * twist[:, None] * (1 - tip[:, None]) + metal * tip[:, None]
    cloud.add(
        "torso", cord.position, cord.normal, 0.75 * spacing, colour, tangent=cord.tangent, specular=0.05 + 0.3 * tip
    )
    ring = np.linspace(0, 2 * np.pi, 25)
    centre = path[0] + 0.5 * normal[0]
    eyelet = centre + np.stack([4.0 * np.cos(ring), 4.0 * np.sin(ring), 0 * ring], 1)
    rim = tube(eyelet, [1.2, 1.2], spacing, around=6)
    cloud.add("torso", rim.position, rim.normal, 0.6 * spacing, metal, tangent=rim.tangent, specular=0.5)


def _add_pocket_edge(cloud: CloudBuilder, body: BodyField, side: int) -> None:
    """The slanting opening of the pocket and its side."""
    x = np.interp(np.linspace(0, 1, 60), [0, 0.55, 1], [54, 84, 86])
    y = np.interp(np.linspace(0, 1, 60), [0, 0.55, 1], [-470, -536, -600])
    _add_seam(cloud, body, side * x, y)


def _add_seam(cloud: CloudBuilder, body: BodyField, x: Array, y: Array) -> None:
    path, _ = body.front(x, y, 1.2)
    spacing = 0.8 * body.character.detail.trim
    seam = tube(path, [2.2, 2.2], spacing, flat=0.7, around=7)
    colour = linear(body.character.palette.jacket) * 0.82
    cloud.add("torso", seam.position, seam.normal, 0.75 * spacing, colour, tangent=seam.tangent, specular=0.03)


def _add_emblem(cloud: CloudBuilder, body: BodyField) -> None:
    """A printed sun: a disc and twelve rays."""
    spacing = 0.62 * body.character.detail.badge
    count = int(2 * EMBLEM_RADIUS / spacing)
    u, v = (g.ravel() for g in np.meshgrid(np.linspace(-1, 1, count), np.linspace(-1, 1, count)))
    r, turn = np.hypot(u, v), np.arctan2(v, u)
    wave = np.abs(((turn * 12 / (2 * np.pi)) % 1.0) - 0.5)
    rays = (r > 0.56) & (r < 0.98) & (wave < 0.20 * (1.25 - 0.75 * r))
    on = (r < 0.44) | rays
    position, normal = body.front(EMBLEM[0] + EMBLEM_RADIUS * u[on], EMBLEM[1] + EMBLEM_RADIUS * v[on], 3.4)
    palette = body.character.palette
    colour = np.where((r[on] < 0.44)[:, None], linear(palette.accent), linear(palette.shirt))
    cloud.add("torso", position, unit(normal), 0.78 * spacing, colour, specular=0.05, flatness=0.4)
