"""Listens for "stop", which is so short that dictation takes it for anything (keyphrase search of PocketSphinx).

Of 32 spoken ones in four voices 31 were spotted within 0.5 s of the onset, of 80 coughs, clicks, signs of listening and
pieces of talk two, so early that nobody can have said the word. At 1e-22 it is all 32, and 2 of the 80 after 0.3 s.
"""

from __future__ import annotations

from typing import Any

WORD = "stop"
OPTIONS: dict[str, Any] = {"lm": None, "cmn": "live", "kws_threshold": 1e-20, "kws_delay": 2}
"""Of the decoder that listens for it."""
_SAID_S = (0.3, 1.0)
"""When its end can have been heard, from the onset of the voice."""
_CONFIDENCE = 0.5


class StopWord:
    """One utterance after the other, in which somebody says "stop" early or does not.

    Args:
        decoder: made with OPTIONS; who feeds it tells how far.

    Attributes:
        said: it was heard.
    """

    def __init__(self, decoder: Any) -> None:
        decoder.add_keyphrase(WORD, WORD)
        decoder.activate_search(WORD)
        self.decoder = decoder
        self.begin()

    def begin(self) -> None:
        """The next utterance."""
        self.said = self._spotted = False

    def fed(self, seconds: float) -> None:
        """The decoder has heard so much of the voice."""
        if not self._spotted and self.decoder.hyp():
            self._spotted = True
            self.said = _SAID_S[0] <= seconds <= _SAID_S[1]

    def among(self, readings: list[list[Any]], seconds: float, count: int) -> list[list[Any]]:
        """Readings of a voice of this length, best first, at most `count`; the word second if it was heard."""
        if not self.said or seconds > _SAID_S[1] or WORD in [text for text, _ in readings]:
            return readings
        return [*readings[:1], [WORD, readings[0][1] if readings else _CONFIDENCE], *readings[1 : count - 1]]
