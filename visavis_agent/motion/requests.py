"""What other programs want the face to do: look somewhere, show an expression; for a while or until the next."""

from __future__ import annotations

from visavis_agent.core.clock import nanoseconds
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import ExpressionRequest, GazeRequest, Person, Persons
from visavis_agent.motion.viewpoint import Target, Viewpoint


class Requests:
    """The newest request of each kind; each holds until it is over, disabled or replaced."""

    def __init__(self) -> None:
        self.gaze: GazeRequest | None = None
        self.expression: ExpressionRequest | None = None

    def emotion(self, media_ns: int) -> Emotion | None:
        """What the face must show at `media_ns`; None: what it likes."""
        wanted = self.expression
        return wanted.emotion if wanted is not None and _holds(wanted, media_ns) else None

    def target(self, media_ns: int, viewpoint: Viewpoint, persons: Persons | None) -> Target | None:
        """Where the eyes must be at `media_ns`; None: where they like, also while the wanted person is not seen."""
        wanted = self.gaze
        if wanted is None or not _holds(wanted, media_ns):
            return None
        if not wanted.person_id:
            return viewpoint.point(wanted.point, wanted.frame)
        person = find(persons, wanted.person_id)
        return viewpoint.target(person) if person is not None else None


def find(persons: Persons | None, person_id: str) -> Person | None:
    """The person of that id among `persons`."""
    seen = persons.persons if persons is not None else ()
    return next((person for person in seen if person.person_id == person_id), None)


def _holds(request: GazeRequest | ExpressionRequest, media_ns: int) -> bool:
    if not request.enabled:
        return False
    return request.duration_s == 0.0 or media_ns < request.media_ns + nanoseconds(request.duration_s)
