"""What throws soft shadows that move: forearms and hands on the body and on each other, the chin on the neck.

The baked light holds the arms away from the body, so these shadows are all that an arm throws; the chin's is
baked for the rest pose, so only its change counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from visavis_agent.rendering.avatar import AVATAR_JOINT_NAMES, Array, Avatar

FOREARM_RADIUS, HAND_RADIUS = 0.20, 0.19  # of the forearm's length
CHIN_FORWARD, CHIN_UP, CHIN_HALF, CHIN_RADIUS = 0.80, 0.12, 0.25, 0.52  # of the distance of the eyes
TRUNK = ("pelvis", "spine", "chest", "neck", "clavicle_l", "clavicle_r")
FORE = ("elbow", "wrist", "thumb", "index", "middle", "ring", "little")


class Group(IntFlag):
    """What hangs together and throws no shadow on itself."""

    NONE = 0
    TRUNK = 1
    LEFT_ARM = 2
    RIGHT_ARM = 4


@dataclass(frozen=True, slots=True)
class Capsule:
    """A limb in the rest pose: ends (3,) and radius, mm; the joint that carries it; on what it throws shade."""

    start: Array
    end: Array
    radius: float
    joint: int
    shades: Group
    relative: bool = False


def joint_groups() -> Array:
    """(35,) uint8, the group of what hangs on each joint."""
    return np.array([_group(name) for name in AVATAR_JOINT_NAMES], np.uint8)


def _group(name: str) -> Group:
    if name in TRUNK:
        return Group.TRUNK
    if name.startswith(FORE):
        return Group.LEFT_ARM if name.endswith("_l") else Group.RIGHT_ARM
    return Group.NONE


def capsules(avatar: Avatar) -> tuple[Capsule, ...]:
    """Forearms, hands and chin of an avatar, of sizes that follow from its joints."""
    rest = {joint.name: np.array(joint.position) for joint in avatar.joints}
    limbs = []
    for tag, other in (("l", Group.RIGHT_ARM), ("r", Group.LEFT_ARM)):
        elbow, wrist = rest[f"elbow_{tag}"], rest[f"wrist_{tag}"]
        fingers, length = rest[f"middle_distal_{tag}"], float(np.linalg.norm(wrist - elbow))
        falls_on = Group.TRUNK | other
        for name, start, end, share in (
            ("elbow", elbow, wrist, FOREARM_RADIUS),
            ("wrist", wrist, fingers, HAND_RADIUS),
        ):
            joint = AVATAR_JOINT_NAMES.index(f"{name}_{tag}")
            limbs.append(Capsule(start, end, max(share * length, 1.0), joint, falls_on))
    return (*limbs, _chin(rest))


def _chin(rest: dict[str, Array]) -> Capsule:
    eyes = max(float(np.linalg.norm(rest["eye_l"] - rest["eye_r"])), 1.0)
    middle = rest["head"] + np.array([0, CHIN_UP, CHIN_FORWARD]) * eyes
    half = np.array([CHIN_HALF * eyes, 0, 0])
    head = AVATAR_JOINT_NAMES.index("head")
    return Capsule(middle - half, middle + half, CHIN_RADIUS * eyes, head, Group.TRUNK, relative=True)
