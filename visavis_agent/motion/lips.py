"""The speaking mouth of one reply: dominance, loudness, limits and contacts at a moment of reply time."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.motion.coarticulation import DominanceTrack
from visavis_agent.motion.constraints import Closure, Contact, ContactTrack, bounded
from visavis_agent.motion.phonemes import JAW, LOWER, UPPER, Segment


@dataclass(frozen=True, slots=True)
class LipShape:
    """(9,) articulator values before the contacts, and the contacts to force upon the finished mouth."""

    values: tuple[float, ...]
    contact: Contact


class LipTrack:
    """Phones in, lip shapes out; phones may arrive while the reply is being said."""

    def __init__(self) -> None:
        self._dominance = DominanceTrack()
        self._contacts = ContactTrack()

    def append(self, segment: Segment) -> None:
        """Add the next phone; it starts where the last one ended."""
        self._dominance.append(segment)
        self._contacts.append(segment)

    @property
    def closures(self) -> tuple[Closure, ...]:
        return self._contacts.closures

    def shape(self, time: float, lead: float, gain: float) -> LipShape:
        """The shape for the sound at reply time `time` (s).

        Args:
            lead: how far everything but the contacts runs ahead of the sound, s.
            gain: loudness factor on the opening of jaw and lips.
        """
        ahead = time + lead
        values: list[float] = self._dominance.values(ahead).tolist()
        for articulator in (JAW, UPPER, LOWER):
            values[articulator] *= gain
        bounded(values, self._contacts.limits(ahead))
        return LipShape(tuple(values), self._contacts.contact(time))
