"""Whom of several visitors the agent looks at: the one it talks to, mostly; who speaks up; now and then the others.

With several listeners people share their gaze by who speaks and whom they address (Vertegaal et al. 2001: most of it
goes to the one, the rest among the others); who speaks is told by moving lips, as the microphone hears no direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.records import Person, Persons
from visavis_agent.motion.curves import clamp

_LIPS_S = 0.6
_LIPS_MOVE, _LIPS_CLEARLY = 0.35, 2.0
_KEPT_S = 1.2
_EVERY_S, _EVERY_WHILE_HE_SPEAKS_S, _SPREAD = 7.0, 14.0, 0.4
_GLANCE_S = (0.7, 1.4)
_ATTENTIVE = 0.25


@dataclass(slots=True)
class _Lips:
    """How much somebody's lips move, 1/s, lately."""

    opening: float
    seen: float
    activity: float = 0.0

    def see(self, time: float, opening: float) -> None:
        elapsed = time - self.seen
        if elapsed <= 0.0:
            return
        speed = abs(opening - self.opening) / max(elapsed, 0.02)
        self.activity += (1.0 - math.exp(-elapsed / _LIPS_S)) * (clamp(speed, 0.0, 5.0) - self.activity)
        self.opening, self.seen = opening, time


class Company:
    """Chooses the person to look at, frame by frame."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._lips: dict[str, _Lips] = {}
        self._chosen = ""
        self._until = 0.0
        self._next: float | None = None

    def see(self, time: float, persons: Persons) -> None:
        """Take who is in view."""
        here = {person.person_id: person for person in persons.persons}
        self._lips = {name: lips for name, lips in self._lips.items() if name in here}
        for name, person in here.items():
            opening = clamp(person.mouth_open, 0.0, 1.0)
            self._lips.setdefault(name, _Lips(opening, time)).see(time, opening)

    def choose(self, time: float, persons: Persons | None, user_speaking: bool) -> Person | None:
        """Whom to look at, media time in s; None when nobody is engaged and nobody speaks up."""
        here = {person.person_id: person for person in persons.persons} if persons is not None else {}
        engaged = here.get(persons.engaged_id) if persons is not None else None
        others = [p for p in here.values() if p is not engaged and p.attention >= _ATTENTIVE]
        if time >= self._until or self._chosen not in here:
            self._chosen = ""
            if others and engaged is not None:
                self._look_about(time, engaged, others, user_speaking)
        return here.get(self._chosen, engaged)

    def _look_about(self, time: float, engaged: Person, others: list[Person], user_speaking: bool) -> None:
        speaker = self._speaker(engaged, others) if user_speaking else None
        every = _EVERY_WHILE_HE_SPEAKS_S if user_speaking else _EVERY_S
        if self._next is None:
            self._next = time + self._interval(every)
        if speaker is not None:
            self._chosen, self._until = speaker.person_id, time + _KEPT_S
        elif time >= self._next:
            weights = np.array([p.attention for p in others])
            guest = others[int(self._rng.choice(len(others), p=weights / weights.sum()))]
            self._chosen, self._until = guest.person_id, time + float(self._rng.uniform(*_GLANCE_S))
            self._next = self._until + self._interval(every)

    def _speaker(self, engaged: Person, others: list[Person]) -> Person | None:
        """Somebody else whose lips move clearly more than those of the one the agent talks to."""
        loudest = max(others, key=lambda person: self._activity(person))
        least = max(_LIPS_MOVE, _LIPS_CLEARLY * self._activity(engaged))
        return loudest if self._activity(loudest) > least else None

    def _activity(self, person: Person) -> float:
        lips = self._lips.get(person.person_id)
        return lips.activity if lips is not None else 0.0

    def _interval(self, median: float) -> float:
        return median * math.exp(_SPREAD * float(self._rng.standard_normal()))
