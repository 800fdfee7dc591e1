"""Skin and ears of the head: even points on the face field, with painted colour."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.builder.beard import beard_weight
from visavis_agent.rendering.builder.cloud import HEAD, CloudBuilder
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.fields import Array, Mask, bump, fold_sides, linear, mix, smoothstep
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.sampling import SIGMA_PER_SPACING, sample_surface
from visavis_agent.rendering.builder.short_hair import short_hair_cover


def add_skin(cloud: CloudBuilder, character: Character, face: FaceField, rng: np.random.Generator) -> None:
    """Add the skin of the head, densest at lips, nose and eyes, and an undercoat below it."""
    lips = face.lips

    def keep(points: Array) -> Mask:
        under_hair = (points[:, 1] > 76) & (points[:, 2] < 25)
        return np.asarray(~face.in_lid_region(points) & ~under_hair & (points[:, 2] >= -45))

    position, normal, spacing = sample_surface(
        face.skin, (-90, -130, -60), (90, 122, 110), lambda p: _skin_spacing(p, character), rng, keep=keep
    )
    contact = lips.contact(position[:, 0])
    below = np.where((position[:, 2] > 40) & (position[:, 1] > contact), 0.0, 1.0)
    colour = _skin_colour(position, character, face)
    sigma = spacing * SIGMA_PER_SPACING
    cloud.add("skin", position, normal, sigma, colour, binding=HEAD, below=below, specular=_gloss(position, face))
    near_lips = (np.abs(position[:, 1] - contact) < 5) & (np.abs(position[:, 0]) < lips.half_width + 4)
    cloud.add_undercoat(
        "skin",
        position,
        normal,
        sigma,
        colour,
        every=3,
        where=~near_lips | (position[:, 2] < 40),
        binding=HEAD,
        below=below,
        specular=0.1,
    )


def _gloss(points: Array, face: FaceField) -> Array:
    """Strength of the highlights: nose tip and lips shine, cheeks a little."""
    x, y, z = points.T
    tip = bump(x, y, 0, face.nose_tip_height + 3, 6, 6) * smoothstep(z, 60, 80)
    lips = face.lips
    on_lips = (y < lips.upper(x)) & (y > lips.lower(x))
    return np.asarray(
        0.16
        + 0.30 * tip
        + 0.24
        * min(1.0, 1.25 * face.lips.shape.colour_mix) ** 2
        * on_lips
        * (np.abs(x) < lips.half_width - 2)
        * (z > 45)
    )


def add_ears(cloud: CloudBuilder, character: Character, face: FaceField, rng: np.random.Generator) -> None:
    """Add both ears."""
    spacing = character.detail.ear
    position, normal, distance = sample_surface(
        face.ears, (-105, -50, -50), (105, 40, 20), lambda p: np.full(len(p), spacing), rng
    )
    colour = linear(character.palette.skin) * [1, 0.90, 0.87]
    cloud.add("ear", position, normal, distance * SIGMA_PER_SPACING, colour, binding=HEAD, specular=0.12)


def _skin_spacing(points: Array, character: Character) -> Array:
    detail, mouth_height = character.detail, character.mouth.height
    x, y, z = points.T
    side_x = np.abs(x)
    mouth = np.hypot(side_x / 1.5, y - mouth_height) < 22
    nose = np.hypot(x, y + 32) < 20
    eye = np.hypot(side_x - character.eyes.half_distance, y) < 32
    fine = (np.abs(y - mouth_height) < 11) & (side_x < 32)  # lips and nostrils
    fine |= (np.abs(y + 32) < 7) & (side_x < 14) & (z > 65)
    spacing = np.where(z > 10, detail.face, detail.head_side)
    spacing = np.where(eye & (z > 20), detail.eyes, spacing)
    spacing = np.where((mouth | nose) & (z > 30), detail.mouth, spacing)
    return np.where(fine & (z > 40), detail.lips, spacing)


def _skin_colour(points: Array, character: Character, face: FaceField) -> Array:
    """Skin with blush, soft mottling, lips and nostrils, linear (N, 3)."""
    x, y, z = points.T
    side_x = np.abs(x)
    blush = (
        0.42 * bump(side_x, y, 46, -30, 17, 13)
        + 0.30 * bump(x, y, 0, -33, 12, 9)
        + 0.10 * bump(x, y, 0, -104, 18, 9)
        + 0.14 * bump(side_x, y, 34, 16, 20, 7)
        + 0.16 * bump(side_x, y, 34, -20, 16, 5)
    ) * smoothstep(z, 5, 40)
    blush += 0.025 * (np.sin(x * 0.21 + 1) * np.sin(y * 0.17) + np.sin(x * 0.11) * np.sin(y * 0.23 + z * 0.1))
    colour = np.tile(linear(character.palette.skin), (len(points), 1))
    colour = mix(colour, linear(character.palette.blush), np.clip(blush, 0, 1))
    colour = _paint_lips(colour, points, character, face)
    if character.beard is not None:
        colour = mix(colour, linear(character.palette.hair) * 0.55, 0.75 * beard_weight(points, face))
    if character.hair.style == "short":
        cover = smoothstep(short_hair_cover(points), 0.0, 0.6)
        colour = mix(colour, linear(character.palette.hair) * 0.5, 0.8 * cover)
    _, azimuth, elevation = face.eye_coordinates(points)
    fold = np.exp(-(((elevation - 0.69 + 0.20 * (azimuth - 0.1) ** 2) / 0.045) ** 2)) * smoothstep(z, 20, 40)
    fold *= smoothstep(np.abs(azimuth - 0.10), 0.85, 0.45)
    colour = colour * (1 - 0.16 * fold[:, None] * [0.7, 1.0, 1.05])
    width = face.head.nose_width
    nostril = (fold_sides(points) - [5.9 * width, face.nose_tip_height - 6.6, 83.0]) / [2.5 * width, 2.1, 5]
    dark = 0.60 * np.exp(-(np.square(nostril).sum(1) ** 1.5))
    return np.asarray(colour * (1 - dark)[:, None] * [1, 0.9, 0.9])


def _paint_lips(colour: Array, points: Array, character: Character, face: FaceField) -> Array:
    lips = face.lips
    x, y, z = points.T
    side_x = np.abs(x)
    soft, half_width, front = 1.0, lips.half_width, z > 45
    contact, upper, lower = lips.contact(x), lips.upper(x), lips.lower(x)
    vermilion = smoothstep(y - lower, -soft, soft) * smoothstep(y - upper, soft, -soft)
    vermilion *= smoothstep(side_x, half_width + 0.5, half_width - 3.0) * front
    tone = np.where(y > contact, 0.86, 1.06)[:, None]
    colour = mix(colour, linear(character.palette.lip) * tone, character.mouth.colour_mix * vermilion)
    line = np.exp(-(((y - contact) / 0.9) ** 2)) * smoothstep(side_x, half_width + 0.5, half_width - 2) * front
    return np.asarray(colour * (1 - 0.25 * line)[:, None])
