"""What the words of an unfinished or tiny utterance say about the turn.

The lists are English. In other languages only sounds that are hardly words ("mm-hm") are told apart; the clock does
the rest.
"""

from __future__ import annotations

import re

# Sounds of listening and of searching for words, much the same in many languages (Dingemanse, Torreira & Enfield
# 2013, PLoS ONE 8).
_LISTENING_SOUNDS = frozenset("ah aha hm hmm hmmm m mhm mm mmm mmhm mmhmm uhhuh".split())
_SEARCHING_SOUNDS = frozenset("ah eh em er erm hm hmm mm uh uhm um".split())
# Backchannels leave the floor to the speaker (Ward & Tsukahara 2000; Jefferson 1984, "continuers").
_BACKCHANNELS = _LISTENING_SOUNDS | frozenset("huh oh ok okay right uh um wow yeah yep yes yup sure".split())
_SILENCING = frozenset("stop wait quiet enough pause silence shush shut".split())
_BESIDE_SILENCING = frozenset("no be oh please now that it up".split())
_OBJECTIONS = frozenset("no help hey hello".split())
# Single words that are meant even when they are short.
_MEANT = _SILENCING | frozenset("no hello hi help thanks goodbye bye hey why what who how".split())


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+", text.lower().replace("-", ""))


def is_english(locale: str) -> bool:
    return locale.lower().replace("_", "-").split("-")[0] == "en"


def is_backchannel(text: str, locale: str = "en") -> bool:
    """Only words such as "mm-hm", "yeah", "okay", at most three of them; nothing at all is none."""
    words = words_of(text)
    known = _BACKCHANNELS if is_english(locale) else _LISTENING_SOUNDS
    return 0 < len(words) <= 3 and all(word in known for word in words)


def is_hesitation(text: str, locale: str = "en") -> bool:
    """Only "um", "er": the speaker is still thinking. In other languages such a sound may be a word (German "um")."""
    words = words_of(text)
    return bool(words) and is_english(locale) and all(word in _SEARCHING_SOUNDS for word in words)


def without_hesitations(text: str, locale: str = "en") -> str:
    """The text without "um" and "er", unless it is nothing else; in other languages as it is."""
    if not is_english(locale) or is_hesitation(text, locale):
        return text
    return " ".join(word for word in text.split() if word.lower().strip(".,…?!-") not in _SEARCHING_SOUNDS)


def is_silencing(text: str, locale: str = "en") -> bool:
    """Only "stop", "wait", "be quiet": silence is all that is asked for."""
    words = words_of(text)
    asked = is_english(locale) and any(word in _SILENCING for word in words)
    return asked and all(word in _SILENCING | _BESIDE_SILENCING for word in words)


def means_it(text: str, locale: str = "en") -> bool:
    """However short, it is no cough that was taken for a word: two words, or one that stands for itself."""
    words = words_of(text)
    if not is_english(locale):
        return bool(words)
    return len(words) >= 2 or any(word in _MEANT or word in _BACKCHANNELS for word in words)


def takes_floor(text: str, locale: str = "en") -> bool:
    """However short, it is meant to stop a speaker: "stop", "wait", "no"."""
    return is_english(locale) and any(word in _SILENCING or word in _OBJECTIONS for word in words_of(text))
