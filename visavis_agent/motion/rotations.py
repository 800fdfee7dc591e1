"""Rotations in REP-103 axes: matrices, quaternions (x, y, z, w), forward kinematics."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from visavis_agent.core.skeleton import JOINT_INDEX, JOINTS

Array = npt.NDArray[np.float64]
_PARENTS = tuple(JOINT_INDEX[joint.parent] if joint.parent else -1 for joint in JOINTS)
_REST = np.array([joint.position for joint in JOINTS])
_OFFSETS = np.array([_REST[i] - (_REST[p] if p >= 0 else 0.0) for i, p in enumerate(_PARENTS)])


def from_angles(roll: float, pitch: float, yaw: float) -> Array:
    """Rz(yaw)·Ry(pitch)·Rx(roll), rad; yaw > 0 turns left, pitch > 0 down."""
    cr, sr, cp, sp = math.cos(roll), math.sin(roll), math.cos(pitch), math.sin(pitch)
    cy, sy = math.cos(yaw), math.sin(yaw)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def about(axis: int, angle: float) -> Array:
    """Rotation by `angle` (rad) about x (0), y (1) or z (2)."""
    angles = [0.0, 0.0, 0.0]
    angles[axis] = angle
    return from_angles(*angles)


def unit(vector: Array) -> Array:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def quaternion(matrix: Array) -> Array:
    """(4,) unit quaternion of a rotation matrix, w ≥ 0 (Shepperd 1978)."""
    m = matrix
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    options = [m[0, 0], m[1, 1], m[2, 2], trace]
    best = int(np.argmax(options))
    if best == 3:
        q = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1.0 + trace])
    else:
        i, j, k = best, (best + 1) % 3, (best + 2) % 3
        q = np.zeros(4)
        q[i] = 1.0 + m[i, i] - m[j, j] - m[k, k]
        q[j], q[k] = m[j, i] + m[i, j], m[k, i] + m[i, k]
        q[3] = m[k, j] - m[j, k]
    q /= np.linalg.norm(q)
    return -q if q[3] < 0 else q


def small_rotation(roll: float, pitch: float, yaw: float) -> Array:
    """(4,) quaternion of Rz·Ry·Rx."""
    cr, sr, cp, sp = math.cos(roll / 2), math.sin(roll / 2), math.cos(pitch / 2), math.sin(pitch / 2)
    cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
    return np.array(
        [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ]
    )


def slerp(a: Array, b: Array, share: float) -> Array:
    """Rows of unit quaternions between `a` and `b` (n, 4), the short way (Shoemake 1985)."""
    dot = (a * b).sum(-1, keepdims=True)
    b = np.where(dot < 0.0, -b, b)
    angle = np.arccos(np.minimum(np.abs(dot), 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    left = np.where(near, 1.0 - share, np.sin((1.0 - share) * angle) / safe)
    right = np.where(near, share, np.sin(share * angle) / safe)
    mixed = left * a + right * b
    result: Array = mixed / np.sqrt((mixed * mixed).sum(-1, keepdims=True))
    return result


def matrix(q: npt.NDArray[np.floating]) -> Array:
    """(3, 3) rotation of a unit quaternion."""
    x, y, z, w = (float(v) for v in q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def forward_kinematics(
    rotations: npt.NDArray[np.floating], root: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[Array, Array]:
    """Positions (n, 3), m, and orientations (n, 3, 3) of all joints in the origin frame."""
    positions = np.zeros((len(JOINTS), 3))
    orientations = np.zeros((len(JOINTS), 3, 3))
    for i, parent in enumerate(_PARENTS):
        above = orientations[parent] if parent >= 0 else np.eye(3)
        origin = positions[parent] if parent >= 0 else np.asarray(root, float)
        positions[i] = origin + above @ _OFFSETS[i]
        orientations[i] = above @ matrix(rotations[i])
    return positions, orientations
