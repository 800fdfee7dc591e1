"""What a visitor says without words: a wave is a hello, a thumb a yes, a raised hand asks for a word; and parting."""

from __future__ import annotations

from collections.abc import Sequence

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import HandGesture, Person, Persons, Presence

# The same sign again within this time is the same one, seen with a gap.
_SAME_NS = 3 * SECOND
_ATTENTIVE = 0.3
# Who bends down or is hidden for a moment is not leaving.
_FOR_GOOD_NS = 1200 * MS

_WORDS = {
    "en": {"hello": "Hello!", "goodbye": "Goodbye!", "yes": "Yes"},
    "de": {"hello": "Hallo!", "goodbye": "Auf Wiedersehen!", "yes": "Ja"},
    "fr": {"hello": "Bonjour !", "goodbye": "Au revoir !", "yes": "Oui"},
    "es": {"hello": "¡Hola!", "goodbye": "¡Adiós!", "yes": "Sí"},
    "it": {"hello": "Ciao!", "goodbye": "Arrivederci!", "yes": "Sì"},
}


def in_words(meaning: str, locale: str) -> tuple[str, str]:
    """The words for "hello", "goodbye" or "yes" and their language; English where another is not known."""
    language = locale.split("-")[0].lower()
    language = language if language in _WORDS else "en"
    return _WORDS[language][meaning], language


class Signs:
    """Tells of every sign once, when it begins, of the person whom it concerns."""

    def __init__(self) -> None:
        self._shown = HandGesture.NONE
        self._last: dict[HandGesture, int] = {}
        self._engaged = self._going = ""
        self._since_ns = 0
        self.raised = False

    def begun(self, persons: Persons, now: int) -> tuple[HandGesture, str]:
        """A gesture that has just begun and whose it is; NONE for none. `raised` is whether the hand is up."""
        person = _addressed(persons.persons, persons.engaged_id)
        shown = person.gesture if person is not None else HandGesture.NONE
        before, self._shown = self._shown, shown
        self.raised = shown is HandGesture.RAISED_HAND
        if person is None or shown in (HandGesture.NONE, before):
            return HandGesture.NONE, ""
        again = now - self._last.get(shown, -_SAME_NS) < _SAME_NS
        self._last[shown] = now
        return (HandGesture.NONE, "") if again else (shown, person.person_id)

    def parting(self, persons: Persons, now: int) -> str:
        """Who was engaged and has gone or turned away for good, told once; empty: nobody."""
        before, self._engaged = self._engaged, persons.engaged_id
        if persons.engaged_id:
            self._going = ""  # back again, or somebody else is there
        elif before:
            self._going, self._since_ns = before, now
        if self._going and now - self._since_ns >= _FOR_GOOD_NS:
            going, self._going = self._going, ""
            return going
        return ""


def _addressed(persons: Sequence[Person], engaged_id: str) -> Person | None:
    """Who is engaged, else the nearest living person who looks this way."""
    for person in persons:
        if person.person_id == engaged_id:
            return person
    near = [p for p in persons if p.presence is Presence.CONFIRMED and p.attention >= _ATTENTIVE]
    return min(near, key=lambda person: person.position[0], default=None)
