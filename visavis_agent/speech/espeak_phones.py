"""espeak-ng's phone mnemonics (Kirshenbaum's ASCII IPA, 1993, and more) → the nearest of core/phones.py.

Nearest for the mouth, not for the ear: front rounded vowels become rounded English ones, a velar fricative
    an open
aspiration. A mnemonic is matched from its start by the longest entry; length, palatalisation and other
modifiers that the lips do not show are passed over.
"""

from __future__ import annotations

import re
from functools import lru_cache

from visavis_agent.core.phones import SILENCE

_TABLE: dict[str, str] = {
    # plosives, nasals, liquids, glides
    "p": "p", "b": "b", "t": "t", "d": "d", "k": "k", "g": "g", "q": "k", "c": "t", "J": "y", "G": "g",
    "m": "m", "M": "m", "n": "n", "N": "ng", "n^": "n y", "l": "l", "L": "l", "l^": "l", "r": "r",
    "R": "r", "*": "d", "w": "w", "j": "y",
    # fricatives and affricates
    "f": "f", "v": "v", "P": "f", "B": "v", "T": "th", "D": "dh", "s": "s", "z": "z", "S": "sh",
    "Z": "zh", "s;": "sh", "z;": "zh", "S;": "sh", "Z;": "zh", "sx": "sh", "C": "hh", "x": "hh",
    "X": "hh", "Q": "hh", "h": "hh", "H": "hh", "v#": "v", "ts": "t s", "dz": "d z", "tS": "ch",
    "dZ": "jh", "ts;": "ch", "dz;": "jh", "t_s": "ch", "d_z": "jh", "tS;": "ch", "dZ;": "jh",
    "pf": "p f",
    # vowels
    "i": "iy", "I": "ih", "I2": "ih", "I#": "ih", "y": "uw", "Y": "uh", "Y:": "er", "e": "eh",
    "E": "eh", "E#": "eh", "&": "ae", "a": "aa", "a#": "ax", "A": "aa", "0": "aa", "O": "ao", "o": "ao",
    "u": "uw", "u-": "uw", "U": "uh", "V": "ah", "W": "er", "3": "er", "3:": "er", "@": "ax",
    "@2": "ax", "@L": "ax l", "8": "uh", "1": "ih", "i-": "ih",
    # diphthongs
    "aI": "ay", "ai": "ay", "aI@": "ay ax", "aI3": "ay er", "aU": "aw", "Au": "aw", "au": "aw",
    "aU@": "aw ax", "&U": "aw", "eI": "ey", "ei": "ey", "oU": "ow", "o-U": "ow", "@U": "ow", "OI": "oy",
    "oi": "oy", "OY": "oy", "e@": "eh r", "i@": "ih ax", "I@": "ih ax", "U@": "uh ax", "u@": "uh ax",
    "O@": "ao r", "o@": "ao r", "A@": "aa r", "i@3": "ih r", "Wy": "ay", "EI": "ey", "uo": "uh ao",
    "ie": "iy eh", "ia": "iy aa", "ua": "uw aa",
}  # fmt: skip

# Where a language uses a letter for another sound than the table's.
_OVERRIDES: dict[str, dict[str, str]] = {
    "pl": {"y": "ih"},
    "nl": {"Q": "g"},
}

_LONGEST = max(map(len, _TABLE))
_SWITCH = re.compile(r"^\([a-z-]+\)")


@lru_cache(maxsize=4096)
def arpabet(mnemonic: str, language: str = "") -> tuple[tuple[str, ...], int]:
    """Phones for one phone event, and its stress (0–2).

    Pauses give silence; boundaries, glottal stops and switches of language nothing; what is not known a
    schwa.
    """
    stress = {"'": 1, ",": 2}.get(mnemonic[:1], 0)
    name = _SWITCH.sub("", mnemonic.lstrip("',%="))
    if name in ("_", "_:", "_::"):
        return (SILENCE,), 0
    if not name.strip(";?:") or name.startswith("_"):
        return (), 0
    own = _OVERRIDES.get(language, {})
    phones: list[str] = []
    while name:
        for size in range(min(_LONGEST, len(name)), 0, -1):
            found = own.get(name[:size], _TABLE.get(name[:size]))
            if found is not None:
                phones += found.split()
                name = name[size:]
                break
        else:
            name = name[1:]
    return tuple(phones) or ("ax",), stress
