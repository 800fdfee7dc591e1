"""Captions: the agent's words with the samples at which they sound, as the page wants them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, SinkState, SpeechAudio, TurnState, WordMark

_MOST_REPLIES = 8


@dataclass
class _Reply:
    """The clause that is being written, how far, and what was made of the reply so far."""

    text: str = ""
    place: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)


class Captions:
    """Turns the pieces and the playback of replies into messages for the page.

    Old replies are dropped. A reply that may not be heard yet (a draft) waits until its turn comes, so that it does not
    replace the words of the present one. Words come as they were written, with their punctuation: a word's text is
    looked up in its clause.
    """

    def __init__(self) -> None:
        self._turn = ReplyId()
        self._replies: dict[ReplyId, _Reply] = {}
        self._playback: dict[str, Any] | None = None

    def snapshot(self) -> list[dict[str, Any]]:
        """What a page that comes now has missed of the present reply."""
        reply = self._replies.get(self._turn, _Reply())
        return [*reply.messages, *([self._playback] if self._playback else [])]

    def turn(self, state: TurnState) -> list[dict[str, Any]]:
        """Only this turn's reply is shown from now on; returns what has waited for it."""
        if state.id <= self._turn:
            return []
        self._turn = state.id
        self._replies = {id: reply for id, reply in self._replies.items() if id >= state.id}
        self._playback = None
        return self.snapshot()

    def audio(self, piece: SpeechAudio) -> dict[str, Any] | None:
        """The words that begin in the piece."""
        if piece.lane is not Lane.REPLY or piece.id < self._turn:
            return None
        if piece.id not in self._replies and len(self._replies) >= _MOST_REPLIES:
            self._replies.pop(next(id for id in self._replies if id != self._turn))
        reply = self._replies.setdefault(piece.id, _Reply())
        if piece.text:
            reply.text, reply.place = piece.text, 0
        words = list(_written(reply, piece.words))
        if not words:
            return None
        message = {"type": "words", "id": str(piece.id), "clause": piece.clause, "words": words}
        reply.messages.append(message)
        return message if piece.id == self._turn else None

    def playback(self, status: PlaybackStatus) -> dict[str, Any] | None:
        """Which sample sounds when."""
        if status.lane is not Lane.REPLY or status.id != self._turn:
            return None
        self._playback = {
            "type": "playback",
            "id": str(status.id),
            "state": status.state.name.lower(),
            "sample": status.sample,
            "rate": status.sample_rate,
            "moving": status.state is SinkState.PLAYING and not status.starved,
            "mono_ms": status.media_ns / MS,
        }
        return self._playback


def _written(reply: _Reply, words: tuple[WordMark, ...]) -> Iterator[list[Any]]:
    """[text, start, end] of each word; the text reaches from the last word's end to the next space."""
    text = reply.text
    for word in words:
        found = text.find(word.text, reply.place)
        if found < 0:
            yield [f" {word.text}", word.start, word.end]
            continue
        end = found + len(word.text)
        while end < len(text) and not text[end].isspace():
            end += 1
        begin, reply.place = reply.place, end
        if begin < end:
            yield [text[begin:end] if begin else f" {text[:end]}", word.start, word.end]
