"""Arms posed by directions instead of angles: readable, and free of gimbal trouble. For sheets of avatars."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.records import Array
from visavis_agent.core.skeleton import FINGERS, JOINT_INDEX, rest_rotations

Float3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ArmPose:
    """Directions are (outwards, up, forward); curl (rad) per finger, thumb first; spread in shares of FAN."""

    upper: Float3
    fore: Float3
    fingers: Float3
    palm: Float3
    curl: tuple[float, float, float, float, float]
    spread: float = 0.0


# splay of thumb, index, middle, ring and little finger at spread 1, rad towards the thumb's side
FAN = {"thumb": 0.155, "index": 0.09, "middle": 0.02, "ring": -0.05, "little": -0.14}
ARM_POSES: dict[str, ArmPose] = {
    "rest": ArmPose(
        (0.17, -0.97, -0.10), (-0.66, -0.22, 0.72), (-0.93, -0.20, 0.30), (-0.12, -0.30, -0.95),
        (0.35, 0.35, 0.38, 0.42, 0.5),
    ),
    "rest below": ArmPose(
        (0.17, -0.97, -0.06), (-0.60, -0.12, 0.80), (-0.95, -0.22, 0.20), (-0.10, -0.35, -0.95),
        (0.3, 0.30, 0.33, 0.38, 0.45),
    ),
    "wave": ArmPose(
        (0.36, -0.90, 0.22), (0.26, 0.93, 0.28), (0.12, 0.98, 0.10), (0.08, 0.0, 1),
        (0.0, 0.06, 0.03, 0.06, 0.12), 1.2,
    ),
    "point": ArmPose(
        (0.12, -0.92, 0.36), (0.28, 0.80, 0.54), (0.50, 0.80, 0.35), (-0.25, -0.35, 0.9),
        (0.9, 0.02, 1.45, 1.5, 1.5),
    ),
    "open": ArmPose(
        (0.06, -0.97, 0.22), (0.26, 0.40, 0.88), (0.46, 0.60, 0.62), (-0.30, 0.50, 0.80),
        (0.05, 0.10, 0.14, 0.20, 0.26), 0.8,
    ),
    "point aside": ArmPose(
        (0.05, -0.93, 0.36), (0.30, 0.62, 0.72), (0.66, 0.58, 0.48), (-0.35, -0.25, 0.90),
        (0.85, 0.02, 1.45, 1.5, 1.5),
    ),
    "shrug": ArmPose(
        (0.02, -0.98, 0.12), (0.42, 0.45, 0.79), (0.70, 0.25, 0.66), (0.0, 0.94, 0.34),
        (0.05, 0.12, 0.16, 0.22, 0.28), 0.7,
    ),
    "hand on heart": ArmPose(
        (0.36, -0.88, 0.32), (-0.74, 0.58, 0.30), (-0.95, 0.24, -0.06), (-0.10, 0.0, -1.0),
        (0.12, 0.10, 0.12, 0.15, 0.20), 0.25,
    ),
    "count": ArmPose(
        (0.30, -0.90, 0.30), (0.20, 0.93, 0.30), (0.06, 0.99, 0.12), (0.10, 0.0, 1.0),
        (0.9, 0.03, 0.03, 0.05, 1.40), 0.7,
    ),
}  # fmt: skip


def arm_rotations(left: str = "rest", right: str = "rest below") -> Array:
    """(33, 4) quaternions of BodyMotion with the arms in two named poses, everything else at rest."""
    out = rest_rotations()
    for side, sign, name in (("l", 1.0, left), ("r", -1.0, right)):
        for joint, rotation in _arm(ARM_POSES[name], sign).items():
            out[JOINT_INDEX[f"{joint}_{side}"]] = _quaternion(rotation)
    return out


def _unit(v: Array) -> Array:
    return v / np.linalg.norm(v)


def _turn(axis: int, angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    out = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out[i, i], out[i, j], out[j, i], out[j, j] = c, -s, s, c
    return out


def _columns(x: Array, y: Array) -> Array:
    return np.stack([x, y, np.cross(x, y)], 1)


def _arm(pose: ArmPose, sign: float) -> dict[str, Array]:
    """Rotation matrices (avatar axes, relative to the parent) by joint name without side."""
    mirror = np.array([sign, 1.0, 1.0])
    upper, fore, fingers, palm = (_unit(np.array(v) * mirror) for v in (pose.upper, pose.fore, pose.fingers, pose.palm))
    hinge = _unit(np.cross(-upper, fore - (fore @ upper) * upper))  # of the elbow
    shoulder, elbow = _columns(hinge, -upper), _columns(hinge, -fore)
    wrist = _columns(-sign * _unit(palm - (palm @ fingers) * fingers), -fingers)
    out = {"shoulder": shoulder, "elbow": shoulder.T @ elbow, "wrist": elbow.T @ wrist}
    for finger, curl in zip(FINGERS, pose.curl, strict=True):
        splay = _turn(0, -pose.spread * FAN[finger])
        if finger == "thumb":
            out["thumb_proximal"] = _turn(2, -sign * 0.45 * curl) @ _turn(0, 0.45 * curl) @ splay
            out["thumb_distal"] = _turn(2, -sign * 0.5 * curl) @ _turn(0, 0.5 * curl)
        else:
            out[f"{finger}_proximal"] = _turn(2, -sign * curl) @ splay
            out[f"{finger}_distal"] = _turn(2, -sign * 1.05 * curl)
    return out


def _quaternion(m: Array) -> Array:
    """x y z w in REP-103 of a rotation matrix in the avatar's axes (Shepperd 1978, by the largest
    element)."""
    trace = np.array([m[0, 0], m[1, 1], m[2, 2], m.trace()])
    largest = int(np.argmax(trace))
    q = np.empty(4)
    if largest == 3:
        q[:3] = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
        q[3] = 1 + m.trace()
    else:
        i, j, k = largest, (largest + 1) % 3, (largest + 2) % 3
        q[i] = 1 + m[i, i] - m[j, j] - m[k, k]
        q[j], q[k], q[3] = m[j, i] + m[i, j], m[k, i] + m[i, k], m[k, j] - m[j, k]
    x, y, z, w = q / np.linalg.norm(q)
    return np.array([z, x, y, w], np.float32)  # avatar (left, up, forward) to REP-103 (forward, left, up)
