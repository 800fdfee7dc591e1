"""The words of a reply that were heard to their end."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from visavis_agent.core.records import WordMark

_UNSPACED = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\uff00-\uffef]")


class HeardText:
    """Words go in as they are queued; they come out as text once the sound has passed their last sample."""

    def __init__(self) -> None:
        self.changed = False
        self._coming: deque[WordMark] = deque()
        self._parts: list[str] = []

    def add(self, words: Iterable[WordMark]) -> None:
        self._coming.extend(words)

    def advance(self, position: int) -> None:
        """Samples before `position` were heard at full level."""
        while self._coming and self._coming[0].end <= position:
            word = self._coming.popleft().text
            if self._parts and not (_UNSPACED.match(word) and _UNSPACED.match(self._parts[-1][-1:])):
                self._parts.append(" ")
            self._parts.append(word)
            self.changed = True

    @property
    def word_end(self) -> int | None:
        """Where the word ends that is being said, or comes next; None after the last."""
        return self._coming[0].end if self._coming else None

    def text(self) -> str:
        """Everything heard so far."""
        self.changed = False
        return "".join(self._parts)
