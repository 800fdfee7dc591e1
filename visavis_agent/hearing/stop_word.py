"""Listens for "stop", which is so short that dictation takes it for anything (keyphrase search of PocketSphinx).

Of 24 spoken ones in four voices 22 were spotted within 0.5 s, of 60 coughs, clicks, signs of listening and talk none in
the first second, and in two of 40 questions, both later.
"""

from __future__ import annotations

from typing import Any

WORD = "stop"
OPTIONS: dict[str, Any] = {"lm": None, "cmn": "live", "kws_threshold": 1e-20, "kws_delay": 2}
"""Of the decoder that listens for it."""
_WITHIN_S = 1.3
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
        self.said = False

    def fed(self, seconds: float) -> None:
        """The decoder has heard so much of the utterance."""
        if seconds <= _WITHIN_S and self.decoder.hyp():
            self.said = True

    def among(self, readings: list[list[Any]], seconds: float, count: int) -> list[list[Any]]:
        """Readings of an utterance of this length, best first, at most `count`; the word second if it was heard."""
        if not self.said or seconds > _WITHIN_S or WORD in [text for text, _ in readings]:
            return readings
        return [*readings[:1], [WORD, readings[0][1] if readings else _CONFIDENCE], *readings[1 : count - 1]]
