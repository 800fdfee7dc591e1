"""From where the camera sees a visitor to where the character must look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.records import Float3, GazeFrame, Person
from visavis_agent.motion.curves import clamp
from visavis_agent.motion.rotations import from_angles
from visavis_agent.motion.settings import MotionSettings

_WIDEST = math.radians(45.0)
_NEAREST, _FARTHEST = 0.25, 100.0
_DEPTH = 0.15  # a place on the screen itself is looked at as from this far behind it, m


@dataclass(frozen=True, slots=True)
class Target:
    """A direction from the character's eyes, rad (yaw > 0 left, pitch > 0 down), and a distance, m."""

    yaw: float
    pitch: float
    distance: float


class Viewpoint:
    """The geometry of screen, camera and character; the character's body faces out of the screen."""

    def __init__(self, settings: MotionSettings) -> None:
        width, height = settings.screen_size_m
        across, down = settings.eyes_on_screen
        # Left in the picture is the character's own right.
        self._eyes = np.array([0.0, (across - 0.5) * width, (0.5 - down) * height])
        self._rotation = from_angles(*settings.camera_rotation_rad)
        self._position = np.array(settings.camera_position_m)
        self._gain = settings.gaze_gain
        self.ahead = Target(0.0, 0.0, settings.viewer_distance_m)

    def target(self, person: Person) -> Target:
        """Where to look to meet the person's eyes; straight ahead when the position is not known."""
        if not _usable(person.position):
            return self.ahead
        x, y, z = self._from_eyes(person.position, GazeFrame.CAMERA)
        if x < 0.05 or math.hypot(x, y, z) < _NEAREST:
            return self.ahead
        return self._towards(x, y, z)

    def point(self, point: Float3, frame: GazeFrame) -> Target:
        """Where to look to see a point, m; one on the screen or behind it is taken to be a little before it."""
        x, y, z = self._from_eyes(point, frame)
        return self._towards(max(x, _DEPTH), y, z)

    def _from_eyes(self, point: Float3, frame: GazeFrame) -> Float3:
        """The point relative to the character's eyes, along the axes of the screen, m."""
        given = np.array(point)
        on_screen = given if frame is GazeFrame.SCREEN else self._rotation @ given + self._position
        x, y, z = (on_screen - self._eyes).tolist()
        return x, y, z

    def _towards(self, x: float, y: float, z: float) -> Target:
        distance = math.hypot(x, y, z)
        yaw = self._gain * math.atan2(y, x)
        pitch = -self._gain * math.atan2(z, math.hypot(x, y))
        return Target(clamp(yaw, -_WIDEST, _WIDEST), clamp(pitch, -_WIDEST, _WIDEST), distance)


def _usable(position: Float3) -> bool:
    return all(abs(value) < _FARTHEST for value in position) and any(position)
