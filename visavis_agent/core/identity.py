"""Whom a visitor would like to talk to: a wish read out of a text, and the choice by attributes.

The choice is that of MAVAGEN (section 3.2): only who has the wished presentation, of them who is nearest in age,
and of several equally near ones one at random.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

FEMININE, MASCULINE, NEUTRAL = "feminine", "masculine", "neutral"
HUMAN, ROBOT = "human", "robot"
LONGEST_DESCRIPTION = 2_000
OLDEST = 120


class Attributes(Protocol):
    """What an avatar file says about whom it shows."""

    @property
    def kind(self) -> str: ...
    @property
    def presentation(self) -> str: ...
    @property
    def age(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom somebody wants.

    Attributes:
        kind: `human` or `robot`.
        presentation: `feminine` or `masculine`; empty: either.
        age: years; None: any.
    """

    kind: str = HUMAN
    presentation: str = ""
    age: int | None = None

    @property
    def anybody(self) -> bool:
        """Whether any other human will do."""
        return self == Wish()


# ------------------------------------------------------------------------------------------------ reading a wish
_NOUNS: dict[str, Wish] = {
    **dict.fromkeys(("woman", "women", "lady", "female", "feminine", "madam"), Wish(presentation=FEMININE)),
    **dict.fromkeys(("man", "men", "gentleman", "male", "masculine", "guy", "bloke", "fellow"), Wish(HUMAN, MASCULINE)),
    "girl": Wish(presentation=FEMININE, age=18),
    "boy": Wish(presentation=MASCULINE, age=18),
    **dict.fromkeys(("grandmother", "grandma", "granny"), Wish(presentation=FEMININE, age=70)),
    **dict.fromkeys(("grandfather", "grandpa", "granddad"), Wish(presentation=MASCULINE, age=70)),
    **dict.fromkeys(("teenager", "teen"), Wish(age=16)),
    **dict.fromkeys(("student",), Wish(age=22)),
    **dict.fromkeys(("pensioner", "senior"), Wish(age=70)),
    **dict.fromkeys(("robot", "android", "machine"), Wish(kind=ROBOT)),
    **dict.fromkeys(("person", "somebody", "someone", "human", "colleague", "face", "one"), Wish()),
}
_AGES = {
    "young": 22, "younger": 20, "youthful": 20, "youngish": 25, "adult": 35, "mature": 50, "old": 70, "older": 65,
    "elder": 65, "elderly": 75, "aged": 70, "retired": 68,
}  # fmt: skip
_UNITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
          "seventeen eighteen nineteen").split()  # fmt: skip
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_DECADES = {word[:-1] + "ies": 10 * k for k, word in enumerate(_TENS, 2)}
_IN_DECADE = {"early": 2, "mid": 5, "middle": 5, "late": 8}
_FILLERS = frozenset(
    (
        "a",
        "an",
        "the",
        "another",
        "some",
        "other",
        "different",
        "else",
        "very",
        "rather",
        "quite",
        "bit",
        "little",
        "much",
    )
    + (
        "real",
        "nice",
        "kind",
        "friendly",
        "who",
        "is",
        "s",
        "of",
        "about",
        "around",
        "roughly",
        "approximately",
        "year",
    )
    + ("years", "yr", "yrs", "in", "her", "his", "their", "early", "mid", "middle", "late", "aged", "age", "and", "or")
    + ("with", "that", "maybe", "perhaps", "please", "almost", "nearly", "over", "under", "hundred")
)
_NOT = frozenset(("not", "no", "never", "neither", "nor", "without", "except", "than"))
_WORD = re.compile(r"\d+|[^\W\d_]+")


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text[:LONGEST_DESCRIPTION]).lower()
    plain = re.sub(r"\b(do|does|did|would|ca|can|wo|is|should)n['’]?t\b|\bcannot\b", " not ", plain)
    return _WORD.findall(plain)


def read_wish(text: str) -> Wish | None:
    """The person that a text describes ("a 30-year-old woman", "somebody older"); None: it describes nobody.

    What is said not to be wanted does not count. Of two presentations ("a man or a woman") neither is held to.
    """
    tokens = _tokens(text)
    found: list[Wish] = []
    for place, token in enumerate(tokens):
        noun = _NOUNS.get(token)
        if noun is not None and not _denied(tokens, place):
            found.append(noun)
    described = [wish for wish in found if not wish.anybody]
    age, used = _age(tokens)
    if not described and age is None:
        return Wish() if found and _else(tokens) else None
    if not found and not used:
        return None
    kinds = {wish.kind for wish in described} or {HUMAN}
    sides = {wish.presentation for wish in described} - {""}
    if age is None:
        age = next((wish.age for wish in described if wish.age is not None), None)
    kind = ROBOT if kinds == {ROBOT} else HUMAN
    return Wish(kind, sides.pop() if len(sides) == 1 else "", age if kind == HUMAN else None)


def _else(tokens: list[str]) -> bool:
    return any(word in tokens for word in ("else", "other", "another", "different"))


def _denied(tokens: list[str], place: int) -> bool:
    """Whether a word that says no stands before the noun, with nothing but fillers and ages between."""
    for token in reversed(tokens[max(0, place - 6) : place]):
        if token in _NOT:
            return True
        if token not in _FILLERS and token not in _AGES and token not in ("to", "with") and not token.isdigit():
            return False
    return False


def _age(tokens: list[str]) -> tuple[int | None, bool]:
    """The age in a text, and whether it was said in a way that only ages have ("30 years old", "in her thirties")."""
    for place, token in enumerate(tokens):
        after = tokens[place + 1 : place + 3]
        number, length = _number(tokens, place)
        if number is not None and 1 <= number <= OLDEST:
            tail = tokens[place + length : place + length + 2]
            before = tokens[place - 1] if place else ""
            if tail[:1] and tail[0] in ("year", "years", "yr", "yrs"):
                return number, True
            if tail[:1] == ["s"] and number % 10 == 0:
                return number + _IN_DECADE.get(before, 5), True
            if before in ("aged", "age", "about", "around", "roughly", "is") or (tail and tail[0] in _NOUNS):
                return number, before in ("aged", "age")
        if token in _DECADES:
            return _DECADES[token] + _IN_DECADE.get(tokens[place - 1] if place else "", 5), True
        if token in ("middle", "mid") and after[:1] in (["aged"], ["age"]):
            return 45, True
    for place, token in enumerate(tokens):
        if token in _AGES and not _denied(tokens, place) and not _measured(tokens, place):
            return _AGES[token], False
    return None, False


def _measured(tokens: list[str], place: int) -> bool:
    return tokens[place] == "old" and place > 0 and tokens[place - 1] in ("year", "years", "yr", "yrs", "how")


def _number(tokens: list[str], place: int) -> tuple[int | None, int]:
    """A number at a place, in digits or words up to ninety-nine, and how many tokens it takes."""
    token = tokens[place]
    if token.isdecimal() and token.isascii():
        return (int(token), 1) if len(token) <= 3 else (None, 1)
    if token in _TENS:
        ten = 10 * (_TENS.index(token) + 2)
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        unit = _UNITS.index(following) if following in _UNITS[1:10] else 0
        return ten + unit, 2 if unit else 1
    return (_UNITS.index(token), 1) if token in _UNITS else (None, 1)


_PLAIN = _FILLERS | _NOT | {*_AGES, *_NOUNS, *_DECADES, *_UNITS, *_TENS}
_PLAIN |= set("instead now today here to talk speak chat thanks thank you i could can may".split())
_CUE = re.compile(
    r"\b(?:talk|speak|chat)\b(?: (?:to|with|instead))?"
    r"|\b(?:switch|change|swap)\b(?: (?:to|into|for))?|\b(?:show|give|get|bring|send|fetch|call)\b(?: me)?"
    r"|\b(?:prefer|want|like|rather|have|see|be|become|there)\b"
)


def read_request(text: str) -> Wish | None:
    """The person whom a text asks for ("I would like to talk to an older man"); None: it asks for nobody.

    Stricter than `read_wish`: a word of asking must stand right before the description, and the description must
    end the sentence, so that "I want a ticket for a man of sixty" is no request for a man.
    """
    tokens = _tokens(text)
    line = " ".join(tokens)
    for cue in _CUE.finditer(line):
        rest = line[cue.end() :].split()
        before = line[: cue.start()].split()[-4:]
        if not rest or any(word in _NOT for word in before):
            continue
        spoken = cue.group().split()[0]
        heads = ("talk", "speak", "chat", "switch", "change", "swap")
        if spoken not in heads and rest[0] in ("to", "for", "from", "at"):
            continue
        if spoken == "like" and not {"would", "d"} & set(before):
            continue
        known = all(word in _PLAIN or word.isdigit() for word in rest)
        wish = read_wish(" ".join(rest)) if known else None
        if wish is not None:
            return wish
    return None


# ------------------------------------------------------------------------------------------------------- choosing
def fitting(cast: Mapping[str, Attributes], wish: Wish, present: str = "") -> list[str]:
    """Names of those who fit a wish best, sorted; none if nobody has the wished kind and presentation.

    Args:
        cast: everybody there is, by name.
        wish: who is wanted.
        present: who is there now; counts only if the wish says nothing but "somebody else".
    """
    names = sorted(name for name, who in cast.items() if who.kind == wish.kind)
    if wish.presentation:
        names = [name for name in names if cast[name].presentation == wish.presentation]
    if wish.anybody and present in names and len(names) > 1:
        names.remove(present)
    if wish.age is None or not names:
        return names
    gaps = {name: abs((cast[name].age or -10 * OLDEST) - wish.age) for name in names}
    return [name for name in names if gaps[name] == min(gaps.values())]


def choose(cast: Mapping[str, Attributes], wish: Wish, rng: np.random.Generator, present: str = "") -> str | None:
    """One of those who fit best, all equally likely; None if nobody fits."""
    names = fitting(cast, wish, present)
    return names[int(rng.integers(len(names)))] if names else None
