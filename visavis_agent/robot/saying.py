"""A text that another program wants said, followed word by word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Phase, Record, TextInput, TextSource, TurnState, UserTurn, WordsHeard
from visavis_agent.core.stage import Handle, Host
from visavis_agent.robot.chat import NO_CONVERSATION, NO_REPLY, TAKEN_NS

PROGRESS_NS = 15 * SECOND
"""Longest time without a word: a hold lasts less, a word too."""
_LAST_WORDS_NS = 300 * MS
_NOTHING_NS = SECOND


class Outcome(IntEnum):
    """How a text was said, as in Say.action."""

    SPOKEN = 0
    INTERRUPTED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Said:
    """How a text was said, and what of it was audible."""

    outcome: Outcome
    id: ReplyId = NO_REPLY
    heard: str = ""
    message: str = ""


class Saying:
    """A text that is to be said.

    Args:
        word: is told each word that was heard, its number from 0, and the reply's id.
        done: is told once how it ended.
    """

    def __init__(
        self, host: Host, text: TextInput, word: Callable[[ReplyId, str, int], None], done: Callable[[Said], None]
    ) -> None:
        self.text = text
        self.over = False
        self.cut_off = False
        self._host = host
        self._word = word
        self._done = done
        self._id: ReplyId | None = None
        self._heard = ""
        self._told = 0
        self._timer: Handle | None = None
        self._overtaken = False

    @property
    def begun(self) -> bool:
        """It was handed to the conversation."""
        return self._timer is not None

    def begin(self) -> None:
        """Hand it to the conversation."""
        self._host.emit(self.text)
        self._wait(TAKEN_NS, lambda: self.fail(NO_CONVERSATION))

    def take(self, record: Record) -> None:
        """Follow what the other stages say."""
        if not self.begun or self.over:
            return
        if isinstance(record, UserTurn) and record.request == self.text.request:
            self._id = record.id
            self._expect_words()
            if self.cut_off:
                self.cancel()
        elif isinstance(record, WordsHeard) and record.id == self._id:
            self._on_heard(record)
        elif isinstance(record, TurnState) and self._id is not None:
            self._on_state(record, self._id)

    def cancel(self) -> None:
        """Stop it: at once when it is being said, else as soon as that begins."""
        self.cut_off = True
        if not self.begun:
            self._end(Outcome.INTERRUPTED)
        elif self._id is not None and not self.over:
            self._host.emit(silence(self._host, self.text.request))

    def fail(self, message: str) -> None:
        """End it; `message` says why."""
        self._end(Outcome.FAILED, message)

    def _on_heard(self, words: WordsHeard) -> None:
        self._heard = words.text
        found = words.text.split()
        for number in range(self._told, len(found)):
            self._word(words.id, found[number], number)
        self._told = max(self._told, len(found))
        if words.complete:
            self._end(Outcome.SPOKEN)
        elif not self._overtaken:
            self._expect_words()

    def _on_state(self, state: TurnState, id: ReplyId) -> None:
        """Another turn ends it, once the last words that were heard have arrived."""
        if state.id > id and not self._overtaken:
            self._overtaken = True
            self._wait(_LAST_WORDS_NS, lambda: self._end(Outcome.INTERRUPTED))
        elif state.id == id and not self._heard and state.phase in (Phase.LISTENING, Phase.IDLE):
            message = "Nothing could be heard. Are the processes of dialogue and speech running?"
            self._wait(_NOTHING_NS, lambda: self.fail(message))

    def _expect_words(self) -> None:
        message = f"The voice said nothing for {PROGRESS_NS // SECOND} s. Are speech and playback running?"
        self._wait(PROGRESS_NS, lambda: self.fail(message))

    def _wait(self, duration_ns: int, action: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._host.at(self._host.now() + duration_ns, action)

    def _end(self, outcome: Outcome, message: str = "") -> None:
        if not self.over:
            self.over = True
            if self._timer is not None:
                self._timer.cancel()
            self._done(Said(outcome, self._id or ReplyId(), self._heard, message))


def silence(host: Host, request: str = "") -> TextInput:
    """The empty text that makes the conversation stop the agent."""
    return TextInput(media_ns=host.now(), text="", source=TextSource.SERVICE, request=request)
