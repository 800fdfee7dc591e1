"""Whom the agent talks to: a confirmed person who is near and turned to it, with hysteresis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from visavis_agent.core.records import Float3, Person, Presence

# Attention halves at 20° of yaw and 15° of pitch: the head pose of somebody who looks at a screen.
_HALF_YAW, _HALF_PITCH = math.radians(20), math.radians(15)
_EYE_SHARE = 0.5
_TURNED_TO = 0.5
# Somebody else must be this much nearer to take over.
_MUCH_NEARER = 0.6


def attention(angles: Float3, gaze: tuple[float, float]) -> float:
    """0–1: how much a person faces the camera; eyes count half, because they are measured less well."""
    yaw = (angles[2] + _EYE_SHARE * gaze[0]) / _HALF_YAW
    pitch = angles[1] / _HALF_PITCH
    return 0.5 ** (yaw * yaw + pitch * pitch)


@dataclass
class Engagement:
    """Keeps the engaged person until that person leaves or turns to go.

    Attributes:
        enter, leave: distances, m, at which somebody may become engaged and stops being so.
    """

    enter: float
    leave: float
    engaged_id: str = ""

    def update(self, persons: Sequence[Person]) -> str:
        """The engaged person's id, empty for nobody."""
        current = next((p for p in persons if p.person_id == self.engaged_id), None)
        if current is not None and not self._stays(current):
            current = None
        candidates = [p for p in persons if self._may_engage(p)]
        nearest = min(candidates, key=lambda p: p.position[0], default=None)
        if current is None or (nearest and nearest.position[0] < _MUCH_NEARER * current.position[0]):
            current = nearest
        self.engaged_id = current.person_id if current else ""
        return self.engaged_id

    def _may_engage(self, person: Person) -> bool:
        near = 0 < person.position[0] <= self.enter
        return person.presence is Presence.CONFIRMED and near and person.attention >= _TURNED_TO

    def _stays(self, person: Person) -> bool:
        return person.presence is not Presence.PRESENT and person.position[0] <= self.leave
