"""What the words of an unfinished or tiny utterance say about the turn. English; other languages use the clock only."""

from __future__ import annotations

import re

# Backchannels leave the floor to the speaker (Ward & Tsukahara 2000; Jefferson 1984, "continuers").
_BACKCHANNELS = frozenset(
    "ah aha hm hmm huh m mhm mm mmhm mmm oh ok okay right uh uhhuh um wow yeah yep yes yup sure".split()
)
# A sentence does not end on one of these: the speaker searches for the rest.
_OPEN_ENDS = frozenset(
    "a an the my your his her its our their this these those of to from with at by in on for into about than as and or "
    "but because if when while that which who whose is are was were am be been do does did can could will would shall "
    "should may might must have has had i we they he she um uh er erm hmm like so where what how".split()
)
# Questions that do end on such a word.
_CLOSED = re.compile(
    r"\b(?:what|who|which|where|how)\b.*\b(?:from|to|with|at|by|in|on|for|about|of|like|is|are|it is|you are)$"
    r"|^(?:what|how|where|who|why|when)(?: so)?$"
    r"|\b(?:i|you|we|they|he|she|it) (?:do|does|did|can|could|will|would|is|are|am|have|has)$"
    r"|\b(?:yes|no|and so|think so|hope so|why so) ?(?:i do|i am|i would)?$"
)
_HESITATIONS = frozenset("um uh er erm hm hmm mm".split())


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+", text.lower().replace("-", ""))


def is_backchannel(text: str) -> bool:
    """Only words such as "mm-hm", "yeah", "okay", at most three of them; nothing at all is none."""
    words = words_of(text)
    return 0 < len(words) <= 3 and all(word in _BACKCHANNELS for word in words)


def is_hesitation(text: str) -> bool:
    """Only "um", "er": the speaker is still thinking."""
    words = words_of(text)
    return bool(words) and all(word in _HESITATIONS for word in words)


def is_unfinished(text: str, locale: str = "en") -> bool:
    """The text stops where an English sentence cannot: "I would like to", "the", "um"."""
    if not locale.lower().startswith("en") or text.rstrip().endswith((".", "?", "!")):
        return False
    words = words_of(text)
    return bool(words) and words[-1] in _OPEN_ENDS and not _CLOSED.search(" ".join(words))
