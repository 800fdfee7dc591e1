"""From the frames in which parts are modelled to the rest pose of the character, and its joints.

The head is modelled in its own proportions, then scaled about the neck pivot and lowered; the neck blends
between the two frames. Trunk, arms and hands are modelled where they rest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis_agent.rendering.avatar import AVATAR_JOINT_NAMES, AVATAR_JOINT_PARENTS, JointRest
from visavis_agent.rendering.builder.arms import FOREARM, UPPER_ARM, shoulder
from visavis_agent.rendering.builder.cloud import Cloud
from visavis_agent.rendering.builder.face_field import LEFT, RIGHT, FaceField
from visavis_agent.rendering.builder.fields import Array, smoothstep
from visavis_agent.rendering.builder.hands import FINGERS, wrist
from visavis_agent.rendering.builder.parameters import Character

HEAD_PIVOT = np.array([0, -95.0, -28.0])
"""Where the head is scaled about and turns, in its own frame, mm."""
_CHEST, _SPINE, _PELVIS = -377.0, -530.0, -640.0
_NECK_SHARE = 0.35
"""A point of the neck lies between chest and neck below this share of the head, else up to the head."""


def place_head(points: Array, character: Character) -> Array:
    """Points (N, 3) of the head in the rest pose of the character, mm."""
    drop = np.array([0, -character.head.drop, 0])
    return np.asarray(HEAD_PIVOT + drop + character.head.scale * (points - HEAD_PIVOT))


def place(cloud: Cloud, character: Character) -> Cloud:
    """The cloud in the rest pose, with its final binding."""
    share = _head_share(cloud)[:, None]
    scale = 1 + share * (character.head.scale - 1)
    placed = replace(
        cloud,
        position=cloud.position * (1 - share) + place_head(cloud.position, character) * share,
        tangent_a=cloud.tangent_a * scale,
        tangent_b=cloud.tangent_b * scale,
        thickness=cloud.thickness * scale[:, 0],
        joints=list(AVATAR_JOINT_NAMES),
    )
    to_avatar = np.array([AVATAR_JOINT_NAMES.index(name) for name in cloud.joints])
    placed.joint_a, placed.joint_b = to_avatar[cloud.joint_a], to_avatar[cloud.joint_b]
    placed.joint_weight = cloud.joint_weight.copy()
    _bind_neck(placed)
    _bind_trunk(placed)
    return placed


def _head_share(cloud: Cloud) -> Array:
    """How much a Gaussian belongs to the frame of the head, 0–1."""
    of_head = np.array([name in ("head", "eye_l", "eye_r") for name in cloud.joints])
    return np.asarray(of_head[cloud.joint_a] * (1 - cloud.joint_weight) + of_head[cloud.joint_b] * cloud.joint_weight)


def _bind(cloud: Cloud, which: Array, first: str, second: str, weight: Array) -> None:
    cloud.joint_a[which] = AVATAR_JOINT_NAMES.index(first)
    cloud.joint_b[which] = AVATAR_JOINT_NAMES.index(second)
    cloud.joint_weight[which] = weight


def _bind_neck(cloud: Cloud) -> None:
    neck = np.nonzero(cloud.mask("neck"))[0]
    share = cloud.joint_weight[neck]
    low = share < _NECK_SHARE
    _bind(cloud, neck[low], "chest", "neck", share[low] / _NECK_SHARE)
    _bind(cloud, neck[~low], "neck", "head", (share[~low] - _NECK_SHARE) / (1 - _NECK_SHARE))


def _bind_trunk(cloud: Cloud) -> None:
    """Chest above, spine and pelvis below; the shoulders follow the clavicles."""
    trunk = np.nonzero(cloud.mask("torso", "badge"))[0]
    x, y, _ = cloud.position[trunk].T
    upper = y > -430
    chest, waist = trunk[upper], trunk[~upper]
    _bind(cloud, chest, "chest", "spine", smoothstep(y[upper], -330, -430))
    _bind(cloud, waist, "spine", "pelvis", smoothstep(y[~upper], -470, -600))
    shrug = 0.8 * smoothstep(np.abs(x), 55, 130) * smoothstep(y, -330, -250)
    for side, tag in ((LEFT, "l"), (RIGHT, "r")):
        girdle = (x * side > 0) & (shrug > 0.001) & (y > -330)
        _bind(cloud, trunk[girdle], "chest", f"clavicle_{tag}", shrug[girdle])


def joints(character: Character, face: FaceField) -> tuple[JointRest, ...]:
    """All joints of the avatar in the rest pose, mm, in the order of the file."""
    position = {
        "pelvis": np.array([0, _PELVIS, -24]),
        "spine": np.array([0, _SPINE, -24]),
        "chest": np.array([0, _CHEST, -26]),
        "neck": np.array([0, -206.0, -34]),
        "head": place_head(HEAD_PIVOT, character),
    }
    for side, tag in ((LEFT, "l"), (RIGHT, "r")):
        position[f"clavicle_{tag}"] = np.array([side * 24.0, -232, -22])
        position[f"shoulder_{tag}"] = shoulder(character, side)
        position[f"elbow_{tag}"] = shoulder(character, side) - [0, UPPER_ARM, 0]
        position[f"wrist_{tag}"] = shoulder(character, side) - [0, UPPER_ARM + FOREARM, 0]
        for finger in FINGERS:
            scale = character.body.hand_scale
            position[f"{finger.name}_proximal_{tag}"] = wrist(character, side) + finger.knuckle(side) * scale
            position[f"{finger.name}_distal_{tag}"] = wrist(character, side) + finger.middle(side) * scale
        position[f"eye_{tag}"] = place_head(face.eye_centre(side), character)
    return tuple(
        JointRest(name, parent, (float(p[0]), float(p[1]), float(p[2])))
        for name, parent in zip(AVATAR_JOINT_NAMES, AVATAR_JOINT_PARENTS, strict=True)
        for p in (position[name],)
    )
