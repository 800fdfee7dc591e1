"""The International Phonetic Alphabet, as espeak-ng writes it → the nearest of core/phones.py, for the mouth."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from visavis_agent.core.phones import VOWELS

_TABLE: dict[str, str] = {
    # plosives, nasals, liquids, glides
    "p": "p", "b": "b", "t": "t", "d": "d", "k": "k", "ɡ": "g", "g": "g", "q": "k", "c": "t", "ɟ": "d", "ʈ": "t",
    "ɖ": "d", "ɢ": "g", "m": "m", "ɱ": "m", "n": "n", "ɲ": "n", "ɳ": "n", "ŋ": "ng", "ɴ": "ng", "l": "l", "ɫ": "l",
    "ʎ": "l", "ɭ": "l", "ɬ": "l", "ɹ": "r", "r": "r", "ɻ": "r", "ʀ": "r", "ʁ": "r", "ɽ": "r", "ɾ": "d", "j": "y",
    "w": "w", "ʍ": "w", "ɥ": "w", "ʋ": "v",
    # fricatives and affricates
    "f": "f", "ɸ": "f", "v": "v", "β": "v", "θ": "th", "ð": "dh", "s": "s", "z": "z", "ʃ": "sh", "ʒ": "zh",
    "ɕ": "sh", "ʑ": "zh", "ʂ": "sh", "ʐ": "zh", "ç": "hh", "x": "hh", "χ": "hh", "ħ": "hh", "h": "hh", "ɦ": "hh",
    "ɣ": "g", "tʃ": "ch", "dʒ": "jh", "tɕ": "ch", "dʑ": "jh", "tʂ": "ch",
    # vowels
    "i": "iy", "iː": "iy", "y": "uw", "ɨ": "ih", "ʉ": "uw", "ɯ": "uh", "u": "uw", "ɪ": "ih", "ᵻ": "ih", "ʏ": "uh",
    "ʊ": "uh", "e": "eh", "ø": "er", "ɘ": "ax", "ɵ": "uh", "ɤ": "uh", "o": "ao", "ə": "ax", "ɛ": "eh", "œ": "er",
    "ɜ": "er", "ɞ": "er", "ʌ": "ah", "ɔ": "ao", "æ": "ae", "ɐ": "ah", "a": "aa", "ɶ": "aa", "ɑ": "aa", "ɒ": "aa",
    "ɚ": "er", "ɝ": "er",
    # diphthongs
    "aɪ": "ay", "aʊ": "aw", "eɪ": "ey", "ɔɪ": "oy", "oʊ": "ow", "əʊ": "ow", "ɔʏ": "oy", "ɔø": "oy", "aɛ": "ay",
    "ɛɪ": "ey", "ai": "ay", "au": "aw", "ei": "ey", "oi": "oy", "ou": "ow",
}  # fmt: skip

_LONGEST = max(map(len, _TABLE))
STRESS = {"ˈ": 1, "ˌ": 2}


def phones(symbols: Sequence[str]) -> list[tuple[str, int, int, int]]:
    """Phones of one word's symbols, which are single characters.

    Returns:
        Phone, the symbols [first, end) that it lasts, and its stress (0–2). Marks of length and the like lengthen the
        phone before them, marks of stress and what is not known the one after them; a word of those only gives nothing.
    """
    found: list[tuple[str, int, int, int]] = []
    start = place = stress = 0
    while place < len(symbols):
        size = next(
            (
                n
                for n in range(min(_LONGEST, len(symbols) - place), 0, -1)
                if "".join(symbols[place : place + n]) in _TABLE
            ),
            0,
        )
        if size:
            phone = _TABLE["".join(symbols[place : place + size])]
            found.append((phone, start, place + size, stress))
            stress = 0 if phone in VOWELS else stress
            place = start = place + size
            continue
        stress = STRESS.get(symbols[place], stress)
        if found and _lengthens(symbols[place]):
            found[-1] = (*found[-1][:2], place + 1, found[-1][3])
            start = place + 1
        place += 1
    if found:
        found[-1] = (*found[-1][:2], len(symbols), found[-1][3])
    return found


def _lengthens(symbol: str) -> bool:
    return symbol not in STRESS and unicodedata.category(symbol) in ("Lm", "Mn", "Sk")
