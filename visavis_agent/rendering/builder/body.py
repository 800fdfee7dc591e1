"""Trunk, neck and clothes down to the hips."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from visavis_agent.rendering.builder.arms import SHOULDER_DEPTH, SHOULDER_HEIGHT
from visavis_agent.rendering.builder.cloud import Binding, CloudBuilder
from visavis_agent.rendering.builder.fields import (
    Array,
    bump,
    capsule,
    ellipsoid,
    fold_sides,
    front_depth,
    linear,
    mix,
    smooth_union,
    smoothstep,
    surface_normal,
    unit,
)
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import SIGMA_PER_SPACING, sample_surface
from visavis_agent.rendering.builder.tubes import tube

BADGE = (92.0, -316.0)
"""Centre of the name badge, x and y, mm."""
NECK_AXIS_DEPTH = -34.0
"""z of the neck's axis, mm."""
JACKET_ZONE = 62.0
"""Radius around the neck's axis beyond which the jacket covers everything, mm."""
BELOW_EDGE = 1.5
"""How far the jacket's colour reaches below its front edge, mm: no shirt shines through at the lapels."""
NECK_ZONE = 78.0
"""Radius around the neck's axis within which the heights of the necklines apply, mm."""

_OPENINGS = {
    "jacket": ([-600, -560, -418, -400, -300, -215, -180], [26, 10, 2.0, 4, 26, 44, 48]),
    "hoodie": ([-600, -180], [-9.0, -9.0]),
    "cardigan": ([-600, -428, -404, -300, -220, -180], [1.0, 1.0, 5, 33, 52, 56]),
}
"""Heights, rising, and half widths of the front opening of each outfit, mm."""


def shirt_collar_line(azimuth: Array) -> Array:
    """Height of the fold of a shirt's turned-down collar around the neck; azimuth 0 is in front."""
    return np.asarray(-171 - 24 * np.exp(-((azimuth / 0.75) ** 2)))


class BodyField:
    """Shapes of trunk, jacket and neck, mm."""

    def __init__(self, character: Character) -> None:
        self.character = character
        self.shape = character.body

    def trunk(self, points: Array) -> Array:
        """Distance to rib cage, shoulders and waist: the surface of the shirt."""
        shape = self.shape
        q = fold_sides(points)
        chest, shoulder = shape.chest_scale, shape.shoulder_half_width
        d = ellipsoid(q, (0, -318, -24), (122 * chest, 128, 78 * chest))
        girdle = capsule(
            q,
            (20, -226, -34),
            (shoulder - 14, SHOULDER_HEIGHT + 8, SHOULDER_DEPTH),
            30,
            33 * shape.arm_radius,
        )
        d = smooth_union(d, girdle, 30)
        d = smooth_union(d, capsule(q, (16, -176, -36), (shoulder * 0.66, -224, -38), 24, 15), 26)
        hips = ellipsoid(q, (0, -500, -22), (106 * chest + 10 * (1 - shape.bust), 150, 74 * chest))
        d = smooth_union(d, hips, 46)
        if shape.belly > 0:
            belly = ellipsoid(q, (0, -470, 6), (98 * chest, 112, 60 + shape.belly))
            d = smooth_union(d, belly, 40)
        if shape.bust > 0:
            d = smooth_union(d, ellipsoid(q, (50, -350, 26), (48, 46, 36 * shape.bust)), 34)
        return d

    def opening(self, y: Array) -> Array:
        """Half width of the opening of jacket or cardigan at height y, mm; nearly 0 where it is buttoned."""
        heights, widths = _OPENINGS[self.character.outfit]
        return np.interp(y, heights, widths)

    def jacket(self, points: Array) -> Array:
        """Distance to the trunk, thickened by the jacket outside its opening, with a few folds."""
        side_x, y = np.abs(points[:, 0]), points[:, 1]
        edge = self.opening(y)
        cover = np.where(points[:, 2] > -20, smoothstep(side_x - edge, -1.0, 2.0), 1.0)
        cover = cover * self.below_line(points, self.collar_line, 2.0, JACKET_ZONE)
        fold = 1.6 * np.sin((y + 0.55 * side_x) * 0.075) * smoothstep(y, -395, -440)
        fold += 1.2 * np.sin(side_x * 0.09 + y * 0.05) * bump(side_x, y, 110, -300, 30, 40)
        dart = -1.4 * np.exp(-(((side_x - 62 - 0.05 * (y + 400)) / 2.0) ** 2)) * smoothstep(y, -390, -420)
        return np.asarray(self.trunk(points) - cover * (6.5 + fold + dart))

    def neck(self, points: Array) -> Array:
        """Distance to the neck and the skin below it that an open collar shows."""
        radius = self.shape.neck_radius
        q = fold_sides(points)
        d = capsule(q, (0, -60, -24), (0, -200, -32), radius, radius * 1.08)
        d = smooth_union(d, capsule(q, (radius * 0.60, -90, -8), (12, -196, 0), 8, 6), 22)  # sternomastoid
        return smooth_union(d, ellipsoid(q, (0, -232, -22), (78, 34, 36)), 26)

    @staticmethod
    def collar_line(azimuth: Array) -> Array:
        """Height of the jacket's upper edge around the neck; azimuth 0 is in front."""
        return np.asarray(-172 - 29 * np.cos(azimuth).clip(0, 1))

    @staticmethod
    def crew_line(azimuth: Array) -> Array:
        """Height of the shirt's upper edge around the neck."""
        return np.asarray(-198 - 22 * np.cos(azimuth).clip(0, 1))

    @staticmethod
    def below_line(points: Array, line: Callable[[Array], Array], soft: float, zone: float = NECK_ZONE) -> Array:
        """1 below a neckline, 0 above it; always 1 farther than `zone` mm from the neck's axis."""
        x, z = points[:, 0], points[:, 2] - NECK_AXIS_DEPTH
        y = points[:, 1] - line(np.arctan2(x, z))
        return np.where(np.hypot(x, z) < zone, smoothstep(y, soft, -soft), 1.0)

    def front(self, x: Array, y: Array, lift: float = 0.0) -> tuple[Array, Array]:
        """Points on the front of the jacket, lifted by `lift` mm, and smooth normals."""
        points = np.stack([x, y, front_depth(self.jacket, x, y, 200.0)], 1)
        normal = surface_normal(self.trunk, points, 2.0)
        return points + lift * normal, normal


def add_trunk(cloud: CloudBuilder, body: BodyField, rng: np.random.Generator) -> None:
    """Add jacket, shirt and the bare skin above the shirt."""
    detail, palette = body.character.detail, body.character.palette
    knitted, buttoned = body.character.outfit == "cardigan", body.character.outfit == "jacket"

    def spacing(points: Array) -> Array:
        side_x, y = np.abs(points[:, 0]), points[:, 1]
        at_collar = (side_x < 80) & (y > -262)
        cloth = np.where((side_x < 46) & (y > -420), detail.cloth_front, detail.cloth)
        cloth = np.where(at_collar, 0.75 * detail.cloth_front, cloth)
        at_edge = np.abs(side_x - body.opening(y)) < 7
        return np.where(at_edge & knitted & (y > -430) & (points[:, 2] > -30), 0.55 * detail.cloth_front, cloth)

    position, normal, distance = sample_surface(
        body.jacket,
        (-230, -610, -140),
        (230, -165, 120),
        spacing,
        rng,
        cell=11.0,
        keep=lambda p: np.asarray(p[:, 2] > -62),
    )
    x, y, z = position.T
    under_badge = buttoned & (np.abs(x - BADGE[0]) < 20) & (np.abs(y - BADGE[1]) < 10) & (z > 0)
    smooth = (normal * surface_normal(body.trunk, position, 2.0)).sum(1) > 0.55
    smooth &= ~under_badge  # cloth on a slope would cover a part of the badge
    position, normal, distance = position[smooth], normal[smooth], distance[smooth]  # no walls of cloth
    edge = body.opening(position[:, 1]) - (3.5 if knitted else BELOW_EDGE)
    cover = np.where(position[:, 2] > -20, smoothstep(np.abs(position[:, 0]) - edge, -0.8, 0.8), 1.0)
    cover = cover * body.below_line(position, body.collar_line, 0.5, JACKET_ZONE)
    under = palette.shirt if knitted or buttoned else palette.jacket
    colour = mix(np.tile(linear(under), (len(position), 1)), linear(palette.jacket), cover)
    bare = 1 - cover  # nothing is worn below a hoodie
    if buttoned:
        bare = bare * (1 - body.below_line(position, body.crew_line, 0.8))
    elif knitted:
        bare = 0 * bare  # a shirt's collar covers it
    colour = mix(colour, linear(palette.skin) * [0.97, 0.92, 0.90], bare)
    sigma = distance * SIGMA_PER_SPACING
    skin = bare > 0.5
    cloth = ~skin
    cloud.add_undercoat("torso", position[cloth], normal[cloth], sigma[cloth], colour[cloth] * 0.9, specular=0.03)
    grown = sigma * (0.95 + 0.15 * (1 - cover))
    cloud.add("torso", position[cloth], normal[cloth], grown[cloth], colour[cloth], specular=0.05)
    still = Binding("chest", "head", 0.0)
    cloud.add("neck", position[skin], normal[skin], grown[skin], colour[skin], binding=still, specular=0.08)


def add_neck(cloud: CloudBuilder, body: BodyField, rng: np.random.Generator) -> None:
    """Add the neck and the round collar of the shirt."""
    detail, palette = body.character.detail, body.character.palette
    position, normal, distance = sample_surface(
        body.neck,
        (-95, -262, -80),
        (95, -70, 60),
        lambda p: np.full(len(p), detail.neck),
        rng,
        keep=lambda p: np.asarray((p[:, 2] > -45) & (p[:, 1] > -248)),
    )
    outside = body.trunk(position) >= -3.5
    outside &= np.hypot(position[:, 0], position[:, 2] - NECK_AXIS_DEPTH) < JACKET_ZONE
    position, normal, distance = position[outside], normal[outside], distance[outside]
    colour = np.tile(linear(palette.skin) * [0.97, 0.92, 0.90], (len(position), 1))
    if body.character.outfit == "cardigan":
        colour = mix(
            colour, linear(palette.shirt) * 0.9, body.below_line(position + [0, 4.0, 0], shirt_collar_line, 0.8)
        )
    cloud.add(
        "neck",
        position,
        normal,
        distance * SIGMA_PER_SPACING,
        colour,
        binding=Binding("chest", "head", smoothstep(position[:, 1], -200, -100)),
        specular=0.08,
    )
    if body.character.outfit == "jacket":
        _add_shirt_collar(cloud, body)


def _add_shirt_collar(cloud: CloudBuilder, body: BodyField) -> None:
    """A ribbed tube around the front of the neck."""
    azimuth = np.linspace(-1.1, 1.1, 60)  # the rest lies inside the jacket
    ray = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], 1)
    path = ray * 130 + np.stack([0 * azimuth, body.crew_line(azimuth), np.full(60, NECK_AXIS_DEPTH)], 1)
    for _ in range(40):
        path = path - ray * np.clip(np.minimum(body.neck(path), body.trunk(path)), -6, 40)[:, None] * 0.8
    path = path[np.hypot(path[:, 0], path[:, 2] - NECK_AXIS_DEPTH) < JACKET_ZONE]
    ray = unit((path - [0, 0, NECK_AXIS_DEPTH]) * [1, 0, 1])
    spacing = body.character.detail.trim * 0.9
    rim = tube(path + ray, [5.2, 5.2], spacing, flat=0.8, up=(0, 1.0, 0), around=10)
    rib = 0.96 + 0.05 * np.sin(rim.angle * 6)
    shirt = linear(body.character.palette.shirt) * 0.96
    cloud.add(
        "torso",
        rim.position,
        rim.normal,
        0.8 * spacing,
        shirt * rib[:, None],
        tangent=rim.tangent,
        specular=0.05,
    )
