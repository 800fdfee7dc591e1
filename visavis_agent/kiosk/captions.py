"""Captions: the agent's words with the samples at which they sound, as the page wants them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, SpeechAudio, TurnState, WordMark


class Captions:
    """Turns the pieces and the playback of replies into messages; old replies are dropped.

    Words come as they were written, with their punctuation: a word's text is looked up in its clause.
    """

    def __init__(self) -> None:
        self._turn = ReplyId()
        self._text = ""
        self._place = 0
        self._said: list[dict[str, Any]] = []
        self._playback: dict[str, Any] | None = None

    def snapshot(self) -> list[dict[str, Any]]:
        """What a page that comes now has missed of the present reply."""
        return [*self._said, *([self._playback] if self._playback else [])]

    def turn(self, state: TurnState) -> None:
        """Only this turn's reply is shown from now on."""
        if state.id > self._turn:
            self._turn = state.id
            self._said = [message for message in self._said if message["id"] == str(state.id)]
            self._playback = None

    def audio(self, piece: SpeechAudio) -> dict[str, Any] | None:
        """The words that begin in the piece."""
        if piece.lane is not Lane.REPLY or piece.id < self._turn:
            return None
        if piece.text:
            self._text, self._place = piece.text, 0
        words = list(self._written(piece.words))
        if not words:
            return None
        message = {"type": "words", "id": str(piece.id), "clause": piece.clause, "words": words}
        self._said.append(message)
        return message

    def playback(self, status: PlaybackStatus) -> dict[str, Any] | None:
        """Which sample sounds when."""
        if status.lane is not Lane.REPLY or status.id < self._turn:
            return None
        self._playback = {
            "type": "playback",
            "id": str(status.id),
            "state": status.state.name.lower(),
            "sample": status.sample,
            "rate": status.sample_rate,
            "moving": status.state.name == "PLAYING" and not status.starved,
            "mono_ms": status.media_ns / MS,
        }
        return self._playback

    def _written(self, words: tuple[WordMark, ...]) -> Iterator[list[Any]]:
        """[text, start, end] of each word; the text reaches from the last word's end to the next space."""
        for word in words:
            found = self._text.find(word.text, self._place)
            if found < 0:
                yield [f" {word.text}", word.start, word.end]
                continue
            end = found + len(word.text)
            while end < len(self._text) and not self._text[end].isspace():
                end += 1
            begin, self._place = self._place, end
            if begin < end:
                yield [self._text[begin:end] if begin else f" {self._text[:end]}", word.start, word.end]
