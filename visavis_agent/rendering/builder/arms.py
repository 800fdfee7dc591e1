"""Sleeves and cuffs, and where the joints of an arm rest: straight down, palms towards the body."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.cloud import Binding, CloudBuilder
from visavis_agent.rendering.builder.fields import (
    Array,
    capsule,
    linear,
    mix,
    smooth_cut,
    smooth_union,
    smoothstep,
)
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import SIGMA_PER_SPACING, fibonacci_sphere, sample_surface
from visavis_agent.rendering.builder.tubes import tube

UPPER_ARM, FOREARM = 232.0, 205.0
ARM_LENGTH = UPPER_ARM + FOREARM
SHOULDER_HEIGHT, SHOULDER_DEPTH = -247.0, -32.0


def shoulder(character: Character, side: int) -> Array:
    """Rest position of a shoulder joint, mm; elbow and wrist lie straight below it."""
    return np.array([side * (character.body.shoulder_half_width - 2), SHOULDER_HEIGHT, SHOULDER_DEPTH])


def sleeve(points: Array, character: Character) -> Array:
    """Distance to a jacket sleeve; origin at the shoulder, arm along -y, thumb side +z."""
    size = character.body.arm_radius
    y = points[:, 1]
    d = capsule(points, (0, -2, 0), (0, -UPPER_ARM, 0), 43 * size, 35 * size)
    forearm = capsule(points, (0, -UPPER_ARM, 0), (0, -ARM_LENGTH + 14, 0), 35.5 * size, 27.5 * size)
    d = smooth_union(d, forearm, 10)
    around = np.arctan2(points[:, 2], points[:, 0])
    folds = 1.5 * np.sin(y * 0.16 + 1.4 * np.sin(around)) * np.exp(-(((y + UPPER_ARM) / 46) ** 2))
    folds += 0.9 * np.sin(y * 0.11 + 2 * np.sin(around + 1)) * np.exp(-(((y + 60) / 50) ** 2))
    end = -ARM_LENGTH + 6
    d = np.maximum(d - folds, end - y)
    return smooth_cut(d, capsule(points, (0, end - 10, 0), (0, end + 14, 0), 22 * size), 2.0)


def add_arm(cloud: CloudBuilder, character: Character, side: int, rng: np.random.Generator) -> None:
    """Add one sleeve and its shirt cuff."""
    tag = "l" if side > 0 else "r"
    part, upper, fore = f"arm_{tag}", f"shoulder_{tag}", f"elbow_{tag}"
    origin = shoulder(character, side)
    spacing = character.detail.sleeve

    robot = character.kind == "robot"

    def finer_at_borders(points: Array) -> Array:
        fine = points[:, 1] < -ARM_LENGTH + 45
        if robot:
            fine = np.abs(np.abs(points[:, 1] + UPPER_ARM) - 22) < 7
        return np.where(fine, 0.62 * spacing, spacing)

    position, normal, distance = sample_surface(
        lambda p: sleeve(p, character),
        (-60, -ARM_LENGTH, -60),
        (60, 55, 60),
        finer_at_borders,
        rng,
        cell=10.0,
    )
    weight = smoothstep(position[:, 1], -UPPER_ARM + 34, -UPPER_ARM - 34)
    binding = Binding(upper, fore, weight)
    jacket = linear(character.palette.jacket)
    seam = 1 - (0.0 if robot else 0.16 if character.outfit == "hoodie" else 0.35) * np.exp(
        -(((position[:, 1] + ARM_LENGTH - 40) / 1.6) ** 2)
    )
    colour = jacket * seam[:, None]
    if robot:
        bend = smoothstep(np.abs(position[:, 1] + UPPER_ARM), 24, 20)
        colour = mix(colour, linear(character.palette.shirt), bend)
    sigma = distance * SIGMA_PER_SPACING
    cloud.add_undercoat(
        part,
        position + origin,
        normal,
        sigma,
        colour * 0.9,
        grow=1.6,
        where=position[:, 1] > -ARM_LENGTH + 26,
        binding=binding,
        specular=0.03,
    )
    cloud.add(
        part,
        position + origin,
        normal,
        sigma,
        colour,
        binding=binding,
        specular=0.05,
    )
    _add_elbow(cloud, character, side)
    _add_cuff(cloud, character, part, fore, origin)


def _add_elbow(cloud: CloudBuilder, character: Character, side: int) -> None:
    """A ball inside the elbow: it keeps a bent arm round where skinning makes it thin."""
    tag = "l" if side > 0 else "r"
    radius = 32.5 * character.body.arm_radius
    count = int(3.2 * (2 * radius / character.detail.sleeve) ** 2)
    direction = fibonacci_sphere(count)
    direction = direction[direction[:, 2] < 0.3]
    cloud.add(
        f"elbow_{tag}",
        shoulder(character, side) - [0, UPPER_ARM, 0] + direction * radius,
        direction,
        character.detail.sleeve * SIGMA_PER_SPACING,
        linear(character.palette.shirt if character.kind == "robot" else character.palette.jacket),
        binding=Binding(f"elbow_{tag}"),
        specular=0.05,
    )


def _add_cuff(cloud: CloudBuilder, character: Character, part: str, joint: str, origin: Array) -> None:
    turn = np.linspace(0, 2 * np.pi, 50)
    radius = 23.5 * character.body.arm_radius
    path = np.stack([np.cos(turn) * radius, np.full(50, -ARM_LENGTH + 3), np.sin(turn) * radius], 1)
    spacing = character.detail.trim
    ring = tube(path, [3.4, 3.4], spacing, up=(0, 1.0, 0), around=max(int(18 / spacing), 6))
    cloud.add(
        part,
        ring.position + origin,
        ring.normal,
        0.72 * spacing,
        linear(character.palette.shirt) if character.outfit != "hoodie" else 0.85 * linear(character.palette.jacket),
        tangent=ring.tangent,
        binding=Binding(joint),
        specular=0.05,
    )
