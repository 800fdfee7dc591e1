"""Faces for the tests: a portrait that comes with matplotlib, and the same head turned, mirrored, framed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib import cbook
from scipy.spatial import Delaunay

from visavis_agent.core.records import CameraImage

Image = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
WIDTH, HEIGHT, FOCAL = 640, 480, 640.0
GREY = 110


def portrait() -> Image:
    """Rear Admiral Grace Hopper, 1986 (public domain): (600, 512, 3) RGB."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        encoded = np.frombuffer(file.read(), np.uint8)
    return np.ascontiguousarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[:, :, ::-1])


def framed(image: Image, x: int, y: int, scale: float, on: Image | None = None) -> Image:
    """The picture, `scale` times as large, at (x, y) of a grey one of 640 x 480."""
    canvas = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8) if on is None else on.copy()
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    part = small[: HEIGHT - y, : WIDTH - x]
    canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
    return canvas


def head_shot() -> Image:
    """The portrait's head and shoulders, (320, 320, 3)."""
    return portrait()[60:380, 100:420]


def noisy(image: Image, amount: float, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, amount, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def held(image: Image, phase: float, tilt: float) -> Image:
    """A flat picture in somebody's hands: shifted, turned, nearer, further, tilted by up to `tilt` °."""
    height, width = image.shape[:2]
    angle = np.radians(tilt) * np.sin(phase)
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], float) * 180
    turn = rotation(np.degrees(angle), np.degrees(angle) * 0.5, 4 * np.sin(phase * 0.7))
    place = np.array([25 * np.sin(phase), 15 * np.cos(phase), 620 * (1 + 0.15 * np.sin(phase * 0.5))])
    seen = projected(corners @ turn.T + place).astype(np.float32)
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(flat, seen)
    canvas = cv2.warpPerspective(image, warp, (WIDTH, HEIGHT), borderValue=(GREY,) * 3)
    return np.asarray(canvas, np.uint8)


def rotation(yaw: float, pitch: float, roll: float) -> Points:
    """Degrees, in camera axes (x right, y down, z away): yaw, pitch, roll about the head's axes."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def projected(points: Points) -> Points:
    """Pixels of points in camera axes, mm."""
    return points[:, :2] / points[:, 2:] * FOCAL + (WIDTH / 2, HEIGHT / 2)


@dataclass
class Head:
    """A head in space made from a mesh on a picture: it can be turned and drawn again.

    Attributes:
        shape: (478, 3) mm in camera axes, centred.
        picture, points: texture and where the mesh lies on it, px.
    """

    shape: Points
    picture: Image
    points: Points

    @classmethod
    def on(cls, picture: Image, points: Points) -> Head:
        size = 93 / np.linalg.norm(points[33] - points[263])
        return cls((points - points.mean(axis=0)) * size, picture, points[:, :2])

    def mesh(self, yaw: float = 0, pitch: float = 0, roll: float = 0, distance: float = 600) -> Points:
        """(478, 3) px as FaceMesh gives them; yaw > 0 is the person's own left, pitch > 0 down."""
        placed = self.shape @ rotation(-yaw, pitch, -roll).T + (0, 0, distance)
        return np.column_stack([projected(placed), (placed[:, 2] - distance) * FOCAL / distance])

    def drawn(self, yaw: float = 0, pitch: float = 0, roll: float = 0, distance: float = 600) -> Image:
        """The turned head on grey."""
        mesh = self.mesh(yaw, pitch, roll, distance)
        canvas = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
        triangles = Delaunay(self.points[:468]).simplices
        for triangle in triangles[np.argsort(-mesh[triangles, 2].mean(axis=1))]:
            self._draw(canvas, triangle, mesh[triangle, :2])
        return canvas

    def _draw(self, canvas: Image, triangle: npt.NDArray[np.int32], seen: Points) -> None:
        source = self.points[triangle]
        if np.sign(_area(seen)) != np.sign(_area(source)):
            return  # it shows its back
        low = np.maximum(np.floor(seen.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(seen.max(axis=0)).astype(int) + 2, (WIDTH, HEIGHT))
        width, height = high - low
        if width <= 0 or height <= 0:
            return
        target = (seen - low).astype(np.float32)
        warp = cv2.getAffineTransform(source.astype(np.float32), target)
        patch = cv2.warpAffine(self.picture, warp, (int(width), int(height)), borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros((height, width), np.uint8)
        grown = (target - target.mean(axis=0)) * 1.06 + target.mean(axis=0)
        cv2.fillConvexPoly(mask, np.round(grown * 16).astype(np.int32), 255, cv2.LINE_8, 4)
        canvas[low[1] : high[1], low[0] : high[0]][mask > 0] = patch[mask > 0]


def _area(corners: Points) -> float:
    a, b = corners[1] - corners[0], corners[2] - corners[0]
    return float(a[0] * b[1] - a[1] * b[0])


def camera(image: Image, media_ns: int) -> CameraImage:
    return CameraImage(media_ns=media_ns, image=image)
