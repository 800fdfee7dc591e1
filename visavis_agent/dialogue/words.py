"""Plain words of a text, for comparison with what a recogniser hears."""

from __future__ import annotations

import re
import unicodedata

_QUESTION_WORDS = frozenset(
    (
        *("what", "where", "when", "who", "whom", "whose", "why", "how", "which", "any"),
        *("is", "are", "am", "was", "were", "do", "does", "did", "have", "has", "had"),
        *("can", "could", "may", "might", "must", "shall", "should", "will", "would"),
    )
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def normalise(text: str) -> str:
    """Lower case, words only, apostrophes straight, accents kept; empty when there is no word."""
    return " ".join(words(text))


def words(text: str) -> list[str]:
    """The words of a text in lower case; control characters, punctuation and symbols are no words."""
    composed = unicodedata.normalize("NFKC", text)
    return [word.replace("’", "'").lower() for word in _WORD.findall(composed)]


def is_latin(text: str) -> bool:
    """Whether at least half of the letters are Latin; True when there are no letters."""
    letters = [character for character in text if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(character, "") for character in letters)
    return 2 * latin >= len(letters)


def as_sentence(text: str) -> str:
    """The text with a mark at its end: recognisers give none, and sentence encoders listen for it."""
    text = " ".join(text.split())
    if not text or text[-1] in ".?!…":
        return text
    first = (words(text) or [""])[0].split("'")[0]
    return text + ("?" if first in _QUESTION_WORDS else ".")
