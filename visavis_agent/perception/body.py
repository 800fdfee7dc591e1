"""MediaPipe's Pose and Hands, a few times a second: where the arms of the person before the camera are.

Pose (Bazarevsky et al. 2020) follows one person, the most prominent; Hands (Zhang et al. 2020) is asked only while a
wrist is up, because it costs as much again. Its lite nets find as many hands of our avatars as the full ones, 3 to 4 %
of a palm beside theirs, with a third less time and 25 MB less.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from visavis_agent.core.errors import EngineError
from visavis_agent.perception.eyes import Box, Image
from visavis_agent.perception.hands import Arm, Body, HandPoints
from visavis_agent.perception.mediapipe_import import solution
from visavis_agent.perception.quiet import without_lines

_NOISE = ("absl::InitializeLog", "XNNPACK delegate", "inference_feedback_manager", "landmark_projection", "gl_context")
_REMEDY = "Install mediapipe 0.10.21, run `make env`, or set gestures_hz to 0"
_LARGEST = 640
_SMALLEST = 64
_NOSE, _SHOULDERS, _WRISTS, _ELBOWS = 0, (11, 12), (15, 16), (13, 14)
_VISIBLE = 0.5
# A hand this far above the breast may say something: shoulders' widths below the shoulder's height.
_WORTH_A_LOOK = 0.9
# A wrist is up when it is above the shoulder, or so near to it that hand and fingers are.
_RAISED = 0.1
_SAME_HAND = 0.6
# What is looked at around a face, in its widths and heights: others' arms must not count.
_REACH, _ABOVE, _BELOW = 3.5, 1.6, 4.5


class BodyReader:
    """Sees the arms of one person.

    Raises:
        EngineError: mediapipe is missing or does not carry its models.
    """

    def __init__(self) -> None:
        try:
            with without_lines(_NOISE):
                self._pose: Any = solution("pose").Pose(model_complexity=1)
                self._hands: Any = solution("hands").Hands(max_num_hands=2, model_complexity=0)
                for network in (self._pose, self._hands):
                    network.process(np.full((240, 320, 3), 120, np.uint8))
        except (ImportError, OSError, AttributeError, RuntimeError, ValueError) as error:
            raise EngineError(f"mediapipe's Pose and Hands cannot be loaded ({error})", "", _REMEDY) from None

    def see(self, image: Image, face: Box) -> Body | None:
        """Head, shoulders and arms of the person with this face in an RGB picture, px; None where they are not seen."""
        x0, y0, part = _around(face, image)
        body = self._see(part)
        if body is None:
            return None
        body = body.moved(float(x0), float(y0))
        return body if belongs(body, face) else None

    def _see(self, image: Image) -> Body | None:
        height, width = image.shape[:2]
        if min(height, width) < _SMALLEST:
            return None
        shrink = min(1.0, _LARGEST / max(height, width))
        if shrink < 1.0:
            small = (max(1, round(width * shrink)), max(1, round(height * shrink)))
            image = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
        size = np.array([image.shape[1], image.shape[0]], np.float64)
        found = self._pose.process(image).pose_landmarks
        if not found:
            return None
        points = np.array([(mark.x, mark.y) for mark in found.landmark]) * size
        sure = [mark.visibility > _VISIBLE for mark in found.landmark]
        if not all(sure[shoulder] for shoulder in _SHOULDERS):
            return None
        shoulders = float(np.linalg.norm(points[_SHOULDERS[0]] - points[_SHOULDERS[1]]))
        up = [
            sure[wrist] and points[wrist, 1] < points[shoulder, 1] + _WORTH_A_LOOK * shoulders
            for wrist, shoulder in zip(_WRISTS, _SHOULDERS, strict=True)
        ]
        hands = self._look_at_hands(image, size) if any(up) else []
        arms = []
        for wrist, shoulder, elbow, worth in zip(_WRISTS, _SHOULDERS, _ELBOWS, up, strict=True):
            at = points[wrist]
            hand = _nearest(hands, at, shoulders) if worth else None
            high = points[wrist, 1] < points[shoulder, 1] + _RAISED * shoulders and at[1] < points[elbow, 1]
            arms.append(
                Arm(
                    _pixel(at, shrink),
                    _pixel(points[shoulder], shrink),
                    bool(worth and high),
                    None if hand is None else hand / shrink,
                )
            )
        return Body(_pixel(points[_NOSE], shrink), shoulders / shrink, tuple(arms))

    def close(self) -> None:
        for network in (self._pose, self._hands):
            network.close()

    def _look_at_hands(self, image: Image, size: HandPoints) -> list[HandPoints]:
        found = self._hands.process(image).multi_hand_landmarks or ()
        return [np.array([(point.x, point.y) for point in hand.landmark]) * size for hand in found]


def belongs(body: Body, box: Box) -> bool:
    """Whether the body's head is the face in the box, px."""
    x, y = box.centre
    return abs(body.head[0] - x) < 0.6 * box.width and abs(body.head[1] - y) < 0.6 * box.height


def _around(face: Box, image: Image) -> tuple[int, int, Image]:
    """Left, top and the part of the picture in which the person's arms are."""
    height, width = image.shape[:2]
    (x, _), reach = face.centre, _REACH * max(face.width, 1.0)
    x0, x1 = max(0, round(x - reach)), min(width, round(x + reach))
    y0, y1 = max(0, round(face.y - _ABOVE * face.height)), min(height, round(face.y + _BELOW * face.height))
    return x0, y0, np.ascontiguousarray(image[y0 : max(y0, y1), x0 : max(x0, x1)])


def _nearest(hands: list[HandPoints], wrist: HandPoints, shoulders: float) -> HandPoints | None:
    """The hand at the end of an arm."""
    best = min(hands, key=lambda hand: float(np.linalg.norm(hand[0] - wrist)), default=None)
    if best is None or float(np.linalg.norm(best[0] - wrist)) > _SAME_HAND * shoulders:
        return None
    return best


def _pixel(point: HandPoints, shrink: float) -> tuple[float, float]:
    return float(point[0]) / shrink, float(point[1]) / shrink
