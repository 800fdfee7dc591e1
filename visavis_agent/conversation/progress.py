"""How far the answer to a turn has come, and what each step took."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import TurnReport


@dataclass
class Progress:
    """Media times (ns) of the steps from the visitor's last sound to the agent's first; None: not yet.

    Attributes:
        speech_end_ns: last speech energy; arrival of typed text.
        text_ns: the words were final.
        accepted_ns: the turn was taken.
        late_text_ns: how long the decision had to wait for the words.
    """

    id: ReplyId
    question: str
    speech_end_ns: int
    accepted_ns: int
    late_text_ns: int = 0
    plan_ns: int | None = None
    sound_ns: int | None = None
    audible_ns: int | None = None
    answer: str = ""
    interrupted: bool = False

    def report(self, now_ns: int, session: str) -> TurnReport:
        """The steps follow each other without gap or overlap: what drafts did in advance took no time."""
        endpoint = self.accepted_ns - self.late_text_ns
        steps = [self.speech_end_ns, endpoint, self.accepted_ns]
        for at_ns in (self.plan_ns, self.sound_ns, self.audible_ns):
            steps.append(-1 if at_ns is None or steps[-1] < 0 else max(at_ns, steps[-1]))
        took = [_milliseconds(a, b) for a, b in pairwise(steps)]
        return TurnReport(
            media_ns=now_ns,
            session=session,
            id=self.id,
            question=self.question,
            answer=self.answer,
            endpoint_ms=took[0],
            recognition_ms=took[1],
            reply_ms=took[2],
            speech_ms=took[3],
            playback_ms=took[4],
            total_ms=_milliseconds(self.speech_end_ns, steps[-1]),
            interrupted=self.interrupted,
        )


def _milliseconds(a: int, b: int) -> float:
    return -1.0 if b < 0 else (b - a) / MS
