"""Bones: from the contract's rotations (REP-103, relative to rest) to the avatar's joint transforms (mm)."""

from __future__ import annotations

import math

import numpy as np

from visavis_agent.core.skeleton import JOINT_COUNT as BODY_JOINTS
from visavis_agent.rendering.avatar import AVATAR_JOINT_NAMES, AVATAR_JOINT_PARENTS, Array, Avatar

NECK_SHARE = 0.35  # of the head's turn
METRE = 1000.0  # mm
NECK, HEAD = AVATAR_JOINT_NAMES.index("neck"), AVATAR_JOINT_NAMES.index("head")
LEFT_EYE, RIGHT_EYE = len(AVATAR_JOINT_NAMES) - 2, len(AVATAR_JOINT_NAMES) - 1
PARENTS = tuple(AVATAR_JOINT_NAMES.index(parent) if parent else -1 for parent in AVATAR_JOINT_PARENTS)


def _levels() -> list[tuple[list[int], list[int] | None]]:
    """Joints by their distance from the root, with their parents: what can be turned at once."""
    depth = [0] * len(PARENTS)
    for j, parent in enumerate(PARENTS):
        depth[j] = depth[parent] + 1 if parent >= 0 else 0
    levels: list[tuple[list[int], list[int] | None]] = []
    for level in range(max(depth) + 1):
        joints = [j for j in range(len(PARENTS)) if depth[j] == level]
        levels.append((joints, [PARENTS[j] for j in joints] if level else None))
    return levels


LEVELS = _levels()


def to_avatar_axes(vectors: Array) -> Array:
    """(…, 3) from REP-103 (forward, left, up) to the avatar's (left, up, forward)."""
    return vectors[..., [1, 2, 0]]


def quaternion(roll: float, pitch: float, yaw: float) -> Array:
    """Unit quaternion x y z w (REP-103): yaw about z, pitch about the new y, roll about the new x; rad."""
    (cr, sr), (cp, sp), (cy, sy) = ((math.cos(a / 2), math.sin(a / 2)) for a in (roll, pitch, yaw))
    return np.array(
        [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ]
    )


def part_of(rotation: Array, share: float) -> Array:
    """The rotation about the same axis by `share` of the angle (quaternion power)."""
    x, y, z, w = rotation if rotation[3] >= 0 else -rotation
    sine = math.sqrt(x * x + y * y + z * z)
    if sine < 1e-9:
        return np.array([0.0, 0.0, 0.0, 1.0])
    angle = math.atan2(sine, w) * share
    scale = math.sin(angle) / sine
    return np.array([x * scale, y * scale, z * scale, math.cos(angle)])


def matrices(quaternions: Array) -> Array:
    """(n, 3, 3) rotation matrices of (n, 4) quaternions x y z w, which need not be normalised."""
    norm = np.linalg.norm(quaternions, axis=1, keepdims=True)
    unit = np.where(norm > 1e-9, quaternions / np.maximum(norm, 1e-9), [0.0, 0.0, 0.0, 1.0])
    x, y, z, w = unit.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


class Kinematics:
    """Joint transforms of one avatar."""

    def __init__(self, avatar: Avatar) -> None:
        self.rest = np.array([joint.position for joint in avatar.joints])

    def transforms(
        self,
        head: tuple[float, float, float],
        left_eye: tuple[float, float],
        right_eye: tuple[float, float],
        body: Array | None = None,
        root: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Array:
        """(35, 3, 4) float32 [R | t] from rest to posed, mm.

        Args:
            head: roll, pitch, yaw relative to the chest, rad; the neck takes 35 % of the turn.
            left_eye, right_eye: yaw, pitch in the head, rad.
            body: (33, 4) quaternions x y z w relative to rest in the parent's frame; None is the rest pose.
                Neck and head of it are not read: FaceMotion gives them.
            root: translation of the pelvis, m, REP-103.
        """
        local = np.zeros((len(PARENTS), 4))
        local[:, 3] = 1.0
        if body is not None:
            local[:BODY_JOINTS] = body
        turn = quaternion(*head)
        local[NECK], local[HEAD] = part_of(turn, NECK_SHARE), part_of(turn, 1.0 - NECK_SHARE)
        local[LEFT_EYE] = quaternion(0.0, left_eye[1], left_eye[0])
        local[RIGHT_EYE] = quaternion(0.0, right_eye[1], right_eye[0])
        local[:, :3] = to_avatar_axes(local[:, :3])
        turned = matrices(local)
        shift = to_avatar_axes(np.array(root)) * METRE
        out = np.empty((len(PARENTS), 3, 4))
        for joints, parents in LEVELS:
            pivot, rotation = self.rest[joints, :, None], turned[joints]
            if parents is None:
                place = pivot + shift[:, None]
            else:
                above = out[parents]
                rotation, place = above[..., :3] @ rotation, above[..., :3] @ pivot + above[..., 3:]
            out[joints, :, :3] = rotation
            out[joints, :, 3:] = place - rotation @ pivot
        return out.astype(np.float32)
