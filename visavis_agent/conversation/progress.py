"""How far the answer to a turn has come, and what each step took."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import SpeechAudio, SpeechPlan, TextSource, TurnReport, UserTurn

# Who goes on this soon after an answer began to be prepared, or sounded, had not finished: to plan a reaction takes at
# least 0.6 s (Levinson & Torreira 2015, Frontiers in Psychology 6).
_SAME_BREATH = 2000 * MS
_UNHEARD = 600 * MS


@dataclass
class Arrivals:
    """When the first clause and the first sound of a reply came, ns; None: not yet."""

    plan_ns: int | None = None
    sound_ns: int | None = None

    def note(self, part: SpeechPlan | SpeechAudio, now: int) -> None:
        if isinstance(part, SpeechPlan):
            self.plan_ns = now if self.plan_ns is None else self.plan_ns
        else:
            self.sound_ns = now if self.sound_ns is None else self.sound_ns


@dataclass
class Draft:
    """A reply that is prepared while the visitor pauses."""

    turn: UserTurn
    arrivals: Arrivals = field(default_factory=Arrivals)

    def answers(self, turn: UserTurn) -> bool:
        """The turn is what the draft was prepared for."""
        return texts(self.turn) == texts(turn)


def texts(turn: UserTurn) -> tuple[str, ...]:
    """The readings of a turn."""
    return tuple(hypothesis.text for hypothesis in turn.hypotheses)


@dataclass
class Progress:
    """Media times (ns) of the steps from the visitor's last sound to the agent's first; None: not yet.

    Attributes:
        turn: the turn that is answered.
        accepted_ns: it was taken.
        late_text_ns: how long the decision had to wait for the words.
        audible_ns: the first sample of the reply.
    """

    turn: UserTurn
    accepted_ns: int
    late_text_ns: int = 0
    arrivals: Arrivals = field(default_factory=Arrivals)
    audible_ns: int | None = None
    answer: str = ""

    @property
    def id(self) -> ReplyId:
        return self.turn.id

    @property
    def question(self) -> str:
        return self.turn.hypotheses[0].text if self.turn.hypotheses else ""

    def is_too_early_for(self, start_ns: int) -> bool:
        """The visitor, who speaks again from `start_ns` on, cannot have heard the answer yet."""
        unheard = self.audible_ns is None or start_ns < self.audible_ns + _UNHEARD
        soon = abs(start_ns - self.accepted_ns) < _SAME_BREATH
        return self.turn.source is TextSource.SPOKEN and soon and unheard

    def report(self, now_ns: int, interrupted: bool) -> TurnReport:
        """The steps follow each other without gap or overlap: what drafts did in advance took no time."""
        begin = min(self.turn.speech_end_ns, self.accepted_ns)
        endpoint = max(begin, self.accepted_ns - self.late_text_ns)
        steps = [begin, endpoint, self.accepted_ns]
        for at_ns in (self.arrivals.plan_ns, self.arrivals.sound_ns, self.audible_ns):
            steps.append(-1 if at_ns is None or steps[-1] < 0 else max(at_ns, steps[-1]))
        took = [_milliseconds(a, b) for a, b in pairwise(steps)]
        return TurnReport(
            media_ns=now_ns,
            session=self.turn.session,
            id=self.id,
            question=self.question,
            answer=self.answer,
            endpoint_ms=took[0],
            recognition_ms=took[1],
            reply_ms=took[2],
            speech_ms=took[3],
            playback_ms=took[4],
            total_ms=_milliseconds(begin, steps[-1]),
            interrupted=interrupted,
        )


def _milliseconds(a: int, b: int) -> float:
    return -1.0 if b < 0 else (b - a) / MS
