"""Building a character from its parameters."""

from __future__ import annotations

import numpy as np

from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.builder.arms import add_arm
from visavis_agent.rendering.builder.bake import bake
from visavis_agent.rendering.builder.beard import add_beard
from visavis_agent.rendering.builder.body import BodyField, add_neck, add_trunk
from visavis_agent.rendering.builder.brows import add_brows
from visavis_agent.rendering.builder.cardigan import add_cardigan_details
from visavis_agent.rendering.builder.cloud import Cloud, CloudBuilder
from visavis_agent.rendering.builder.culling import ever_seen, lid_inside_skin
from visavis_agent.rendering.builder.curls import add_curls
from visavis_agent.rendering.builder.export import export
from visavis_agent.rendering.builder.eyes import add_eyes
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.glasses import add_glasses
from visavis_agent.rendering.builder.hair import add_bob
from visavis_agent.rendering.builder.hands import add_hand
from visavis_agent.rendering.builder.head import add_ears, add_skin
from visavis_agent.rendering.builder.hoodie import add_hoodie_details
from visavis_agent.rendering.builder.jacket import add_jacket_details
from visavis_agent.rendering.builder.levels import by_level, detail_levels
from visavis_agent.rendering.builder.mouth import add_mouth
from visavis_agent.rendering.builder.parameters import Character
from visavis_agent.rendering.builder.placing import place
from visavis_agent.rendering.builder.robot_body import RobotBody, add_robot_body
from visavis_agent.rendering.builder.robot_face import RobotFace
from visavis_agent.rendering.builder.robot_head import add_robot_head
from visavis_agent.rendering.builder.shapes import face_deltas, interior_deltas
from visavis_agent.rendering.builder.short_hair import add_short_hair

DEFAULT_SEED = 7
_HAIR = {
    "bob": lambda cloud, character, face, rng: add_bob(cloud, character, rng),
    "short": add_short_hair,
    "curls": add_curls,
}
_OUTFITS = {"jacket": add_jacket_details, "cardigan": add_cardigan_details, "hoodie": add_hoodie_details}


def build(character: Character, seed: int = DEFAULT_SEED) -> Avatar:
    """Model, light, rig and export a character.

    Args:
        character: its parameters; `character.detail` sets the number of Gaussians.
        seed: of all randomness; the same parameters and seed give the same avatar.

    Returns:
        the avatar, ready for `save_avatar`.
    """
    avatar, _ = build_with_counts(character, seed)
    return avatar


def build_with_counts(character: Character, seed: int) -> tuple[Avatar, dict[str, int]]:
    """Like `build`, and how many Gaussians each part took."""
    rng = np.random.default_rng(seed)
    robot = character.kind == "robot"
    face = RobotFace(character) if robot else FaceField(character)
    body = RobotBody(character) if robot else BodyField(character)
    cloud = _model(character, face, body, rng)
    placed = place(cloud, character)
    light = bake(cloud, placed, character, face, body, rng)
    keep = ever_seen(placed) & ~lid_inside_skin(cloud, face)
    cloud, placed = cloud.select(keep), placed.select(keep)
    light.ambient, light.key, light.rim = light.ambient[keep], light.key[keep], light.rim[keep]
    level, grown = detail_levels(placed, rng)
    order = by_level(placed, level)
    cloud, placed, level, grown = cloud.select(order), placed.select(order), level[order], grown[order]
    light.ambient, light.key, light.rim = light.ambient[order], light.key[order], light.rim[order]
    deltas = {name: [delta] for name, delta in face_deltas(cloud, face, character.brows.height).items()}
    for name, more in interior_deltas(cloud).items():
        deltas.setdefault(name, []).extend(more)
    return export(placed, light, level, grown, deltas, character, face, seed), placed.counts()


def _model(character: Character, face: FaceField, body: BodyField, rng: np.random.Generator) -> Cloud:
    cloud = CloudBuilder()
    if isinstance(face, RobotFace) and isinstance(body, RobotBody):
        add_robot_head(cloud, character, face, rng)
        add_eyes(cloud, character, face)
        add_robot_body(cloud, body, rng)
    else:
        _add_person(cloud, character, face, body, rng)
    for side in (RIGHT, LEFT):
        add_arm(cloud, character, side, rng)
        add_hand(cloud, character, side, rng)
    return cloud.finish()


def _add_person(
    cloud: CloudBuilder, character: Character, face: FaceField, body: BodyField, rng: np.random.Generator
) -> None:
    add_skin(cloud, character, face, rng)
    add_ears(cloud, character, face, rng)
    add_mouth(cloud, character, face)
    add_eyes(cloud, character, face)
    add_brows(cloud, character, face)
    _HAIR[character.hair.style](cloud, character, face, rng)
    if character.beard is not None:
        add_beard(cloud, character, face, rng)
    if character.glasses is not None:
        add_glasses(cloud, character)
    add_trunk(cloud, body, rng)
    add_neck(cloud, body, rng)
    _OUTFITS[character.outfit](cloud, body)
