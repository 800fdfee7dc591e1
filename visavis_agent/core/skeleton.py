"""The named skeleton of the contract: joints, parents and rest pose.

REP-103 axes in the rest pose, for every joint: x forward, y to the character's own left, z up; lengths in metres;
origin on the floor between the feet. At rest the character stands with the arms hanging straight down, palms towards
the body, fingers straight. A rotation is a unit quaternion (x, y, z, w) of the joint relative to its rest pose in its
parent's frame, so the identity everywhere is the rest pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Joint:
    """One joint: `position` is its rest position in the origin frame, in metres."""

    name: str
    parent: str
    position: tuple[float, float, float]


FINGERS = ("thumb", "index", "middle", "ring", "little")
_FINGER_FORWARD = {"thumb": 0.030, "index": 0.022, "middle": 0.008, "ring": -0.007, "little": -0.020}


def _arm(side: str, sign: float) -> list[Joint]:
    def at(x: float, y: float, z: float) -> tuple[float, float, float]:
        return (x, sign * y, z)

    joints = [
        Joint(f"clavicle_{side}", "chest", at(0.00, 0.03, 1.40)),
        Joint(f"shoulder_{side}", f"clavicle_{side}", at(-0.03, 0.17, 1.38)),
        Joint(f"elbow_{side}", f"shoulder_{side}", at(-0.03, 0.17, 1.10)),
        Joint(f"wrist_{side}", f"elbow_{side}", at(-0.03, 0.17, 0.85)),
    ]
    for finger in FINGERS:
        knuckle = 0.81 if finger == "thumb" else 0.76
        forward = -0.03 + _FINGER_FORWARD[finger]
        joints.append(Joint(f"{finger}_proximal_{side}", f"wrist_{side}", at(forward, 0.17, knuckle)))
        joints.append(Joint(f"{finger}_distal_{side}", f"{finger}_proximal_{side}", at(forward, 0.17, knuckle - 0.04)))
    return joints


JOINTS: tuple[Joint, ...] = (
    Joint("pelvis", "", (0.0, 0.0, 0.95)),
    Joint("spine", "pelvis", (0.0, 0.0, 1.08)),
    Joint("chest", "spine", (0.0, 0.0, 1.25)),
    Joint("neck", "chest", (0.0, 0.0, 1.45)),
    Joint("head", "neck", (0.01, 0.0, 1.55)),
    *_arm("l", 1.0),
    *_arm("r", -1.0),
)
JOINT_NAMES: tuple[str, ...] = tuple(joint.name for joint in JOINTS)
JOINT_INDEX: dict[str, int] = {name: i for i, name in enumerate(JOINT_NAMES)}
JOINT_COUNT = len(JOINTS)


def rest_rotations() -> npt.NDArray[np.float32]:
    """Identity quaternions, shape (JOINT_COUNT, 4), order x y z w."""
    out = np.zeros((JOINT_COUNT, 4), np.float32)
    out[:, 3] = 1.0
    return out
