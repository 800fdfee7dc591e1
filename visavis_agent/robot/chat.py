"""A text that another program gave the agent, followed until its answer is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from visavis_agent.core.clock import SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, Record, SpeechPlan, TextInput, TurnState, UserTurn
from visavis_agent.core.stage import Handle, Host

TAKEN_NS = 3 * SECOND
"""A conversation that runs makes a turn of a text at once."""
ANSWER_NS = 20 * SECOND
_PLANS_KEPT = 8
NO_REPLY = ReplyId()
NO_CONVERSATION = "No conversation took the text. Is the process with the conversation running?"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a chat ended; without success, `message` says why."""

    success: bool
    message: str = ""
    id: ReplyId = NO_REPLY
    text: str = ""


class Plans:
    """The clauses of the newest replies: they may come before the turn that they answer."""

    def __init__(self) -> None:
        self._clauses: dict[ReplyId, list[SpeechPlan]] = {}

    def add(self, plan: SpeechPlan) -> None:
        if plan.lane is not Lane.REPLY:
            return
        self._clauses.setdefault(plan.id, []).append(plan)
        while len(self._clauses) > _PLANS_KEPT:
            del self._clauses[min(self._clauses)]

    def whole(self, id: ReplyId) -> str | None:
        """The text of a reply; None while its last clause is missing."""
        clauses = self._clauses.get(id, [])
        if not clauses or not clauses[-1].last:
            return None
        return " ".join(clause.text for clause in clauses)


class Chat:
    """A text that is to be answered.

    Args:
        done: is told once how it ended.
    """

    def __init__(self, host: Host, text: TextInput, plans: Plans, done: Callable[[Answer], None]) -> None:
        self.text = text
        self.over = False
        self._host = host
        self._plans = plans
        self._done = done
        self._id: ReplyId | None = None
        self._timer: Handle | None = None

    def begin(self) -> None:
        """Hand the text to the conversation."""
        if not self.over:
            self._wait(TAKEN_NS, NO_CONVERSATION)
            self._host.emit(self.text)

    def take(self, record: Record) -> None:
        """Follow what the other stages say."""
        if isinstance(record, UserTurn) and record.request == self.text.request:
            self._id = record.id
            self._wait(ANSWER_NS, "The mind gave no answer. Is the process with the dialogue running?")
        text = None if self._id is None else self._plans.whole(self._id)
        if self._id is not None and text is not None:
            self._end(Answer(True, id=self._id, text=text))
        elif isinstance(record, TurnState) and self._id is not None and record.id > self._id:
            self.fail("Another turn came before the answer was ready")

    def fail(self, message: str) -> None:
        """End it without an answer."""
        self._end(Answer(False, message, self._id or ReplyId()))

    def _wait(self, duration_ns: int, message: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._host.at(self._host.now() + duration_ns, lambda: self.fail(message))

    def _end(self, answer: Answer) -> None:
        if not self.over:
            self.over = True
            if self._timer is not None:
                self._timer.cancel()
            self._done(answer)
