"""What catches a listener's attention, and the response: eyes, brows and lids at once, before it is known why.

The orienting response (Sokolov 1963) goes to what is new: the visitor's onset after silence, a sudden sound, a face
that lights up, somebody who comes near. It is weaker the sooner the same comes again (habituation). A bang makes the
lids close first (Landis and Hunt 1939; the startle blink begins within 40 ms).
"""

from __future__ import annotations

import math
from collections import deque
from enum import Enum

from visavis_agent.core.records import FaceAffect, Person, VoiceActivity
from visavis_agent.motion.curves import Reach, clamp

_RISE, _HOLD, _FALL = 0.10, 0.25, 0.60
CONTACT = 1.5
"""How long the eyes stay with what they turned to, s."""
_HABITUATION = 5.0
_WEAKEST = 0.25
_SUDDEN_DB, _AUDIBLE_DBFS = 14.0, -52.0
_BANG_DB, _BANG_DBFS = 30.0, -28.0
_ROOM_FALL_S, _ROOM_RISE_S = 0.15, 2.0
_SMILE_UNIT, _SMILE_GROWN, _SMILE_OVER = 12, 0.18, 0.4
_UNDERWAY, _NEARER, _CLEARLY_NEARER, _NEARER_OVER = 1.01, 1.045, 1.08, 0.45


class Cause(Enum):
    """What was noticed; the value is how strong the response to it is when it is new, 0–1."""

    HOLD = 1.0
    ONSET = 0.99
    BANG = 0.98
    SOUND = 0.9
    ARRIVAL = 0.85
    APPROACH = 0.8
    SMILE = 0.7


class SuddenSound:
    """Finds sounds that stand out from what the room was like, however short they are."""

    def __init__(self) -> None:
        self._room: float | None = None
        self._heard = 0.0

    def hear(self, time: float, activity: VoiceActivity) -> tuple[bool, bool]:
        """Whether the level at media time `time` (s) is sudden, and whether it is a bang."""
        level, room = activity.level_dbfs, self._room
        if not math.isfinite(level):
            return False, False
        level = clamp(level, -120.0, 0.0)
        if room is None:
            self._room, self._heard = level, time
            return False, False
        elapsed, self._heard = clamp(time - self._heard, 0.0, 1.0), time
        pace = _ROOM_FALL_S if level < room else _ROOM_RISE_S
        self._room = level + (room - level) * math.exp(-elapsed / pace)
        above = level - max(room, -75.0)
        sudden = above > _SUDDEN_DB and level > _AUDIBLE_DBFS
        return sudden, sudden and above > _BANG_DB and level > _BANG_DBFS


class Brightening:
    """Finds the moment at which a face begins to smile: the action unit grows by 0.18 within 0.4 s."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def see(self, time: float, affect: FaceAffect) -> bool:
        smile = dict(zip(affect.action_units, affect.intensities, strict=True)).get(_SMILE_UNIT, 0.0)
        smile = clamp(smile, 0.0, 1.0) if math.isfinite(smile) else 0.0
        while self._seen and time - self._seen[0][0] > _SMILE_OVER:
            self._seen.popleft()
        grown = bool(self._seen) and smile - min(value for _, value in self._seen) > _SMILE_GROWN
        self._seen.append((time, smile))
        return grown


class Approach:
    """Finds somebody new, and somebody who comes near: the face grows by 4.5 to 8 % within half a second.

    Both sides of the box have to grow: an opening mouth makes a face higher, and a head that turns to the camera makes
    it wider. The measured distance is not used, which an open mouth changes by a tenth.
    """

    def __init__(self) -> None:
        self._id = ""
        self._sizes: deque[tuple[float, float, float]] = deque()

    def see(self, time: float, person: Person | None) -> Cause | None:
        """ARRIVAL, APPROACH or nothing."""
        if person is None:
            self._id = ""
            return None
        width, height = person.box[2:]
        if not (0.0 < width < math.inf and 0.0 < height < math.inf):
            return None
        if person.person_id != self._id:
            self._id, self._sizes = person.person_id, deque([(time, width, height)])
            return Cause.ARRIVAL
        while self._sizes and time - self._sizes[0][0] > _NEARER_OVER:
            self._sizes.popleft()
        # A little is believed when the picture before was on the way already: a box may jump once.
        underway = bool(self._sizes) and self._growth(*self._sizes[-1][1:]) > _UNDERWAY
        grown = self._growth(width, height)
        self._sizes.append((time, width, height))
        return Cause.APPROACH if grown > (_NEARER if underway else _CLEARLY_NEARER) else None

    def _growth(self, width: float, height: float) -> float:
        """Of the side that has grown less, relative to its smallest of late."""
        widths, heights = ([size[side] for size in self._sizes] for side in (1, 2))
        return min(width / min(widths), height / min(heights)) if widths else 1.0


class Orienting:
    """The response over time: a raise of brows and lids, and for how long the eyes stay on the visitor."""

    def __init__(self) -> None:
        self._last: dict[Cause, float] = {}
        self._start = -math.inf
        self._course = Reach()

    def respond(self, time: float, cause: Cause) -> bool:
        """Orient at media time `time`, s; False while another response is still on its way up."""
        if time - self._start < _RISE + _HOLD and cause is not Cause.HOLD:
            return False
        since = time - self._last.get(cause, -math.inf)
        recovered = 1.0 - (1.0 - _WEAKEST) * math.exp(-since / _HABITUATION)
        self._last[cause] = self._start = time
        self._course.to(max(cause.value * recovered, self._course.at(time)), time, _RISE)
        return True

    def at(self, time: float) -> float:
        """Strength of the response, 0–1."""
        if self._course.goal > 0.0 and time >= self._start + _RISE + _HOLD:
            self._course.to(0.0, time, _FALL)
        return self._course.at(time)

    def wants_contact(self, time: float) -> bool:
        return time - self._start < CONTACT
