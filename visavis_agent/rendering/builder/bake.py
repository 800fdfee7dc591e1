"""Light that is baked once: ambient occlusion, and how much of the key and rim lights a Gaussian sees.

Large-scale occlusion comes from depth maps of the whole character, small-scale occlusion from the distance
fields themselves (Evans 2006: how much closer the surface is than a flat one would be). Arms are held away
from the body while this is done, and arms and hands keep only their own occlusion, so that no shadow is baked
that a gesture would falsify.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from visavis_agent.rendering.builder.arms import shoulder, sleeve
from visavis_agent.rendering.builder.body import BodyField
from visavis_agent.rendering.builder.cloud import Cloud
from visavis_agent.rendering.builder.eyes import LID_PARTS
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.fields import Array, Field, Mask, rotation, smoothstep, unit
from visavis_agent.rendering.builder.hands import hand, wrist
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import fibonacci_sphere

KEY_DIRECTION = unit([-0.46, 0.56, 0.80])
RIM_DIRECTIONS = (unit([0.82, 0.42, -0.55]), unit([-0.90, 0.25, -0.50]))
"""Towards the lights; the renderer's lights shine from the same directions."""
SCENE_CENTRE = np.array([0, -330.0, 0])
NO_CASTERS = (
    "glint_l", "glint_r", "cavity", "teeth_up", "teeth_low", "tongue", "lip_contour", "lash_l", "lash_r",
    "inner_lip", "glow_lip", "glow_brow", "glow_cheek", "glow_lamp", "glasses",
)  # fmt: skip
_MAP_SIZE = 560
SKIN_SOFTNESS = 0.62
"""Power on the occlusion of facial skin: light scatters below it, so its creases are never black."""


@dataclass
class Light:
    """Baked light: ambient (N,), key (N,), rim (N, 2), all 0–1."""

    ambient: Array
    key: Array
    rim: Array


def visibility(position: Array, direction: Array, caster: Mask, cell: float, bias: Array | float) -> Array:
    """1 where nothing lies between a point and a far light, else 0.

    Args:
        position: (N, 3) mm.
        direction: unit vector towards the light.
        caster: which points throw shadows.
        cell: edge of a cell of the depth map, mm.
        bias: how far below the front-most point a point still counts as lit, mm.
    """
    offset = position - SCENE_CENTRE
    right = unit(np.cross(direction, [0.1, 1, 0.05]))
    up = np.cross(direction, right)
    column = ((offset @ right) / cell + _MAP_SIZE / 2).astype(int).clip(0, _MAP_SIZE - 1)
    row = ((offset @ up) / cell + _MAP_SIZE / 2).astype(int).clip(0, _MAP_SIZE - 1)
    height = offset @ direction
    nearest = np.full((_MAP_SIZE, _MAP_SIZE), -1e9, np.float32)
    np.maximum.at(nearest, (row[caster], column[caster]), height[caster].astype(np.float32))
    nearest = np.asarray(cv2.dilate(nearest, np.ones((2, 2), np.uint8)), np.float32)
    return (height > nearest[row, column] - bias).astype(float)


def field_occlusion(field: Field, position: Array, normal: Array, reach: Iterable[float]) -> Array:
    """Local ambient occlusion 0.15–1 from a distance field, at several distances (mm) along the normal."""
    occluded = np.zeros(len(position))
    for i, distance in enumerate(reach):
        occluded += np.clip((distance - field(position + normal * distance)) / distance, 0, 1) / 1.7**i
    return np.clip(1 - 0.42 * occluded, 0.15, 1)


def bake(
    cloud: Cloud,
    placed: Cloud,
    character: Character,
    face: FaceField,
    body: BodyField,
    rng: np.random.Generator,
) -> Light:
    """Light of every Gaussian.

    Args:
        cloud: in the frames in which the parts were modelled, for the distance fields.
        placed: the same in the rest pose.
        character, face, body: the shapes.
        rng: source of randomness of the soft shadows.
    """
    light = _bake_global(placed, _relaxed(placed, character), rng)
    skin, torso = cloud.mask("skin"), cloud.mask("torso")
    creases = field_occlusion(face.skin, cloud.position[skin], cloud.normal[skin], (2.0, 4.0, 8.0, 14.0))
    light.ambient[skin] = light.ambient[skin] ** SKIN_SOFTNESS * creases**SKIN_SOFTNESS
    light.key[skin] = light.key[skin] ** SKIN_SOFTNESS
    cloth = field_occlusion(body.jacket, cloud.position[torso], cloud.normal[torso], (3.0, 7.0, 14.0))
    light.ambient[torso] *= cloth**0.5
    for side in (LEFT, RIGHT):
        _bake_limb(light, cloud, character, side)
    _bake_undercoat(light, placed)
    _bake_lids(light, cloud, placed)
    lips = skin & _on_lips(cloud, face)
    light.ambient[lips] = np.maximum(light.ambient[lips], 0.5)  # the line between them is dark only while they touch
    light.key[lips] = np.maximum(light.key[lips], 0.4)
    casing = cloud.mask("casing")
    light.ambient[casing] = np.maximum(light.ambient[casing], 0.88)  # smooth and white: it shows every stain
    light.key[casing] = np.maximum(light.key[casing], 0.75)
    neck = cloud.mask("neck")
    light.ambient[neck] *= 1 - 0.40 * smoothstep(cloud.position[neck, 1], -150, -90)
    badge = cloud.mask("badge")
    if badge.any():
        light.ambient[badge], light.key[badge] = light.ambient[badge].mean(), light.key[badge].mean()
    beard = cloud.mask("beard")
    light.ambient[beard] = np.maximum(light.ambient[beard], 0.5)
    light.key[beard] = np.maximum(light.key[beard], 0.35)
    scalp = cloud.mask("scalp")
    light.ambient[scalp] = np.maximum(light.ambient[scalp], 0.45)
    inner = cloud.mask("inner_lip")
    light.ambient[inner], light.key[inner] = 0.75, 0.6
    return light


def _on_lips(cloud: Cloud, face: FaceField) -> Mask:
    x, y, z = cloud.position.T
    lips = face.lips
    return np.asarray((y < lips.upper(x) + 0.5) & (y > lips.lower(x) - 0.5) & (np.abs(x) < lips.half_width) & (z > 45))


def _relaxed(placed: Cloud, character: Character) -> Array:
    """Positions with both arms held away from the body."""
    position = placed.position.copy()
    for side, tag in ((LEFT, "l"), (RIGHT, "r")):
        limb = placed.mask(f"arm_{tag}", f"elbow_{tag}", f"hand_{tag}")
        origin = shoulder(character, side)
        lifted = rotation("z", side * 0.45) @ rotation("x", -0.15)
        position[limb] = (position[limb] - origin) @ lifted.T + origin
    return position


def _bake_global(cloud: Cloud, position: Array, rng: np.random.Generator) -> Light:
    caster = ~cloud.mask(*NO_CASTERS)
    ambient, total = np.zeros(len(cloud)), np.full(len(cloud), 1e-6)
    for direction in fibonacci_sphere(150):
        if direction[2] > -0.35:
            share = np.clip(cloud.normal @ direction, 0, 1) * (1 + 0.35 * direction[1])
            ambient += share * visibility(position, direction, caster, 3.0, 4.5)
            total += share

    def soft(direction: Array, samples: int) -> Array:
        jittered = [unit(direction + rng.normal(0, 0.14, 3)) for _ in range(samples)]
        return np.asarray(np.mean([visibility(position, d, caster, 3.0, 6.0) for d in jittered], 0))

    key = soft(KEY_DIRECTION, 32)
    rim = np.stack([soft(direction, 12) for direction in RIM_DIRECTIONS], 1)
    apart = position + cloud.part[:, None] * [2000.0, 0, 0]  # parts do not mix
    _, near = cKDTree(apart).query(apart, k=16)
    ambient = ambient / total
    for _ in range(2):
        ambient, key, rim = ambient[near].mean(1), key[near].mean(1), rim[near].mean(1)
    cloth = cloud.mask("torso")
    for _ in range(3):  # wide, smooth and coarse: the depth maps' noise would show as stains
        ambient[cloth], key[cloth] = ambient[near[cloth]].mean(1), key[near[cloth]].mean(1)
    return Light(ambient, key, rim)


def _bake_limb(light: Light, cloud: Cloud, character: Character, side: int) -> None:
    tag = "l" if side > 0 else "r"
    skin, cloth = cloud.mask(f"hand_{tag}"), cloud.mask(f"arm_{tag}")
    local = cloud.position[skin] - wrist(character, side)
    light.ambient[skin] = field_occlusion(
        lambda p: hand(p, character, side), local, cloud.normal[skin], (2.0, 4.0, 8.0, 14.0)
    )
    local = cloud.position[cloth] - shoulder(character, side)
    light.ambient[cloth] = 0.88 * field_occlusion(
        lambda p: sleeve(p, character), local, cloud.normal[cloth], (3.0, 8.0, 16.0)
    )
    elbow = cloud.mask(f"elbow_{tag}")
    light.ambient[elbow] = 0.8
    limb = skin | cloth | elbow
    light.key[limb] = 0.12 + 0.66 * light.ambient[limb]
    light.rim[limb] = 0.7


def _bake_undercoat(light: Light, placed: Cloud) -> None:
    """The undercoat is lit like the surface above it, or it would show as dark pores."""
    for part in np.unique(placed.part[placed.undercoat > 0]):
        sunk = (placed.part == part) & (placed.undercoat > 0)
        surface = np.nonzero((placed.part == part) & (placed.undercoat == 0))[0]
        _, near = cKDTree(placed.position[surface]).query(placed.position[sunk], k=6)
        for values in (light.ambient, light.key, light.rim):
            values[sunk] = values[surface[near]].mean(1)


def _bake_lids(light: Light, cloud: Cloud, placed: Cloud) -> None:
    """Lids take light and colour of the skin around them: no seam; the upper ones darken at the crease."""
    if not cloud.mask(*LID_PARTS[LEFT], *LID_PARTS[RIGHT]).any():
        return
    upper = cloud.mask(LID_PARTS[LEFT][0], LID_PARTS[RIGHT][0])
    lower = cloud.mask(LID_PARTS[LEFT][1], LID_PARTS[RIGHT][1])
    crease = 0.62 + 0.38 * smoothstep(cloud.parameter[upper, 1], 0.12, 0.55)
    light.ambient[upper] = np.maximum(light.ambient[upper], 0.55) * crease
    light.ambient[lower] = np.maximum(light.ambient[lower], 0.6)
    lids = upper | lower
    light.key[lids] = np.maximum(light.key[lids], 0.6)
    skin = np.nonzero(cloud.mask("skin"))[0]
    _, near = cKDTree(placed.position[skin]).query(placed.position[lids], k=24)
    outward = cloud.parameter[lids, 0] * np.sign(cloud.position[lids, 0]) - 0.08
    corner = smoothstep(np.abs(outward), 0.5, 0.85) * smoothstep(cloud.parameter[lids, 1], 0.98, 0.9)
    share = np.maximum(smoothstep(cloud.parameter[lids, 1], 0.75, 0.15), corner)
    for values in (light.ambient, light.key):
        values[lids] = values[lids] * (1 - share) + values[skin[near]].mean(1) * share
    share = np.maximum(smoothstep(cloud.parameter[lids, 1], 0.6, 0.2), corner)[:, None]
    placed.albedo[lids] = placed.albedo[lids] * (1 - share) + placed.albedo[skin[near]].mean(1) * share
