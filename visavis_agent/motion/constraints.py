"""Contacts that no blending may lose: lips on p/b/m, lower lip on teeth for f/v, and limits.

Closure is a rule and not a result of dominance, which reaches it almost never. Windows and ramps are this
project's measurements; contact is approached as if the target lay beyond it (Löfqvist and Gracco 1997), so
lips meet and part with speed. Contacts and releases stay on the acoustic boundary, without the lead of the
other articulators.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, fields, replace
from operator import attrgetter

from visavis_agent.motion.curves import clamp
from visavis_agent.motion.phonemes import (
    BILABIALS,
    FUNNEL,
    JAW,
    LABIODENTALS,
    LOWER,
    PALATALS,
    PUCKER,
    TONGUE,
    Segment,
)

HOLD = 0.050
"""Shortest closure, s: two frames at 50 Hz."""
_SQUEEZED_HOLD = 0.040
_LONGEST_ON, _LONGEST_OFF = 0.080, 0.085
_SHORT_VOWEL = 0.065
_SAME_CLOSURE = 0.005
_RELEASE_SHARE = {"m": 1.0, "b": 0.85, "p": 0.70}
_PRESS = {"m": 0.35, "b": 0.6, "p": 0.6}
_OVERSHOOT = 1.3
_CONTACT_AT = math.acos(1.0 - 2.0 / _OVERSHOOT) / math.pi
_FAR = 9.0
_LABIODENTAL_RAMP = 0.060
_LABIODENTAL_HOLD = 0.040
_LIMIT_RAMP = 0.050
_SEALED_PUCKER = 0.12
"""Most of it that a closure leaves: it parts the lips by 5.5 mm a unit, of which pressing takes 0.3 mm back."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A bilabial closure in reply time, s: contact at `start` after `on`, open `off` after `release`."""

    phone: str
    start: float
    release: float
    on: float
    off: float

    def seal(self, time: float) -> float:
        return seal(time, self.start, self.release, self.on, self.off)


@dataclass(frozen=True, slots=True)
class Limit:
    """An upper (`most`) or lower bound of an articulator, in force by `weight` 0–1."""

    articulator: int
    most: bool
    bound: float
    weight: float


def _limits(weight: float, *bounds: tuple[int, str, float]) -> tuple[Limit, ...]:
    return tuple(Limit(articulator, sign == "<", bound, weight) for articulator, sign, bound in bounds)


_PALATAL = _limits(0.8, (JAW, "<", 0.08), (LOWER, "<", 0.08), (PUCKER, ">", 0.33), (FUNNEL, ">", 0.38))
LIMITS: dict[str, tuple[Limit, ...]] = {
    "w": _limits(0.9, (JAW, "<", 0.10), (LOWER, "<", 0.03), (FUNNEL, "<", 0.18), (PUCKER, ">", 0.80)),
    "uw": _limits(0.6, (JAW, "<", 0.13), (PUCKER, ">", 0.75)),
    **dict.fromkeys("sz", _limits(0.8, (JAW, "<", 0.08))),
    "th": _limits(0.8, (JAW, "<", 0.18), (TONGUE, ">", 0.75)),
    "dh": _limits(0.8, (JAW, "<", 0.17), (TONGUE, ">", 0.60)),
    **dict.fromkeys(PALATALS, _PALATAL),
}
"""Bounds by phone; they cure vowels that swallow a short consonant."""


def seal(time: float, start: float, end: float, on: float, off: float) -> float:
    """Exactly 1 on [start, end]; raised cosines towards 1.3, cut at 1, over `on` before and `off` after."""
    if start <= time <= end:
        return 1.0
    x = 1.0 - ((start - time) / on if time < start else (time - end) / off)
    return min(1.0, _OVERSHOOT * 0.5 * (1.0 - math.cos(math.pi * _CONTACT_AT * x))) if x > 0.0 else 0.0


def _trapezium(time: float, start: float, end: float, ramp: float) -> float:
    """1 on [start, end] with raised-cosine ramps outside."""
    x = 1.0 - max(start - time, time - end, 0.0) / ramp
    return 0.5 * (1.0 - math.cos(math.pi * x)) if x > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class Contact:
    """Contacts at one moment: `seal` of the lips and `teeth` (lower lip on upper teeth) 0–1, `press` 0–1."""

    seal: float = 0.0
    press: float = 0.0
    teeth: float = 0.0


class ContactTrack:
    """Contact windows of the phones known so far; the next phone may still change the last closures."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._starts: list[float] = []
        self._bilabials: list[int] = []
        self._closures: list[Closure] = []
        self._releases: list[float] = []

    @property
    def closures(self) -> tuple[Closure, ...]:
        return tuple(self._closures)

    def append(self, segment: Segment) -> None:
        """Add the next phone."""
        self._segments.append(segment)
        self._starts.append(segment.start)
        index = len(self._segments) - 1
        if segment.phone in BILABIALS:
            self._bilabials.append(index)
        stale = len(self._bilabials)
        while stale > 0 and self._bilabials[stale - 1] >= index - 1:
            stale -= 1
        self._fit(max(0, min(stale, len(self._bilabials) - 2)))

    def _fit(self, first: int) -> None:
        """Windows and ramps of the bilabials from number `first` on; earlier ones cannot change any more."""
        skipped = max(0, first - 1)
        windows = _separated([self._window(index) for index in self._bilabials[skipped:]])
        del self._closures[first:], self._releases[first:]
        for number in range(first, len(self._bilabials)):
            k = number - skipped
            before = windows[k][0] - windows[k - 1][1] if k else _FAR
            after = windows[k + 1][0] - windows[k][1] if k + 1 < len(windows) else _FAR
            closure = self._ramped(self._bilabials[number], windows[k], before, after)
            self._closures.append(closure)
            self._releases.append(closure.release)

    def _window(self, index: int) -> tuple[float, float]:
        """[contact, release] of a bilabial, never shorter than HOLD."""
        segment = self._segments[index]
        start = segment.start
        release = start + _RELEASE_SHARE[segment.phone] * segment.duration
        if segment.burst is not None:
            release = segment.burst
        if release - start < HOLD:
            centre = 0.5 * (start + release)
            start, release = centre - 0.5 * HOLD, centre + 0.5 * HOLD
        return start, release

    def _ramped(self, index: int, window: tuple[float, float], before: float, after: float) -> Closure:
        """The closure with ramps short enough for its neighbours to be seen."""
        previous = self._segments[index - 1] if index else None
        following = self._segments[index + 1] if index + 1 < len(self._segments) else None
        on = min(_LONGEST_ON, max(0.65 * before, 0.030))
        if previous is not None:
            on = min(on, max(0.9 * previous.duration, 0.035))
            if previous.phone in LABIODENTALS:
                on = min(on, max(0.5 * previous.duration, 0.010))
        off = min(_LONGEST_OFF, max(0.65 * after, 0.030))
        if following is not None:
            off = min(off, max(following.duration, 0.045))
        return Closure(self._segments[index].phone, window[0], window[1], on, off)

    def limits(self, time: float) -> list[Limit]:
        """Bounds in force at reply time `time`, s."""
        found = []
        for segment in self._near(time, _LIMIT_RAMP):
            for limit in LIMITS.get(segment.phone, ()):
                quarter = 0.25 * segment.duration
                weight = _trapezium(time, segment.start + quarter, segment.end - quarter, _LIMIT_RAMP)
                if weight > 0.0:
                    found.append(replace(limit, weight=limit.weight * weight))
        return found

    def contact(self, time: float) -> Contact:
        """Contacts at reply time `time`, s."""
        closed = press = teeth = 0.0
        number = max(0, bisect_left(self._releases, time - _LONGEST_OFF) - 1)
        for closure in self._closures[number:]:
            if closure.start - closure.on > time:
                break
            value = closure.seal(time)
            closed = max(closed, value)
            press = max(press, value**3 * _PRESS[closure.phone])
        for segment in self._near(time, _LABIODENTAL_RAMP + _LABIODENTAL_HOLD):
            if segment.phone in LABIODENTALS:
                teeth = max(teeth, _labiodental(time, segment))
        return Contact(closed, press, teeth)

    def _near(self, time: float, reach: float) -> list[Segment]:
        """Phones that overlap time ± reach."""
        index = bisect_left(self._starts, time + reach)
        near = []
        while index > 0:
            index -= 1
            if self._segments[index].end < time - reach:
                break
            near.append(self._segments[index])
        return near


def _separated(windows: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Give a vowel under 65 ms between two closures some of their time, so that it is seen for what it is."""
    spare = [max(0.0, 0.5 * (release - start - _SQUEEZED_HOLD)) for start, release in windows]
    starts = [start for start, _ in windows]
    releases = [release for _, release in windows]
    for i in range(len(windows) - 1):
        gap = windows[i + 1][0] - windows[i][1]
        if _SAME_CLOSURE < gap < _SHORT_VOWEL:
            releases[i] -= min(spare[i], 0.5 * (_SHORT_VOWEL - gap))
            starts[i + 1] += min(spare[i + 1], 0.5 * (_SHORT_VOWEL - gap))
    return list(zip(starts, releases, strict=True))


def _labiodental(time: float, segment: Segment) -> float:
    start = segment.start + 0.10 * segment.duration
    end = segment.end - 0.05 * segment.duration
    if end - start < _LABIODENTAL_HOLD:
        centre = 0.5 * (start + end)
        start, end = centre - 0.5 * _LABIODENTAL_HOLD, centre + 0.5 * _LABIODENTAL_HOLD
    return seal(time, start, end, _LABIODENTAL_RAMP, _LABIODENTAL_RAMP)


def bounded(values: list[float], limits: list[Limit]) -> None:
    """Apply limits to articulator values in place, each by its weight."""
    for limit in limits:
        value = values[limit.articulator]
        held = min(value, limit.bound) if limit.most else max(value, limit.bound)
        values[limit.articulator] = value + limit.weight * (held - value)


@dataclass(slots=True)
class Mouth:
    """The mouth of one frame, 0–1 each; `close` (mouthClose) cancels the jaw's opening of the lips."""

    jaw: float = 0.0
    close: float = 0.0
    upper: float = 0.0
    lower: float = 0.0
    stretch: float = 0.0
    pucker: float = 0.0
    funnel: float = 0.0
    roll_lower: float = 0.0
    roll_upper: float = 0.0
    press: float = 0.0
    tip: float = 0.0
    tongue: float = 0.0

    def values(self) -> tuple[float, ...]:
        """All fields in their order; dataclasses.astuple copies deeply, for twenty times as long."""
        found: tuple[float, ...] = _MOUTH_VALUES(self)
        return found

    @property
    def gap(self) -> float:
        """How far the jaw opens the lips."""
        return self.jaw - self.close


_MOUTH_VALUES = attrgetter(*(field.name for field in fields(Mouth)))


def make_contact(mouth: Mouth, contact: Contact) -> None:
    """Force the contacts upon a finished mouth, in place; at seal 1 the lips are shut."""
    v, c = contact.teeth, contact.seal
    if v > 0.0:
        mouth.jaw += v * (min(mouth.jaw, 0.09) - mouth.jaw)
        mouth.roll_lower += v * (0.60 - mouth.roll_lower)
        mouth.upper += v * (0.68 - mouth.upper)
        mouth.lower *= 1.0 - v
        mouth.funnel *= 1.0 - 0.8 * v
        mouth.pucker *= 1.0 - 0.3 * v
        mouth.tip *= 1.0 - v
        mouth.tongue *= 1.0 - v
    if c > 0.0:
        mouth.jaw *= 1.0 - 0.25 * c
        for name in ("upper", "lower", "funnel", "roll_lower", "tip", "tongue"):
            setattr(mouth, name, getattr(mouth, name) * (1.0 - c))
        mouth.stretch *= 1.0 - 0.4 * c
        # Lips that stand far forward part a little in the middle; a closure takes that back.
        mouth.pucker += c * (min(mouth.pucker, _SEALED_PUCKER) - mouth.pucker)
    mouth.close = c * mouth.jaw + (1.0 - c) * clamp(mouth.close, 0.0, mouth.jaw)
    mouth.press = max(mouth.press, contact.press)
    mouth.roll_upper = max(mouth.roll_upper, 0.3 * contact.press)


def hide_tongue(mouth: Mouth) -> None:
    """Keep the tongue small in a wide or rounded mouth, where a coronal would show too much of it."""
    mouth.tip *= clamp(1.0 - 1.6 * (mouth.gap - 0.18), 0.25, 1.0) * (1.0 - 0.6 * mouth.pucker)
    mouth.tongue *= clamp(1.0 - 1.2 * (mouth.gap - 0.25), 0.4, 1.0)
