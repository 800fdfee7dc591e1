"""Where a head is and how it is turned, from the points of its face mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from visavis_agent.core.records import Float3
from visavis_agent.perception.face_table import LEFT_IRIS, RIGHT_IRIS, RIGID, TABLE, Points

# Camera axes of OpenCV: x right, y down, z away from the camera; the head's: x own left, y up, z forward.
_FLIP = np.array([1.0, -1.0, -1.0])
_IRIS_MM = 11.7
# The iris reads about 10 % too near, the pose 6 % too far: the mean of both is used unless they contradict.
_CONTRADICTION = 1.4
# FaceMesh draws turned faces towards frontal ones. Its gain within ±25° was 0.82, 0.90 and 0.78 in yaw and 0.92,
# 0.78 and 0.65 in pitch (two warped portraits, renders of our hero); these correct the three together.
_YAW_GAIN, _PITCH_GAIN = 1.25, 1.3


@dataclass(frozen=True, slots=True)
class HeadPose:
    """A head in front of the camera.

    Attributes:
        position: of the eyes' midpoint in the camera frame, m: x away from the camera, y left, z up.
        angles: roll, pitch, yaw relative to facing the camera, rad (yaw > 0 own left, pitch > 0 down).
        shape: (478, 3) all points in the head's axes, mm, at the size of the average face.
    """

    position: Float3
    angles: Float3
    shape: Points


def focal_px(width: int, field_of_view: float) -> float:
    """Focal length in pixels of a camera with this horizontal field of view, rad."""
    return width / 2 / math.tan(field_of_view / 2)


def head_pose(points: Points, width: int, height: int, focal: float) -> HeadPose:
    """Pose of a face mesh.

    Pitch and roll from a similarity (Umeyama 1991) with the mesh's own depth, yaw from that and from a
    perspective-n-point solution (Terzakis and Lourakis 2020, refined), whose errors differ.

    Args:
        points: (478, 3) px, z relative with the scale of x, growing away from the camera.
        width, height: of the picture, px.
        focal: px.
    """
    pnp_rotation, pnp_distance = _perspective(points, width, height, focal)
    rays = _unprojected(points, width, height, focal)
    scale, rotation, offset = similarity(TABLE[RIGID] * _FLIP, rays[RIGID])
    centre = _eyes(points)
    bearing = (centre - (width / 2, height / 2)) / focal
    distance = _distance(points, focal, pnp_distance + float(pnp_rotation[2] @ (_eye_table() * _FLIP)))
    facing = _toward(bearing).T
    roll, pitch, shape_yaw = _angles(facing @ rotation)
    _, _, pnp_yaw = _angles(facing @ pnp_rotation)
    return HeadPose(
        position=(distance / 1e3, -distance * float(bearing[0]) / 1e3, -distance * float(bearing[1]) / 1e3),
        angles=(roll, pitch, (shape_yaw + pnp_yaw) / 2),
        shape=((rays - offset) @ rotation / scale) * _FLIP,
    )


def full_turn(angles: Float3) -> Float3:
    """Roll, pitch, yaw (rad) of the head itself, from those of the mesh that FaceMesh draws."""
    roll, pitch, yaw = angles
    return roll, _PITCH_GAIN * pitch, _YAW_GAIN * yaw


def similarity(source: Points, target: Points) -> tuple[float, Points, Points]:
    """Scale s, rotation R (3, 3) and offset t with target ≈ s R source + t, least squares (Umeyama 1991)."""
    a, b = source.mean(axis=0), target.mean(axis=0)
    u, d, vt = np.linalg.svd((target - b).T @ (source - a))
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ sign @ vt
    scale = float(np.trace(np.diag(d) @ sign) / np.sum((source - a) ** 2))
    return scale, rotation, b - scale * rotation @ a


def _perspective(points: Points, width: int, height: int, focal: float) -> tuple[Points, float]:
    """Rotation of the head in camera axes, and the distance of its origin, mm."""
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    model = TABLE[RIGID] * _FLIP
    seen = np.ascontiguousarray(points[RIGID, :2])
    straight = np.zeros(5)
    _, turn, shift = cv2.solvePnP(model, seen, camera, straight, flags=cv2.SOLVEPNP_SQPNP)
    turn, shift = cv2.solvePnPRefineLM(model, seen, camera, straight, turn, shift)
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64), float(np.asarray(shift)[2, 0])


def _unprojected(points: Points, width: int, height: int, focal: float) -> Points:
    """The mesh in camera axes, mm: its depth is relative, so the distance comes from the size of the face."""
    scale, _, _ = similarity(TABLE[RIGID] * _FLIP, points[RIGID])
    depth = (points[:, 2] - points[RIGID, 2].mean()) / scale + focal / scale
    x = (points[:, 0] - width / 2) * depth / focal
    y = (points[:, 1] - height / 2) * depth / focal
    return np.stack([x, y, depth], axis=1)


def _distance(points: Points, focal: float, by_pose: float) -> float:
    """Distance along the optical axis, mm."""
    diameters = [_diameter(points, iris) for iris in (RIGHT_IRIS, LEFT_IRIS)]
    by_iris = focal * _IRIS_MM / max(float(np.mean(diameters)), 1e-3)
    contradictory = max(by_iris, by_pose) > _CONTRADICTION * min(by_iris, by_pose)
    return by_pose if contradictory else (by_iris + by_pose) / 2


def _diameter(points: Points, iris: range) -> float:
    """Of the iris, across: lids cover it above and below. Points: centre, right, top, left, bottom."""
    return float(np.linalg.norm(points[iris[1], :2] - points[iris[3], :2]))


def _eyes(points: Points) -> Points:
    return points[[33, 133, 362, 263], :2].mean(axis=0)


def _eye_table() -> Points:
    return TABLE[[33, 133, 362, 263]].mean(axis=0)


def _toward(bearing: Points) -> Points:
    """Rotation that turns the optical axis to a point of the picture (yaw, then pitch)."""
    yaw = math.atan2(bearing[0], 1.0)
    pitch = -math.atan2(bearing[1], math.hypot(bearing[0], 1.0))
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return about_y @ about_x


def _angles(rotation: Points) -> Float3:
    """Roll, pitch, yaw of a rotation in camera axes, the identity for a face to the camera."""
    yaw = math.atan2(rotation[0, 2], rotation[2, 2])
    pitch = math.asin(max(-1.0, min(1.0, -rotation[1, 2])))
    roll = math.atan2(rotation[1, 0], rotation[1, 1])
    return -roll, pitch, -yaw
