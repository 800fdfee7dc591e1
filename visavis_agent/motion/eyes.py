"""Eyes in a moving head: they turn against it in every frame (vestibulo-ocular reflex)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis_agent.motion.curves import clamp
from visavis_agent.motion.gaze import EYE_IN, EYE_OUT, EYE_VERTICAL, Angles
from visavis_agent.motion.rotations import Array, from_angles

_HALF_SEPARATION = 0.0315


@dataclass(frozen=True, slots=True)
class EyePose:
    """Yaw and pitch of each eye in the head, rad."""

    left: Angles
    right: Angles

    def coefficients(self) -> dict[str, float]:
        """The ARKit eyeLook coefficients that say the same, 0–1; 1 is the end of the eye's range."""
        (left_yaw, left_pitch), (right_yaw, right_pitch) = self.left, self.right
        return {
            "eyeLookOutLeft": max(left_yaw, 0.0) / EYE_OUT,
            "eyeLookInLeft": max(-left_yaw, 0.0) / EYE_IN,
            "eyeLookInRight": max(right_yaw, 0.0) / EYE_IN,
            "eyeLookOutRight": max(-right_yaw, 0.0) / EYE_OUT,
            "eyeLookDownLeft": max(left_pitch, 0.0) / EYE_VERTICAL,
            "eyeLookUpLeft": max(-left_pitch, 0.0) / EYE_VERTICAL,
            "eyeLookDownRight": max(right_pitch, 0.0) / EYE_VERTICAL,
            "eyeLookUpRight": max(-right_pitch, 0.0) / EYE_VERTICAL,
        }


def direction_vector(yaw: float, pitch: float) -> Array:
    """Unit vector of a direction in REP-103 axes."""
    return np.array([math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), -math.sin(pitch)])


def eyes(gaze: Angles, distance: float, head: tuple[float, float, float], chest: tuple[float, float, float]) -> EyePose:
    """Eye rotations for gaze in the body frame.

    Args:
        gaze: yaw, pitch in the body frame, rad.
        distance: to the point of regard, m; near points make the eyes converge.
        head: roll, pitch, yaw of the head relative to the chest, rad.
        chest: the same of the chest in the body frame.
    """
    turn = from_angles(*chest) @ from_angles(*head)
    x, y, z = (turn.T @ direction_vector(*gaze)).tolist()
    yaw, pitch = math.atan2(y, x), -math.asin(clamp(z, -1.0, 1.0))
    converge = math.atan2(_HALF_SEPARATION, distance)
    vertical = clamp(pitch, -EYE_VERTICAL, EYE_VERTICAL)
    return EyePose(
        (clamp(yaw - converge, -EYE_IN, EYE_OUT), vertical),
        (clamp(yaw + converge, -EYE_OUT, EYE_IN), vertical),
    )
