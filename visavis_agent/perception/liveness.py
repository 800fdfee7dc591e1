"""Tells a living face from a picture of one: what a picture can do is a homography, a face does more.

However a flat picture is held, moved or tilted, any two views of it map onto each other by a homography
(Hartley and Zisserman 2004, ch. 13). A head that turns shows parallax, lids blink, lips part. Measured on two
portraits that were shaken, zoomed, blurred and tilted: residual up to 1.1 % of the face's width with a tilt
of up to 20° and 2.8 % at 35°, lids never below 0.9 of their opening, lips parted by up to 0.7 %. A head that
turns by 12° has 2.3 %; a blink takes the lids below 0.5; a spoken vowel parts the lips by 3 %. Where light washes a
face out, teeth and lids go with it: a flickering lamp parted the lips of a picture by 3 %, so only parallax counts.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.perception.face_table import (
    LEFT_EYE,
    LOWER_LIDS,
    LOWER_LIP,
    RIGHT_EYE,
    UPPER_LIDS,
    UPPER_LIP,
    Points,
)

_MESH = 468
# The mesh of a face just found still settles.
_SETTLE_NS = 200 * MS
_RENEW_NS = 5 * SECOND
# A strongly tilted picture is read less exactly; the homography says how much it foreshortens.
_RESIDUAL, _RESIDUAL_PER_FORESHORTENING = 0.017, 0.12
# Beyond about 37° nothing is proved.
_OBLIQUE = 1.25
_PARTED = 0.02
_SHUT, _OPEN = 0.65, 0.85
_BLINK_NS = 500 * MS
_STEADY = 5
_WHITE, _WHITE_SHARE = 250, 0.2


class Liveness:
    """Watches one face; once `alive`, always alive."""

    def __init__(self) -> None:
        self.alive = False
        self._first_ns: int | None = None
        self._reference = np.zeros((0, 2))
        self._reference_ns = 0
        self._reference_clear = False
        self._width = 1.0
        self._opening = 1.0
        self._gaps: deque[float] = deque(maxlen=100)
        self._parallax = 0
        self._parted = 0
        self._shut_ns: int | None = None

    def watch(self, points: Points, media_ns: int, clear: bool = True) -> bool:
        """Take the next mesh (478, 3) px of the face; returns `alive`.

        Args:
            clear: whether the picture shows lips and lids, and not only light.
        """
        if self.alive:
            return True
        if self._first_ns is None:
            self._first_ns = media_ns
        if media_ns - self._first_ns < _SETTLE_NS:
            return False
        better = clear and not self._reference_clear
        if not len(self._reference) or better or media_ns - self._reference_ns > _RENEW_NS:
            self._refer(points, media_ns)
            self._reference_clear = clear
            return False
        seen = np.ascontiguousarray(points[:_MESH, :2])
        homography = np.asarray(cv2.findHomography(seen, self._reference, 0)[0], np.float64)
        if homography.shape != (3, 3) or self._width < 1:
            return False
        foreshortening = _foreshortening(homography, seen.mean(axis=0))
        if foreshortening < _OBLIQUE:
            # The points as the reference view would show them if the face were flat.
            flat = np.asarray(cv2.perspectiveTransform(seen[None], homography)[0], np.float64)
            moved = self._moved(flat, foreshortening)
            self.alive = moved or (clear and (self._spoke(flat) or self._blinked(flat, media_ns)))
        return self.alive

    def _refer(self, points: Points, media_ns: int) -> None:
        self._reference = np.ascontiguousarray(points[:_MESH, :2])
        self._reference_ns = media_ns
        self._width = float(np.ptp(self._reference[:, 0]))
        self._opening = eye_opening(self._reference)
        self._parallax = self._parted = 0
        self._shut_ns = None
        self._gaps.clear()

    def _moved(self, flat: Points, foreshortening: float) -> bool:
        residual = float(np.sqrt(np.mean(np.sum((flat - self._reference) ** 2, axis=1)))) / self._width
        limit = _RESIDUAL + _RESIDUAL_PER_FORESHORTENING * (foreshortening - 1)
        self._parallax = self._parallax + 1 if residual > limit else 0
        return self._parallax >= _STEADY

    def _spoke(self, flat: Points) -> bool:
        gap = float(np.linalg.norm(flat[UPPER_LIP] - flat[LOWER_LIP])) / self._width
        self._gaps.append(gap)
        self._parted = self._parted + 1 if gap - min(self._gaps) > _PARTED else 0
        return self._parted >= _STEADY - 2

    def _blinked(self, flat: Points, media_ns: int) -> bool:
        share = eye_opening(flat) / max(1e-6, self._opening)
        if share < _SHUT:
            self._shut_ns = media_ns if self._shut_ns is None else self._shut_ns
        elif share > _OPEN and self._shut_ns is not None:
            shut_ns, self._shut_ns = media_ns - self._shut_ns, None
            return shut_ns <= _BLINK_NS
        elif self._shut_ns is None and share > 1 / _OPEN:
            self._opening = eye_opening(flat)  # the reference was taken with lids half shut
        return False


def washed_out(image: npt.NDArray[np.uint8], points: Points) -> bool:
    """Whether light has taken a fifth or more of the face at these points (px) out of a picture (h, w, 3)."""
    x0, y0 = np.maximum(np.floor(points[:_MESH, :2].min(axis=0)).astype(int), 0)
    x1, y1 = np.ceil(points[:_MESH, :2].max(axis=0)).astype(int)
    step = max(1, (x1 - x0) // 50)
    face = image[y0:y1:step, x0:x1:step]
    return face.size > 0 and float(np.mean(face.min(axis=2) >= _WHITE)) >= _WHITE_SHARE


def _foreshortening(homography: Points, at: Points) -> float:
    """By what factor a homography stretches one direction more than the other at a point, ≥ 1."""
    x, y, w = homography @ (at[0], at[1], 1.0)
    jacobian = (homography[:2, :2] - np.outer([x / w, y / w], homography[2, :2])) / w
    large, small = np.linalg.svd(jacobian, compute_uv=False)
    return float(large / max(small, 1e-9))


def eye_opening(points: Points) -> float:
    """Height of the wider open eye as a share of its width (eye aspect ratio, Soukupová and Čech 2016)."""
    ratios = []
    for corners, upper, lower in (
        (RIGHT_EYE, UPPER_LIDS[:2], LOWER_LIDS[:2]),
        (LEFT_EYE, UPPER_LIDS[2:], LOWER_LIDS[2:]),
    ):
        width = float(np.linalg.norm(points[corners[0], :2] - points[corners[1], :2]))
        gaps = points[np.array(upper), :2] - points[np.array(lower), :2]
        ratios.append(float(np.linalg.norm(gaps, axis=1).mean()) / max(width, 1e-6))
    return max(ratios)
