"""What is said while the answer is not there yet: sparingly, and never the same twice in a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import UserTurn
from visavis_agent.core.stage import Handle, Host

# Speakers announce a longer search with "uh" or "let me see" (Clark & Fox Tree 2002, Cognition 84); who goes on and on
# about it is a nuisance.
_MOST = 2
_AGAIN = 3500 * MS
# A mind that gets the question late may still be quick.
_AT_LEAST = 200 * MS


class Fillers:
    """Has one said when a turn has waited for too long, and another later.

    Args:
        wait_ms: from the visitor's last sound to the first filler; 0: never.
        waits: whether this reply is still to come.
        say: is given the reply and what to say.
    """

    def __init__(
        self, host: Host, wait_ms: int, waits: Callable[[ReplyId], bool], say: Callable[[ReplyId, str], None]
    ) -> None:
        self._host, self._wait_ns, self._waits, self._say = host, wait_ms * MS, waits, say
        self._timer: Handle | None = None
        self._turn: ReplyId | None = None
        self._said = 0
        self.texts: Sequence[str] = ()
        """Of the persona."""

    def expect(self, turn: UserTurn) -> None:
        """A turn is to be answered from now on; once is enough."""
        if not self._wait_ns or not turn.hypotheses or turn.draft or turn.say or turn.id == self._turn:
            return
        self._turn = turn.id
        if self._timer is not None:
            self._timer.cancel()
        now = self._host.now()
        self._at(max(turn.speech_end_ns + self._wait_ns, now + min(_AT_LEAST, self._wait_ns)), turn.id, 1)

    def _at(self, when_ns: int, id: ReplyId, number: int) -> None:
        self._timer = self._host.at(when_ns, lambda: self._fill(id, number))

    def _fill(self, id: ReplyId, number: int) -> None:
        self._timer = None
        if not self.texts or not self._waits(id):
            return
        self._say(id, self.texts[self._said % len(self.texts)])
        self._said += 1
        if number < _MOST:
            self._at(self._host.now() + _AGAIN, id, number + 1)
