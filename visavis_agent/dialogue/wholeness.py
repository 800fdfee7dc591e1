"""Whether what was heard up to a pause is worth an answer already, or may go on.

The mind knows more of that than grammar does: which questions begin like this one, and whether it has an answer at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from visavis_agent.dialogue.words import normalise

# Who tells a machine something about himself is often about to ask: "I'm really thirsty, where is there water?"
_TELLS = re.compile(
    r"(?:(?:well|so|and|but|oh|hello|hi|sorry|excuse me|please) )*"
    r"(?:i|i'm|i've|i'd|we|we're|we've|my|our|she|he|they|it's|there's|you're|you are|this is|that's)\b"
)
_ASKS = re.compile(
    r"\b(?:what|what's|where|where's|when|who|who's|how|how's|which|why|can (?:i|we|you)|could (?:i|we|you)"
    r"|may (?:i|we)|(?:is|are) (?:there|it|you|that|this)|do (?:i|we|you)|will (?:i|we|you))\b"
)

# Complaints and wishes are shorter; who asks after a story does so at its end.
_STORY_WORDS, _LAST_WORDS = 16, 8


class Wholeness:
    """Judges texts by the ways to ask of a persona.

    Args:
        ways: sentences that visitors are known to say.
    """

    def __init__(self, ways: Iterable[str]) -> None:
        known = [tuple(normalise(way).split()) for way in ways]
        self._known = set(known)
        self._beginnings = {way[:count] for way in known for count in range(1, len(way))}

    def is_whole(self, text: str, answered: bool) -> bool:
        """Nothing speaks for its going on: it is a known sentence, or it has an answer, is not the beginning of a
        known one, and asks for something.

        Args:
            answered: there is an answer to it.
        """
        words = tuple(normalise(text).split())
        if words in self._known:
            return True
        if not answered or words in self._beginnings:
            return False
        return not is_told(text)


def is_told(text: str) -> bool:
    """An English statement that holds no question."""
    plain = text.lower().replace("’", "'")
    return _TELLS.match(plain) is not None and _ASKS.search(plain) is None


def is_story(text: str) -> bool:
    """A long English statement that does not end in a question: it wants a listener, not an answer."""
    words = text.lower().replace("’", "'").split()
    plain, end = " ".join(words), " ".join(words[-_LAST_WORDS:])
    return len(words) >= _STORY_WORDS and _TELLS.match(plain) is not None and _ASKS.search(end) is None
