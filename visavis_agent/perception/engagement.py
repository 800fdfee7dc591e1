"""Whom the agent talks to: a confirmed person who is near and turned to it, with hysteresis."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import Float3, Person, Presence, Zone

# Attention halves at 20° of yaw and 15° of pitch: the head pose of somebody who looks at a screen.
_HALF_YAW, _HALF_PITCH = math.radians(20), math.radians(15)
_EYE_SHARE = 0.5
_TURNED_TO = 0.5
# Somebody else must be this much nearer to take over.
_MUCH_NEARER = 0.6
# Who comes nearer by this much in this time while looking here is approaching; distance is known to ±10 %.
_COURSE_NS = 1200 * MS
_NEARER = 0.88
_ATTENTIVE = 0.3
# A zone that was entered is kept for so long, so that it does not flicker.
_KEPT_NS = 800 * MS
_FAREWELL_NS = 3 * SECOND


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


@dataclass
class _Course:
    """How near somebody was of late, and which zone that is."""

    zone: Zone = Zone.PASSING
    since_ns: int = 0
    engaged_ns: int | None = None
    distances: deque[tuple[int, float]] = field(default_factory=deque)


class Zones:
    """How far each person in view is concerned with the agent; the engaged one at once, the others with hysteresis."""

    def __init__(self) -> None:
        self._courses: dict[str, _Course] = {}

    def update(self, persons: Sequence[Person], engaged_id: str, media_ns: int) -> dict[str, Zone]:
        """The zones by person_id."""
        known = {person.person_id: self._courses.get(person.person_id, _Course()) for person in persons}
        self._courses = known
        for person in persons:
            self._follow(known[person.person_id], person, person.person_id == engaged_id, media_ns)
        return {person_id: course.zone for person_id, course in known.items()}

    def _follow(self, course: _Course, person: Person, engaged: bool, media_ns: int) -> None:
        if person.position[0] > 0 and person.presence is not Presence.LEAVING:
            course.distances.append((media_ns, person.position[0]))
        while course.distances and media_ns - course.distances[0][0] > _COURSE_NS:
            course.distances.popleft()
        if engaged:
            course.engaged_ns = media_ns
        zone = self._zone(course, person, engaged, media_ns)
        urgent = Zone.ENGAGED in (zone, course.zone)
        if zone is not course.zone and (urgent or media_ns - course.since_ns >= _KEPT_NS):
            course.zone, course.since_ns = zone, media_ns

    def _zone(self, course: _Course, person: Person, engaged: bool, media_ns: int) -> Zone:
        if engaged:
            return Zone.ENGAGED
        if course.engaged_ns is not None and media_ns - course.engaged_ns < _FAREWELL_NS:
            return Zone.LEAVING
        if person.presence is Presence.LEAVING or person.attention < _ATTENTIVE or len(course.distances) < 2:
            return Zone.PASSING
        (first_ns, before), (_, now) = course.distances[0], course.distances[-1]
        nearer = media_ns - first_ns >= _COURSE_NS // 2 and now < _NEARER * before
        return Zone.APPROACHING if nearer else Zone.PASSING
