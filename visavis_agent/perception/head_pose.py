"""Where a head is and how it is turned, from the points of its face mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from visavis_agent.core.records import Float3
from visavis_agent.perception.face_depth import USUAL_PITCH_GAIN
from visavis_agent.perception.face_table import LEFT_IRIS, RIGHT_IRIS, RIGID, TABLE, Points

# Camera axes of OpenCV: x right, y down, z away from the camera; the head's: x own left, y up, z forward.
_FLIP = np.array([1.0, -1.0, -1.0])
_IRIS_MM = 11.7
# The iris reads about 10 % too near, the pose 6 % too far: the mean of both is used unless they contradict.
_CONTRADICTION = 1.4
# FaceMesh draws turned faces towards frontal ones, in some faces more than in others. Its gain aside was 0.79, 0.90
# and 0.89 on renders of three of our avatars (hero, gentleman, student), 0.77, 0.79 and 0.90 on three warped portraits;
# some of it is lost looking down, in renders more than in portraits. Up and down it depends on the face
# (face_depth.py). With these values the mean error of yaw within ±25° is 1.7°, 2.0°, 2.6° on the avatars and 1.5°,
# 1.6°, 3.1° on the portraits, of pitch 1.9°, 2.1°, 2.1° and 2.7°, 2.7°, 3.7°, all but the first after its mean was
# taken off.
_YAW_GAIN = 1.22
_YAW_LOSS_DOWN = 0.45  # of the yaw, for each rad that the mesh looks down


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

    FaceMesh looks at a face along the line of sight, wherever it is in the picture: its depth is measured along that
    line, and so are angles here. Pitch and roll from a similarity (Umeyama 1991) with the mesh's own depth, yaw from
    that and from a perspective-n-point solution (Terzakis and Lourakis 2020, refined), whose errors differ.

    Args:
        points: (478, 3) px, z relative with the scale of x, growing away from the camera.
        width, height: of the picture, px.
        focal: px.
    """
    pnp_rotation, pnp_distance = _perspective(points, width, height, focal)
    sighted = _sighted(points, width, height, focal)
    scale, rotation, offset = similarity(TABLE[RIGID] * _FLIP, sighted[RIGID])
    bearing = _bearing(_eyes(points), width, height, focal)
    distance = _distance(points, focal, pnp_distance + float(pnp_rotation[2] @ (_eye_table() * _FLIP)))
    tilt, down, shape_aside = _swing(rotation)
    _, _, pnp_aside = _swing(_toward(bearing).T @ pnp_rotation)
    return HeadPose(
        position=(distance / 1e3, -distance * float(bearing[0]) / 1e3, -distance * float(bearing[1]) / 1e3),
        angles=_angles(_turned(tilt, down, (shape_aside + pnp_aside) / 2)),
        shape=((sighted - offset) @ rotation / scale) * _FLIP,
    )


def full_turn(angles: Float3, pitch_gain: float = USUAL_PITCH_GAIN) -> Float3:
    """Roll, pitch, yaw (rad) of the head itself, from those of the mesh that FaceMesh draws.

    What is too small is how far the face looks up, down or aside in its own axes, whatever it is rolled by.

    Args:
        pitch_gain: of this face, from FaceDepth.
    """
    roll, pitch, yaw = angles
    tilt, down, aside = _swing(_rotation(roll, pitch, yaw))
    return _angles(_turned(tilt, pitch_gain * down, (_YAW_GAIN + _YAW_LOSS_DOWN * down) * aside))


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


def _sighted(points: Points, width: int, height: int, focal: float) -> Points:
    """The mesh, mm, in axes whose third is the line of sight to the eyes.

    Its depth is relative, so the distance comes from the size of the face.
    """
    bearings = np.column_stack([_bearing(points[:, :2], width, height, focal), np.ones(len(points))])
    rays = bearings @ _toward(_bearing(_eyes(points), width, height, focal))
    plane = focal * rays[:, :2] / rays[:, 2:]
    scale, _, _ = similarity(TABLE[RIGID] * _FLIP, np.column_stack([plane, points[:, 2]])[RIGID])
    depth = (points[:, 2] - points[RIGID, 2].mean() + focal) / scale
    return np.column_stack([plane * depth[:, None] / focal, depth])


def _distance(points: Points, focal: float, by_pose: float) -> float:
    """Distance along the optical axis, mm."""
    diameters = [_diameter(points, iris) for iris in (RIGHT_IRIS, LEFT_IRIS)]
    by_iris = focal * _IRIS_MM / max(float(np.mean(diameters)), 1e-3)
    contradictory = max(by_iris, by_pose) > _CONTRADICTION * min(by_iris, by_pose)
    return by_pose if contradictory else (by_iris + by_pose) / 2


def _diameter(points: Points, iris: range) -> float:
    """Of the iris, across: lids cover it above and below. Points: centre, right, top, left, bottom."""
    return float(np.linalg.norm(points[iris[1], :2] - points[iris[3], :2]))


def _bearing(pixels: Points, width: int, height: int, focal: float) -> Points:
    """(…, 2) tangents of where points of the picture are, to the right and down."""
    return (pixels - (width / 2, height / 2)) / focal


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


def _rotation(roll: float, pitch: float, yaw: float) -> Points:
    """The rotation in camera axes that has these angles."""
    return np.asarray(_about(1, -yaw) @ _about(0, pitch) @ _about(2, -roll))


def _about(axis: int, angle: float) -> Points:
    return np.asarray(cv2.Rodrigues(np.eye(3)[axis] * angle)[0], np.float64)


def _swing(rotation: Points) -> Float3:
    """Tilt in the picture after a swing of the face's direction by the shortest way, down and aside, rad.

    Down and aside are about the face's own axes.
    """
    tilt = 2 * math.atan2(rotation[1, 0] - rotation[0, 1], 1 + float(np.trace(rotation)))
    right, under, _ = cv2.Rodrigues(_about(2, -tilt) @ rotation)[0].ravel()
    return tilt, float(right), float(under)


def _turned(tilt: float, down: float, aside: float) -> Points:
    """The rotation of which `_swing` gives these."""
    return np.asarray(_about(2, tilt) @ cv2.Rodrigues(np.array([down, aside, 0.0]))[0])
