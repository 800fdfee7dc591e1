"""What was asked and what was really said: the plan of a reply counts only as far as it was heard."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from visavis_agent.core.ids import ReplyId

CAPACITY = 50
_SENTENCE_END = re.compile(r"[.!?…]+\s+")


@dataclass(slots=True)
class Exchange:
    """One turn.

    Attributes:
        question: the visitor's words as understood; empty when the agent began.
        intro: words before what matters ("I said:"), not repeated in a repetition.
        content: what was planned to be said, plain.
        heard: what of intro and content was audible.
        complete: everything was.
    """

    id: ReplyId
    question: str
    intro: str
    content: str
    heard: str = ""
    complete: bool = False

    @property
    def unheard_content(self) -> str:
        """What of the content is missing, from the beginning of the sentence that was cut on."""
        begin = 0
        for end in _SENTENCE_END.finditer(self.content):
            if end.end() > len(self.heard_content):
                break
            begin = end.end()
        return self.content[begin:].strip()

    @property
    def heard_content(self) -> str:
        """What of the content was audible."""
        if self.complete:
            return self.content
        heard = self.heard.strip()
        if not self.intro:
            return heard
        return heard[len(self.intro) :].strip() if heard.startswith(self.intro) else ""


class Memory:
    """The last 50 exchanges of this visit; kept in the process, never written anywhere."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=CAPACITY)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange that will be spoken; one with the same id is replaced."""
        if self._exchanges and self._exchanges[-1].id == exchange.id:
            self._exchanges.pop()
        self._exchanges.append(exchange)

    def heard(self, id: ReplyId, text: str, complete: bool) -> None:
        """Take the sink's word for what of a reply was audible; unknown ids are no news."""
        for exchange in reversed(self._exchanges):
            if exchange.id == id:
                exchange.heard, exchange.complete = text, complete
                return

    @property
    def last(self) -> Exchange | None:
        """The newest exchange."""
        return self._exchanges[-1] if self._exchanges else None

    @property
    def last_question(self) -> str:
        """The newest thing the visitor said; empty when there is none."""
        return next((exchange.question for exchange in reversed(self._exchanges) if exchange.question), "")

    def clear(self) -> None:
        """Somebody else stands there."""
        self._exchanges.clear()

    def __len__(self) -> int:
        return len(self._exchanges)
