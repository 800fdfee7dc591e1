"""A grammar accepts anything: was the phrase that it read really said?"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from visavis_agent.core.records import Hypothesis

# Logistic regression on 142 complete readings of Vera's grammar, of 68 questions of which half were phrases, in the
# flite voice rms: in silence, in white noise and in four-voice babble of 20 dB. Of the phrases that were said are
# believed at 0.7, with the room that is judged left out of the fit, 31 of 32 in silence, 18 of 28 in white noise, 21 of
# 23 in babble; of 91 other questions 4, all in babble. By the letters alone (at most 0.3 apart) it were 31, 8 and 14;
# noise makes of free dictation what nobody said, and of the phrase less. Hum of 10 dB took no part: 32 of 32, 0 of 25.
# That was with the best path through the grammar's lattice. With the path of the search, as it is now, are believed 49
# of 50 other phrases in silence, 32 in white noise, 15 in babble (which it read right 19 times) and 48 in hum; of 231
# wrong readings 2, both in hum.
_GAIN, _UNCOVERED, _WORST, _APART, _CONSTANT = 0.826, -4.025, -0.554, -2.913, 3.663
BELIEVED = 0.7
# That the phrase has words where dictation hears none tells little: "where is the", broken off, was read as "where is
# the cafe", with the last word in the silence.
_LEAST_UNCOVERED = -0.1

_CONTRACTIONS = tuple(
    (re.compile(pattern), full)
    for pattern, full in (
        (r"\bwon't\b", "will not"),
        (r"\bcan't\b", "can not"),
        (r"n't\b", " not"),
        (r"'s\b", " is"),
        (r"'re\b", " are"),
        (r"'m\b", " am"),
        (r"'ll\b", " will"),
        (r"'ve\b", " have"),
        (r"'d\b", " would"),
    )
)


@dataclass(frozen=True, slots=True)
class PhraseReading:
    """A whole phrase as the grammar read it, in PocketSphinx's scores.

    Attributes:
        gain: by how much the logarithm of its path's score is above that of free dictation, in thousandths a frame.
        uncovered: share of the frames in which free dictation hears words and the phrase has none.
        worst: cost a frame of the word that fits worst.
    """

    text: str
    gain: float
    uncovered: float
    worst: float


def likelihood(phrase: PhraseReading, dictation: str) -> float:
    """How likely it is that the phrase was said, 0–1, where free dictation heard `dictation`."""
    apart = disagreement(phrase.text, dictation)
    uncovered = max(_LEAST_UNCOVERED, phrase.uncovered)
    odds = _GAIN * phrase.gain + _UNCOVERED * uncovered + _WORST * phrase.worst + _APART * apart + _CONSTANT
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, odds))))


def merge(phrase: PhraseReading | None, dictation: tuple[Hypothesis, ...], n_best: int) -> tuple[Hypothesis, ...]:
    """Dictation, with the phrase in front of it if it is believed; never where dictation heard its beginning only."""
    if phrase is None or not dictation or _breaks_off(dictation[0].text, phrase.text):
        return dictation[:n_best]
    likely = likelihood(phrase, dictation[0].text)
    if likely < BELIEVED:
        return dictation[:n_best]
    # What follows is less than what a decoder's first utterance differs by from the same one later.
    first = Hypothesis(phrase.text, max(round(likely, 2), dictation[0].confidence))
    return (first, *(h for h in dictation if h.text != phrase.text))[:n_best]


def _breaks_off(dictation: str, phrase: str) -> bool:
    heard, whole = _words(dictation), _words(phrase)
    return len(heard) < len(whole) and whole[: len(heard)] == heard


def disagreement(phrase: str, dictation: str) -> float:
    """Edits of letters per letter of the phrase.

    Letters tell a word that was misheard ("dinosaurs lol" for "dinosaur hall") from another word, which whole words
    do not: of Vera's phrases in another voice 60 of 68 came first instead of 55, of 83 other questions none.
    """
    wanted = "".join(_words(phrase))
    return edits(wanted, "".join(_words(dictation))) / max(1, len(wanted))


def word_errors(said: str, heard: str) -> float:
    """Word error rate: edits of words per word said."""
    wanted = _words(said)
    return edits(wanted, _words(heard)) / max(1, len(wanted))


def _words(text: str) -> list[str]:
    """The words, contractions written out: "where's" and "where is" sound nearly alike."""
    for pattern, full in _CONTRACTIONS:
        text = pattern.sub(full, text)
    return text.split()


def edits(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Edit distance (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for i, item in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (item != other))
    return row[-1]
