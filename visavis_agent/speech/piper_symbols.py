"""A clause as the symbols that Piper-type nets read: IPA characters of espeak-ng, blanks, punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from visavis_agent.speech.espeak import pronounce
from visavis_agent.speech.voices import Token

_SWITCH = re.compile(r"\([a-z-]+\)")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A character, and the number of the token that it is of; -1: of none, as blanks and punctuation."""

    character: str
    token: int = -1


def symbols_of(tokens: Sequence[Token], voice: str) -> list[Symbol]:
    """The symbols of a clause.

    Args:
        voice: espeak-ng's, in the spelling of the net's settings ("en-us").

    Raises:
        EngineError: espeak-ng is not installed or has no such voice.
    """
    phrases = _phrases(tokens)
    texts = [" ".join(tokens[index].spoken for index in phrase) for phrase in phrases]
    found: list[Symbol] = []
    for phrase, ipa in zip(phrases, pronounce(texts, voice), strict=True):
        written = _plain(ipa)
        owners = _owners([tokens[index].spoken for index in phrase], written, voice)
        found += [Symbol(c, -1 if c == " " else phrase[o]) for c, o in zip(written, owners, strict=True)]
        if mark := tokens[phrase[-1]].punctuation:
            found.append(Symbol(mark))
        found.append(Symbol(" "))
    return found[:-1]


def _phrases(tokens: Sequence[Token]) -> list[list[int]]:
    """Numbers of the tokens that are said, up to and with each that has punctuation."""
    phrases: list[list[int]] = [[]]
    for number, token in enumerate(tokens):
        if token.spoken:
            phrases[-1].append(number)
            if token.punctuation:
                phrases.append([])
    return [phrase for phrase in phrases if phrase]


def _plain(ipa: str) -> str:
    return " ".join(unicodedata.normalize("NFD", _SWITCH.sub("", ipa)).split())


def _owners(spoken: Sequence[str], ipa: str, voice: str) -> list[int]:
    """For each character of `ipa` the token that it is of.

    espeak-ng reads some words as one ("of the") and figures as many: then each token's own pronunciation is laid
    beside that of the phrase.
    """
    counts = [len(text.split()) for text in spoken]
    words = ipa.split(" ")
    if sum(counts) == len(words):
        of_words = [token for token, count in enumerate(counts) for _ in range(count)]
        return [of_words[min(ipa.count(" ", 0, place), len(words) - 1)] for place in range(len(ipa))]
    alone, owners = "", []
    for token, text in enumerate(pronounce(spoken, voice)):
        plain = _plain(text)
        alone += plain
        owners += [token] * len(plain)
    found, last = [-1] * len(ipa), 0
    for a, b, size in SequenceMatcher(None, ipa, alone, autojunk=False).get_matching_blocks():
        for offset in range(size):
            found[a + offset] = owners[b + offset]
    for place, owner in enumerate(found):
        last = found[place] = max(last, owner)
    return found
