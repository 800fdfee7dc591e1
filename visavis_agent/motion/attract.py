"""What the agent does for those it does not talk with yet: it looks up, smiles, and waves once to who looks back.

So people open an encounter (Kendon and Ferber 1973, the distance salutation): sighting, a glance with a smile, a wave;
then one looks away again, and who wants to talk comes nearer. Everything here is rare on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.records import Person, Presence, Zone
from visavis_agent.motion.curves import Spring

MANNERS = ("off", "look", "wave")
WAVES_APART = 30.0
"""Between two waves to anybody, s."""
_LOOK, _LONGER_FOR_A_WAVE = (2.5, 4.0), 2.5
_REST = (9.0, 15.0)
_NEWCOMER_AFTER = 3.0
_LOOKS_BACK, _FOR = 0.5, 0.7
_SMILE_OMEGA = 3.5


@dataclass(slots=True)
class _Acquaintance:
    """What there was between the agent and somebody in view."""

    looked_at: bool = False
    waved_at: bool = False
    looks_since: float | None = None


@dataclass(frozen=True, slots=True)
class Lure:
    """What attracting asks for at the moment.

    Attributes:
        person: whom to look at.
        smile: 0–1.
        noticed: it has seen somebody just now.
        wave: a wave shall begin now.
    """

    person: Person | None = None
    smile: float = 0.0
    noticed: bool = False
    wave: bool = False


class Attract:
    """Decides frame by frame; a passer-by gets one look, who stands and looks gets more, with long rests between.

    A face that is not known to be alive, which may be a poster, gets one look and no wave.

    Args:
        manner: off, look (with a smile), or wave as well.
    """

    def __init__(self, rng: np.random.Generator, manner: str) -> None:
        self._rng = rng
        self._manner = manner
        self._known: dict[str, _Acquaintance] = {}
        self._chosen = ""
        self._until = 0.0
        self._rests_since, self._rests_until = -np.inf, 0.0
        self._waved = -np.inf
        self._smile = Spring(_SMILE_OMEGA)

    def step(self, time: float, dt: float, persons: Sequence[Person], free: bool) -> Lure:
        """What to do at media time `time` (s), `dt` s after the last step.

        Args:
            persons: in view.
            free: the agent talks to nobody.
        """
        here = {person.person_id: person for person in persons if person.presence is not Presence.LEAVING}
        self._meet(time, here)
        if self._chosen and (not free or self._chosen not in here or time >= self._until):
            self._chosen = ""
            self._rests_since, self._rests_until = time, time + float(self._rng.uniform(*_REST))
        noticed = False
        if not self._chosen and free and self._manner != "off":
            noticed = self._choose(time, here)
        person = here.get(self._chosen)
        wave = person is not None and self._wants_wave(time, person)
        return Lure(person, self._smile.step(1.0 if person else 0.0, dt), noticed, wave)

    def _meet(self, time: float, here: dict[str, Person]) -> None:
        """Keep in mind who is in view, and since when they look here."""
        self._known = {name: self._known.get(name, _Acquaintance()) for name in here}
        for name, person in here.items():
            known = self._known[name]
            if person.zone in (Zone.ENGAGED, Zone.LEAVING):
                known.looked_at = known.waved_at = True  # who was talked with is no stranger
            if person.attention < _LOOKS_BACK:
                known.looks_since = None
            elif known.looks_since is None:
                known.looks_since = time

    def _choose(self, time: float, here: dict[str, Person]) -> bool:
        """Newcomers soon, others after a rest; who comes nearer first, then the largest face."""
        rested = time >= self._rests_until
        new = [p for name, p in here.items() if not self._known[name].looked_at]
        staying = [p for name, p in here.items() if self._stays(name, p)] if rested else []
        if not rested and time < self._rests_since + _NEWCOMER_AFTER:
            return False
        candidates = new or staying
        if not candidates:
            return False
        chosen = max(candidates, key=lambda p: (p.zone is Zone.APPROACHING, p.box[2] * p.box[3]))
        self._chosen, self._until = chosen.person_id, time + float(self._rng.uniform(*_LOOK))
        self._known[self._chosen].looked_at = True
        return True

    def _stays(self, name: str, person: Person) -> bool:
        return person.presence is Presence.CONFIRMED and self._known[name].looks_since is not None

    def _wants_wave(self, time: float, person: Person) -> bool:
        known = self._known[person.person_id]
        since = known.looks_since
        looks = since is not None and time - since >= _FOR and person.presence is Presence.CONFIRMED
        if self._manner != "wave" or known.waved_at or not looks or time - self._waved < WAVES_APART:
            return False
        known.waved_at, self._waved = True, time
        self._until = max(self._until, time + _LONGER_FOR_A_WAVE)
        return True
