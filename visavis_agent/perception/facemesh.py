"""MediaPipe's FaceMesh on one face in every picture, its full-range detector on the whole now and then.

FaceMesh with attention (Grishchenko et al. 2020) needs a face of about 80 px; the detector (Bazarevsky et al.
2019) finds smaller ones, and an enlarged crop of these is good enough for FaceMesh from 40 px on.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.perception.eyes import Box, EyesSettings, Face, Image
from visavis_agent.perception.face_table import Points
from visavis_agent.perception.mediapipe_import import solution
from visavis_agent.perception.quiet import without_lines
from visavis_agent.perception.warm_up import drawn_face

_NOISE = (
    "absl::InitializeLog",
    "XNNPACK delegate",
    "inference_feedback_manager",
    "landmark_projection_calculator",
    "gl_context",
)
_REMEDY = "Install mediapipe 0.10.21, run `make env`, or set engine to none"
_SMALLEST_SIDE = 32
_CROP_GROWTH = 2.0
_CROP_SIDE = 384
_MASK_GROWTH = 1.8
_SAME_FACE = 0.2
_MESH = 468
# FaceMesh gives no score: this is for what the detector did not find when it looked last.
_UNSCORED = 0.5


class FaceMeshEyes:
    """The eye engine "facemesh".

    Raises:
        EngineError: mediapipe is missing or does not carry its models.
    """

    settings_type = EyesSettings

    def __init__(self, settings: EyesSettings) -> None:
        self._settings = settings
        self._searched_ns: int | None
        self._detected: list[Face]
        try:
            with without_lines(_NOISE):
                self._load()
        except (ImportError, OSError, AttributeError, RuntimeError, ValueError) as error:
            reason = f"mediapipe cannot be loaded ({error})"
            raise EngineError(reason, "", _REMEDY) from None

    def _load(self) -> None:
        face_detection, face_mesh = solution("face_detection"), solution("face_mesh")
        self._mesh: Any = face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True)
        self._still_mesh: Any = face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.3
        )
        self._detector: Any = face_detection.FaceDetection(model_selection=1)
        for network in (self._mesh, self._still_mesh, self._detector):
            network.process(drawn_face(_CROP_SIDE))
        self.forget()

    def forget(self) -> None:
        """Follow nobody: the next picture is searched afresh."""
        self._searched_ns = None
        self._detected = []
        self._following = False
        self._mesh.process(np.zeros((_CROP_SIDE, _CROP_SIDE, 3), np.uint8))

    def see(self, image: Image, media_ns: int, preferred: Box | None) -> tuple[Face, ...]:
        height, width = image.shape[:2]
        if min(height, width) < _SMALLEST_SIDE:
            return ()
        shrink = min(1.0, self._settings.largest_side / max(height, width))
        if shrink < 1.0:
            size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        wanted = preferred.scaled(shrink) if preferred else None
        return tuple(_enlarged(face, 1 / shrink) for face in self._faces(image, media_ns, wanted))

    def close(self) -> None:
        for network in (self._mesh, self._still_mesh, self._detector):
            network.close()

    def _faces(self, image: Image, media_ns: int, preferred: Box | None) -> list[Face]:
        period = SECOND / self._settings.detector_hz
        if self._searched_ns is None or not 0 <= media_ns - self._searched_ns < period:
            self._searched_ns = media_ns
            self._detected = self._search(image)
        detailed = self._follow(image)
        if detailed is None and self._following and self._searched_ns != media_ns:
            # Who is gone must not stay in view until the next search.
            self._searched_ns = media_ns
            self._detected = self._search(image)
        self._following = detailed is not None
        if preferred and detailed and not _same(detailed.box, preferred) and self._knows(preferred):
            detailed = self._switch(image, preferred)
        if detailed is None:
            detailed = self._from_afar(image, preferred)
        others = self._detected if self._searched_ns == media_ns else []
        if detailed is None:
            return list(others)
        seen = next((face.confidence for face in self._detected if _same(face.box, detailed.box)), _UNSCORED)
        detailed = Face(detailed.box, detailed.points, seen)
        return [detailed, *(face for face in others if not _same(face.box, detailed.box))]

    def _knows(self, box: Box) -> bool:
        return any(_same(face.box, box) for face in self._detected)

    def _search(self, image: Image) -> list[Face]:
        """The full-range detector's faces, the largest first."""
        height, width = image.shape[:2]
        found = []
        for detection in self._detector.process(image).detections or ():
            area = detection.location_data.relative_bounding_box
            box = Box(area.xmin * width, area.ymin * height, area.width * width, area.height * height)
            found.append(Face(box, None, min(1.0, float(detection.score[0]))))
        return sorted(found, key=lambda face: -face.box.area)

    def _follow(self, image: Image) -> Face | None:
        return _face(self._mesh, _square(image))

    def _switch(self, image: Image, box: Box) -> Face | None:
        """Turn to another face: lose the followed one in the dark, then show only the new one."""
        side = max(image.shape[:2])
        self._mesh.process(np.zeros((side, side, 3), np.uint8))
        masked = np.zeros_like(image)
        x0, y0, x1, y1 = _corners(box.grown(_MASK_GROWTH), image)
        masked[y0:y1, x0:x1] = image[y0:y1, x0:x1]
        return _face(self._mesh, _square(masked))

    def _from_afar(self, image: Image, preferred: Box | None) -> Face | None:
        """The mesh of a face that is too small to be found by FaceMesh itself."""
        faces = sorted(self._detected, key=lambda face: -(face.box.overlap(preferred) if preferred else 0.0))
        if not faces:
            return None
        x0, y0, x1, y1 = _corners(faces[0].box.grown(_CROP_GROWTH), image)
        if min(x1 - x0, y1 - y0) < _SMALLEST_SIDE // 2:
            return None
        crop = _square(np.ascontiguousarray(image[y0:y1, x0:x1]))
        scale = _CROP_SIDE / len(crop)
        enlarged = cv2.resize(crop, (_CROP_SIDE, _CROP_SIDE), interpolation=cv2.INTER_CUBIC)
        face = _face(self._still_mesh, np.asarray(enlarged, np.uint8))
        if face is None or face.points is None:
            return None
        points = face.points / scale + np.array([float(x0), float(y0), 0.0])
        return Face(_around(points), points, faces[0].confidence)


def _face(mesh: Any, image: Image) -> Face | None:
    """The face that a mesh network finds in a square picture."""
    found = mesh.process(image).multi_face_landmarks
    if not found:
        return None
    side = len(image)
    points: Points = np.array([(p.x, p.y, p.z) for p in found[0].landmark], np.float64) * side
    return Face(_around(points), points, _UNSCORED)


def _around(points: Points) -> Box:
    x0, y0 = points[:_MESH, :2].min(axis=0)
    x1, y1 = points[:_MESH, :2].max(axis=0)
    return Box(float(x0), float(y0), float(x1 - x0), float(y1 - y0))


def _square(image: Image) -> Image:
    """Padded at the right or bottom: FaceMesh projects points rightly only in square pictures."""
    height, width = image.shape[:2]
    if height == width:
        return image
    side = max(height, width)
    return np.asarray(cv2.copyMakeBorder(image, 0, side - height, 0, side - width, cv2.BORDER_CONSTANT), np.uint8)


def _corners(box: Box, image: Image) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 inside the picture."""
    height, width = image.shape[:2]
    x0, y0 = max(0, round(box.x)), max(0, round(box.y))
    return x0, y0, min(width, round(box.x + box.width)), min(height, round(box.y + box.height))


def _same(a: Box, b: Box) -> bool:
    return a.overlap(b) > _SAME_FACE


def _enlarged(face: Face, factor: float) -> Face:
    points = face.points * factor if face.points is not None else None
    return Face(face.box.scaled(factor), points, face.confidence)
