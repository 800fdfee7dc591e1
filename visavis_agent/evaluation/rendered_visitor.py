"""Visitors for the eyes whose pose, place and movements are known: our own avatar, drawn before a camera."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from visavis_agent.core.arkit import coefficients
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import Array, FaceMotion, Float3
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.kinematics import HEAD
from visavis_agent.rendering.renderer import Renderer

RATE = 25
FIELD_OF_VIEW = 60.0  # °, of the camera before which visitors are pasted
FACE_WIDTH_MM = 178.0  # of the box around the hero's face mesh
_FACE_HEIGHT_MM, _BROW_MM = 205.0, 61.0  # its height, and how far it reaches above the eyes
_LOOP = 100
_SIDE = 400  # px of the pasted picture
_HALF_MM = 763.0
_EYE_SHARE = 0.217  # where the eyes are in the framing "half", from its top
_EYES_FORWARD_MM = 60.0
_CLOTHES = 0.42  # where they begin, from its top
_WALL, _WALLS = (150, 158, 150), 8


class PosedHead:
    """The hero's head and shoulders before a long lens, turned as told."""

    def __init__(self, size: tuple[int, int] = (640, 480)) -> None:
        self._renderer = Renderer(open_avatar("hero"), size)
        camera = self._renderer.camera
        self.field_of_view = math.degrees(2 * math.atan(max(size) / 2 / camera.focal))

    def draw(self, angles: Float3, blink: float = 0.0) -> tuple[Array, Float3]:
        """The picture, and roll, pitch, yaw relative to facing the camera, rad, for head angles in the body."""
        face = FaceMotion(media_ns=0, coefficients=coefficients(eyeBlink=blink), head=angles)
        return self._renderer.draw(face)[0], self._truth(face)

    def close(self) -> None:
        self._renderer.close()

    def _truth(self, face: FaceMotion) -> Float3:
        """From the joint that was drawn: which way the face's axis points, seen along the line to the eyes."""
        joint = np.asarray(self._renderer.pose(face).joints[HEAD], np.float64)
        camera = self._renderer.camera
        eyes = joint[:, :3] @ (0.0, 0.0, _EYES_FORWARD_MM) + joint[:, 3]
        towards = np.array([*camera.centre, camera.distance]) - eyes
        yaw = math.atan2(towards[0], towards[2])
        pitch = -math.atan2(towards[1], math.hypot(towards[0], towards[2]))
        turned = _turn(yaw, pitch).T @ joint[:, :3]
        return (
            math.atan2(turned[1, 0], turned[1, 1]),
            math.asin(-max(-1.0, min(1.0, float(turned[1, 2])))),
            math.atan2(turned[0, 2], turned[2, 2]),
        )


def _turn(yaw: float, pitch: float) -> Array:
    """Rotation in the avatar's axes (left, up, forward): pitch down, then yaw to the own left."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    about_up = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_left = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return about_up @ about_left


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor stands before a camera with FIELD_OF_VIEW: eyes to the picture's right of its middle and above
    it, and away from the camera, mm.
    """

    across: float
    distance: float
    up: float = 0.0


class Walker:
    """A visitor who moves as people do in front of a screen (a turn of 12° aside and a blink every four seconds) and
    can be pasted anywhere.

    Args:
        hue: turns the colours of the clothes by so much, °, for somebody else.
    """

    def __init__(self, hue: int = 0) -> None:
        renderer = Renderer(open_avatar("hero"), (_SIDE, _SIDE), framing="half")
        self._pictures = [_recoloured(renderer.draw_alpha(_swaying(number))[0], hue) for number in range(_LOOP)]
        renderer.close()

    def paste(self, image: Array, place: Place, number: int) -> tuple[float, float, float, float]:
        """Draw picture `number` of the movement; returns x, y, width, height of the face as shares of the picture."""
        height, width = image.shape[:2]
        focal = max(width, height) / 2 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
        per_mm = focal / place.distance
        side = max(8, round(_HALF_MM * per_mm))
        shrunk = side < _SIDE
        picture = cv2.resize(
            self._pictures[number % _LOOP],
            (side, side),
            interpolation=cv2.INTER_AREA if shrunk else cv2.INTER_LINEAR,
        )
        x, y = width / 2 + place.across * per_mm, height / 2 - place.up * per_mm
        _blend(image, np.asarray(picture), round(x - side / 2), round(y - _EYE_SHARE * side))
        face, tall, above = FACE_WIDTH_MM * per_mm, _FACE_HEIGHT_MM * per_mm, _BROW_MM * per_mm
        return (x - face / 2) / width, (y - above) / height, face / width, tall / height


def _swaying(number: int) -> FaceMotion:
    t = number / RATE
    period = _LOOP / RATE
    blink = max(0.0, math.sin(2 * math.pi * t / period)) ** 60
    head = (0.03 * math.sin(2 * math.pi * t / period), 0.05 * math.cos(2 * math.pi * t / period), 0.0)
    yaw = 0.21 * math.sin(2 * math.pi * (t / period + 0.3))
    values = coefficients(eyeBlink=blink, mouthSmile=0.3)
    return FaceMotion(media_ns=number * SECOND // RATE, coefficients=values, head=(head[0], head[1], yaw))


def _recoloured(picture: Array, hue: int) -> Array:
    if not hue:
        return picture
    clothes = picture[round(_CLOTHES * _SIDE) :, :, :3]
    colours = cv2.cvtColor(np.ascontiguousarray(clothes), cv2.COLOR_RGB2HSV)
    colours[..., 0] = (colours[..., 0].astype(int) + hue // 2) % 180
    clothes[:] = cv2.cvtColor(colours, cv2.COLOR_HSV2RGB)
    return picture


def _blend(image: Array, picture: Array, x: int, y: int) -> None:
    """Lay an RGBA picture over an RGB one, as far as it lies inside."""
    height, width = image.shape[:2]
    side_y, side_x = picture.shape[:2]
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + side_x), min(height, y + side_y)
    if x0 >= x1 or y0 >= y1:
        return
    part = picture[y0 - y : y1 - y, x0 - x : x1 - x]
    share = part[..., 3:].astype(np.float32) / 255
    under = image[y0:y1, x0:x1]
    under[:] = np.rint(part[..., :3] * share + under * (1 - share)).astype(np.uint8)


def wall(size: tuple[int, int], number: int) -> Array:
    """A room without anybody as picture `number` shows it, (height, width, 3) uint8 RGB, with a sensor's noise."""
    return _wall(size, number % _WALLS).copy()


@lru_cache(maxsize=32)
def _wall(size: tuple[int, int], number: int) -> Array:
    width, height = size
    rng = np.random.default_rng(number)
    shade = np.linspace(20, -20, width)[None, :, None]
    return np.clip(np.array(_WALL) + shade + rng.normal(0, 3, (height, width, 1)), 0, 255).astype(np.uint8)
