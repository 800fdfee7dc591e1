"""What is said now, from the messages of kiosk.captions: the clause that sounds, and how much of it was heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_LINGER_NS = 4_000_000_000
_MS = 1_000_000
_STALE_NS = 1_000_000_000
"""A position is not extrapolated further than that: it is reported ten times a second."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A clause; its first `heard` characters have been said."""

    text: str = ""
    heard: int = 0


@dataclass(frozen=True, slots=True)
class _Word:
    clause: int
    start: int
    text: str


class SpokenText:
    """Follows one reply at a time."""

    def __init__(self) -> None:
        self._id = ""
        self._words: list[_Word] = []
        self._clock: dict[str, Any] | None = None

    def take(self, message: dict[str, Any]) -> None:
        """A message of the types "words" and "playback"."""
        if message["id"] != self._id:
            self._id, self._words, self._clock = message["id"], [], None
        if message["type"] == "playback":
            self._clock = message
            return
        known = {(word.start, word.text) for word in self._words}
        for text, start, _ in message["words"]:
            if (start, text) not in known:
                self._words.append(_Word(message["clause"], start, text))

    def caption(self, now_ns: int) -> Caption:
        """What to show; an empty caption before the first word, and some time after the last."""
        clock = self._clock
        if clock is None or (_over(clock) and now_ns - round(clock["mono_ms"] * _MS) > _LINGER_NS):
            return Caption()
        sample = _sample(clock, now_ns)
        heard = [word for word in self._words if word.start <= sample]
        if not heard:
            return Caption()
        clause = [word for word in self._words if word.clause == heard[-1].clause]
        said = [word for word in heard if word.clause == heard[-1].clause]
        first = clause[0].text
        cut = len(first) - len(first.lstrip())
        whole = clause if clock["state"] != "flushed" else said
        return Caption("".join(word.text for word in whole)[cut:], sum(len(word.text) for word in said) - cut)


def _over(clock: dict[str, Any]) -> bool:
    return clock["state"] in ("finished", "flushed")


def _sample(clock: dict[str, Any], now_ns: int) -> float:
    """The sample that sounds now."""
    if clock["state"] == "finished":
        return float("inf")
    age = now_ns - round(clock["mono_ms"] * _MS)
    if not clock["moving"]:
        return float(clock["sample"])
    if age < 0:
        return float(clock["sample"] - 1)
    return float(clock["sample"] + min(age, _STALE_NS) * clock["rate"] / 1e9)
