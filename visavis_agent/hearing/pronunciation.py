"""How English words sound that the recogniser's dictionary lacks, from those that it has.

The dictionary (CMUdict) is American: British spellings, plurals, compounds and abbreviations are led back to words it
knows. What is left (names, foreign words) needs the setting `pronunciations`. Standard library only: this runs in the
recogniser's process.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

Lookup = Callable[[str], str | None]

# British → American spelling; where several match, the first that gives a known word is taken.
_SPELLINGS = (
    (r"mme(s?)$", r"m\1"),
    (r"our(s|ed|ing|ful|ite|ites)?$", r"or\1"),
    (r"([^aeiou])re(s?)$", r"\1er\2"),
    (r"is(e|es|ed|ing|ation|er|ers)$", r"iz\1"),
    (r"ys(e|es|ed|ing)$", r"yz\1"),
    (r"ll(ed|ing|er|ers)$", r"l\1"),
    (r"ence$", r"ense"),
    (r"ogue(s?)$", r"og\1"),
    (r"ae|oe", r"e"),
    (r"tyre", r"tire"),
    (r"grey", r"gray"),
)
_VOICELESS = frozenset("P T K F TH".split())
_HISSING = frozenset("S Z SH ZH CH JH".split())
_SHORTEST_PART = 3
# Of the consonants, which alone make abbreviations that nobody reads as a word.
_LETTERS = dict(zip("bcdfghjklmnpqrstvwxz", (
    "B IY", "S IY", "D IY", "EH F", "JH IY", "EY CH", "JH EY", "K EY", "EH L", "EH M", "EH N", "P IY", "K Y UW",
    "AA R", "EH S", "T IY", "V IY", "D AH B AH L Y UW", "EH K S", "Z IY",
), strict=True))  # fmt: skip


def plain_letters(text: str) -> str:
    """Without accents: dictionaries spell café "cafe"."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


def pronunciation(word: str, lookup: Lookup) -> str:
    """ARPAbet phones of a lower-case word, or nothing; `lookup` gives those of the words in the dictionary."""
    for guess in (_as_spelt_in_america, _plural, _compound, _abbreviation):
        for phones in guess(word, lookup):
            if phones:
                return phones
    return ""


def _as_spelt_in_america(word: str, lookup: Lookup) -> Iterator[str]:
    for british, american in _SPELLINGS:
        other = re.sub(british, american, word)
        if other != word:
            yield lookup(other) or ""


def _plural(word: str, lookup: Lookup) -> Iterator[str]:
    """Of a known word; also "dino's"."""
    match = re.fullmatch(r"(.+?)(?:'s|s)", word)
    stem = (lookup(match[1]) or next(_known(_as_spelt_in_america(match[1], lookup)), "")) if match else ""
    if stem:
        last = stem.split()[-1]
        yield f"{stem} {'AH Z' if last in _HISSING else 'S' if last in _VOICELESS else 'Z'}"


def _compound(word: str, lookup: Lookup) -> Iterator[str]:
    """Of two known words, cut as evenly as possible: "push" and "chair"."""
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    for cut in sorted(cuts, key=lambda at: abs(2 * at - len(word))):
        first, second = lookup(word[:cut]), lookup(word[cut:])
        if first and second:
            yield f"{first} {second}"


def _abbreviation(word: str, lookup: Lookup) -> Iterator[str]:
    """Letters without a vowel are named one by one, after a known word too: "chat" and "gpt"."""
    for start in (0, *range(_SHORTEST_PART, len(word) - 1)):
        letters, before = word[start:], lookup(word[:start]) if start else ""
        if before is not None and 2 <= len(letters) <= 5 and all(letter in _LETTERS for letter in letters):
            yield f"{before} {' '.join(_LETTERS[letter] for letter in letters)}".strip()


def _known(phones: Iterator[str]) -> Iterator[str]:
    return (found for found in phones if found)
