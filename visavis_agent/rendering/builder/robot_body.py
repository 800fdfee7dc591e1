"""The robot's trunk: a smooth shell with a lamp in its chest, and rubber at neck and waist."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.body import NECK_AXIS_DEPTH, BodyField
from visavis_agent.rendering.builder.cloud import Binding, CloudBuilder
from visavis_agent.rendering.builder.fields import Array, linear, mix, smoothstep
from visavis_agent.rendering.builder.sampling import SIGMA_PER_SPACING, sample_surface
from visavis_agent.rendering.builder.tubes import tube

NECK_HOLE, WAIST = 47.0, -470.0
"""Radius of the hole for the neck, and the height at which the shell ends, mm."""
LAMP = (0.0, -318.0)
LAMP_RADIUS = 25.0
_SHELL = 6.0


class RobotBody(BodyField):
    """Shell, neck and waist, mm."""

    def jacket(self, points: Array) -> Array:
        """Distance to the trunk, thickened by the shell above the waist."""
        return np.asarray(self.trunk(points) - _SHELL * smoothstep(points[:, 1], WAIST - 1.5, WAIST + 1.5))


def add_robot_body(cloud: CloudBuilder, body: RobotBody, rng: np.random.Generator) -> None:
    """Add shell, waist, neck, collar and lamp."""
    _add_shell(cloud, body, rng)
    _add_neck(cloud, body, rng)
    _add_rings(cloud, body)
    _add_lamp(cloud, body)


def _add_shell(cloud: CloudBuilder, body: RobotBody, rng: np.random.Generator) -> None:
    detail, palette = body.character.detail, body.character.palette
    position, normal, distance = sample_surface(
        body.jacket,
        (-230, -610, -140),
        (230, -165, 120),
        lambda p: np.where(np.abs(p[:, 1] - WAIST) < 8, 0.5, 0.86) * detail.cloth,
        rng,
        cell=11.0,
        keep=lambda p: np.asarray(p[:, 2] > -62),
    )
    from_axis = np.hypot(position[:, 0], position[:, 2] - NECK_AXIS_DEPTH)
    on = (from_axis > NECK_HOLE - 3) | (position[:, 1] < -240)
    on &= (np.abs(normal[:, 1]) < 0.8) | (position[:, 1] > -300)  # the ring covers the step at the waist
    position, normal, distance = position[on], normal[on], distance[on]
    ribs = 0.85 + 0.30 * (np.sin(position[:, 1] * 0.42) > 0)
    rubber = linear(palette.shirt) * ribs[:, None]
    colour = mix(rubber, linear(palette.jacket), smoothstep(position[:, 1], WAIST - 1, WAIST + 1))
    sigma = distance * SIGMA_PER_SPACING
    gloss = 0.08 + 0.27 * (position[:, 1] > WAIST)
    cloud.add_undercoat("torso", position, normal, sigma, colour, specular=0.1)
    cloud.add("torso", position, normal, 0.95 * sigma, colour, specular=gloss)


def _add_neck(cloud: CloudBuilder, body: RobotBody, rng: np.random.Generator) -> None:
    spacing = body.character.detail.neck
    position, normal, distance = sample_surface(
        body.neck,
        (-95, -262, -80),
        (95, -60, 60),
        lambda p: np.full(len(p), spacing),
        rng,
        keep=lambda p: np.asarray((p[:, 2] > -45) & (p[:, 1] > -240)),
    )
    ribs = 0.8 + 0.4 * smoothstep(np.sin(position[:, 1] * 0.55), -0.3, 0.3)
    cloud.add(
        "neck",
        position,
        normal,
        distance * SIGMA_PER_SPACING,
        linear(body.character.palette.shirt) * ribs[:, None],
        binding=Binding("chest", "head", smoothstep(position[:, 1], -200, -100)),
        specular=0.05,
    )


def _add_rings(cloud: CloudBuilder, body: RobotBody) -> None:
    """Rings over the edges of the shell: around the neck it lies on the shoulders, at the waist it is level."""
    azimuth = np.linspace(-np.pi, np.pi, 160)
    ray = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], 1)
    neck = ray * NECK_HOLE + [0, -120.0, NECK_AXIS_DEPTH]
    for _ in range(60):
        neck[:, 1] -= np.clip(body.jacket(neck), -6, 12) * 0.7
    waist = ray * 150 + [0, WAIST, -24.0]
    for _ in range(60):
        waist = waist - ray * np.clip(body.jacket(waist + [0, 3, 0]), -6, 20)[:, None] * 0.6
    spacing = 0.9 * body.character.detail.trim
    metal = linear([146, 160, 172])
    for path, radius, colour in ((neck, 6.5, linear(body.character.palette.accent)), (waist, 5.0, metal)):
        seen = path[:, 2] > -60
        ring = tube(_smooth(path[seen]), [radius, radius], spacing, up=(0, 1.0, 0), around=14)
        cloud.add("torso", ring.position, ring.normal, 0.85 * spacing, colour, tangent=ring.tangent, specular=0.5)


def _smooth(path: Array) -> Array:
    for _ in range(6):
        path[1:-1] = 0.25 * path[:-2] + 0.5 * path[1:-1] + 0.25 * path[2:]
    return path


def _add_lamp(cloud: CloudBuilder, body: RobotBody) -> None:
    """A glowing heart in a dark ring."""
    count = 700
    radius, turn = LAMP_RADIUS * np.sqrt((np.arange(count) + 0.5) / count), np.arange(count) * 2.39996
    x, y = LAMP[0] + radius * np.cos(turn), LAMP[1] + radius * np.sin(turn)
    position, normal = body.front(x, y, 3.0)
    glow = linear(body.character.palette.lip)
    core, ring = smoothstep(radius, 17, 2), smoothstep(np.abs(radius - 19), 2.6, 1.4)
    colour = linear([24, 36, 50]) + glow * (0.9 * core + 1.1 * ring)[:, None]
    cloud.add("glow_lamp", position, normal, 1.15, colour, flatness=0.4)
    around = np.linspace(0, 2 * np.pi, 90)
    path, _ = body.front(LAMP[0] + LAMP_RADIUS * np.cos(around), LAMP[1] + LAMP_RADIUS * np.sin(around), 2.5)
    ring_tube = tube(path, [3.0, 3.0], 1.6, around=10)
    colour = linear([146, 160, 172])
    cloud.add("torso", ring_tube.position, ring_tube.normal, 1.4, colour, tangent=ring_tube.tangent, specular=0.7)
