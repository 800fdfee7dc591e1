"""What is measured on a face mesh: lids, brows, lips, jaw in the head's own axes, and where the eyes look."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from visavis_agent.perception.face_table import (
    CHIN,
    INNER_BROWS,
    LEFT_EYE,
    LEFT_IRIS,
    LOWER_LIDS,
    LOWER_LIP,
    MOUTH_CORNERS,
    OUTER_BROWS,
    RIGHT_EYE,
    RIGHT_IRIS,
    TABLE,
    UPPER_LIP,
    UPPER_LIP_EDGE,
    Points,
)
from visavis_agent.perception.liveness import eye_opening

# What FaceMesh reports of a true shift of the iris, measured by painting irises into portraits.
_GAZE_GAIN_ACROSS, _GAZE_GAIN_UP = 0.7, 0.37
_EYEBALL_MM = 12.0
_FULL_MOUTH_MM = 25.0


@dataclass(frozen=True, slots=True)
class Features:
    """Lengths in mm on a head of average size, heights along the head's own up axis.

    Attributes:
        inner_brow, outer_brow: height above the eye corners.
        brow_gap: distance of the inner brows.
        lids: opening of the wider open eye as a share of its width.
        lower_lid: height above the eye corners.
        upper_lip: height.
        corners: mean height of the mouth corners.
        mouth_width: distance of the mouth corners.
        lip_gap: between the inner lips.
        jaw: how far the chin is down.
        iris: height of the irises above the line between the eye corners, in eye widths.
    """

    inner_brow: float
    outer_brow: float
    brow_gap: float
    lids: float
    lower_lid: float
    upper_lip: float
    corners: float
    mouth_width: float
    lip_gap: float
    jaw: float
    iris: float

    def values(self) -> Points:
        return np.array([getattr(self, field.name) for field in fields(self)])

    @classmethod
    def of(cls, values: Points) -> Features:
        return cls(*(float(value) for value in values))


def measure(shape: Points) -> Features:
    """Features of points (478, 3) in the head's axes, mm."""
    return _measure(shape, iris=_iris_shift(shape)[1])


def _measure(shape: Points, iris: float) -> Features:
    across, up = shape[:, 0], shape[:, 1]
    inner_corners = up[[RIGHT_EYE[1], LEFT_EYE[1]]].mean()
    outer_corners = up[[RIGHT_EYE[0], LEFT_EYE[0]]].mean()
    return Features(
        inner_brow=float(up[list(INNER_BROWS)].mean() - inner_corners),
        outer_brow=float(up[list(OUTER_BROWS)].mean() - outer_corners),
        brow_gap=float(across[INNER_BROWS[1]] - across[INNER_BROWS[0]]),
        lids=eye_opening(shape),
        lower_lid=float(up[[LOWER_LIDS[0], LOWER_LIDS[2]]].mean() - (inner_corners + outer_corners) / 2),
        upper_lip=float(up[UPPER_LIP_EDGE]),
        corners=float(up[list(MOUTH_CORNERS)].mean()),
        mouth_width=float(np.linalg.norm(shape[MOUTH_CORNERS[1]] - shape[MOUTH_CORNERS[0]])),
        lip_gap=float(np.linalg.norm(shape[UPPER_LIP] - shape[LOWER_LIP])),
        jaw=float(-up[CHIN]),
        iris=iris,
    )


def _iris_shift(shape: Points) -> tuple[float, float]:
    """Mean shift of the irises from the middle between the corners, to the own left and up, in eye widths."""
    shifts = []
    for iris, corners in ((RIGHT_IRIS, RIGHT_EYE), (LEFT_IRIS, LEFT_EYE)):
        right, left = sorted((shape[corner, :2] for corner in corners), key=lambda spot: float(spot[0]))
        width = max(float(np.linalg.norm(left - right)), 1e-6)
        across = (left - right) / width
        shift = (shape[iris[0], :2] - (left + right) / 2) / width
        shifts.append((shift @ across, shift @ np.array([-across[1], across[0]])))
    across, up = np.mean(shifts, axis=0)
    return float(across), float(up)


# The table has no irises; on portraits they lie this much above the line.
AVERAGE = _measure(TABLE, iris=0.05)


def mouth_open(features: Features) -> float:
    """0–1; 1 is a gap of 25 mm."""
    return min(1.0, max(0.0, features.lip_gap / _FULL_MOUTH_MM))


def gaze(shape: Points, resting_iris: float) -> tuple[float, float]:
    """Yaw (> 0 own left) and pitch (> 0 down) of the eyes in the head, rad.

    The mean of both eyes, so that squinting cancels.

    Args:
        shape: (478, 3) in the head's axes, mm.
        resting_iris: where this person's irises usually are (Features.iris); that differs between people by
            as much as a glance up or down.
    """
    across, up = _iris_shift(shape)
    width = float(np.linalg.norm(TABLE[RIGHT_EYE[0]] - TABLE[RIGHT_EYE[1]]))
    yaw = _turn(across * width / _GAZE_GAIN_ACROSS)
    pitch = -_turn((up - resting_iris) * width / _GAZE_GAIN_UP)
    return yaw, pitch


def _turn(millimetres: float) -> float:
    return math.asin(max(-0.9, min(0.9, millimetres / _EYEBALL_MM)))
