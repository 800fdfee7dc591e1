"""Written text into tokens that a voice can say; every token keeps what was written and where.

Figures, symbols and short forms are put into words here for English (speech/english.py). Other languages go
to their engine as they are written: espeak-ng reads figures in each of its languages with the right
grammar; only dates, units and short forms of some are put into words (speech/foreign.py).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from visavis_agent.speech.english import Reading, cardinal, digits, find
from visavis_agent.speech.english_tables import SYMBOLS
from visavis_agent.speech.foreign import in_words, short_form
from visavis_agent.speech.voices import Token, language

LONGEST_WORD = 30

_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "‐": "-", "‑": "-"})
_ENDINGS = {
    ",": ",", ";": ";", ":": ":", ".": ".", "?": "?", "!": "!", "…": ".", "—": ",", "–": ",", "。": ".",
    "，": ",", "、": ",", "？": "?", "！": "!", "；": ";", "：": ":", "؟": "?", "،": ",", "؛": ";", "।": ".",
    "¿": "", "¡": "",
}  # fmt: skip
_FOREIGN_SYMBOLS = "%&+=§€$£¥"
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "th", "þ": "th", "ı": "i"}
_MARKS = re.compile(r"[*`~_#|\\<>{}\[\]\"^•·]+")
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*|\d+")
_SPOKEN_SYMBOL = re.compile(r"[&+=@%×€$£°§](?!\S*\d)|[±≈π∞‰]")
# Scripts that are written without blanks between words: each character is a token of its own.
_UNSPACED = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f]")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Tokens in the order of the text, and the scripts whose letters no token could take."""

    tokens: tuple[Token, ...]
    unspoken: frozenset[str] = frozenset()

    @property
    def speakable(self) -> bool:
        return any(token.spoken for token in self.tokens)

    @property
    def ending(self) -> str:
        """The punctuation that the text ends with."""
        return self.tokens[-1].punctuation if self.tokens else ""


def clean(text: str) -> str:
    """Same length, with blanks for control, private and unpaired characters."""
    return "".join(map(_clean_character, text))


@lru_cache(maxsize=4096)
def _clean_character(character: str) -> str:
    return " " if unicodedata.category(character) in ("Cc", "Co", "Cs", "Cn") else character


def normalise(text: str, locale: str = "en") -> Normalised:
    """Tokens of a clause.

    English comes out in ASCII words without figures. Markdown and emoji are never spoken. Letters that
    English voices have no sound for are left out and their scripts named.
    """
    shown = clean(text)
    text = shown.translate(_PLAIN)
    unspoken: set[str] = set()
    english = language(locale) == "en"
    readings = find(text, locale) if english else []
    tokens: list[Token] = []
    before = ""
    for start, end, inside in _groups(text, readings, english):
        written = shown[start:end]
        part = (text, start, end)
        after = inside[-1].end if inside else start
        ending = _ending(text[max(start, after) : end])
        joined = bool(start and not text[start - 1].isspace())
        if english:
            tokens.append(Token(written, _english(*part, inside, unspoken), ending))
            continue
        bare = _foreign(text[start:end])
        words = short_form(bare, language(locale)) if ending == "." else None
        if words is not None and end < len(text.rstrip()):
            ending = ""  # the full stop is the short form's
        words = words if words is not None else in_words(bare, before, language(locale))
        tokens.append(Token(written, bare if words is None else words, ending, joined))
        before = bare
    return Normalised(_with_pauses(tokens), frozenset(unspoken))


def _groups(text: str, readings: list[Reading], english: bool) -> list[tuple[int, int, list[Reading]]]:
    """Blank-separated stretches, joined where a reading spans several, with the readings inside each."""
    groups: list[tuple[int, int, list[Reading]]] = []
    queue = list(reversed(readings))
    for match in re.finditer(r"\S+", text):
        start, end = match.span()
        if groups and groups[-1][2] and groups[-1][2][-1].end > start:
            start, _, inside = groups.pop()
        else:
            inside = []
        while queue and queue[-1].start < end:
            inside.append(queue.pop())
        groups.append((start, end, inside))
    return groups if english else [(a, b, []) for start, end, _ in groups for a, b in _unspaced(text, start, end)]


def _unspaced(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """One span per character of scripts without blanks, closing punctuation with the character before it."""
    cuts = [start]
    for i in range(start + 1, end):
        starts_here = _UNSPACED.match(text[i]) or _UNSPACED.match(text[i - 1])
        if starts_here and text[i] not in _ENDINGS and not unicodedata.combining(text[i]):
            cuts.append(i)
    return list(zip(cuts, cuts[1:] + [end], strict=True))


def _english(text: str, start: int, end: int, inside: list[Reading], unspoken: set[str]) -> str:
    words: list[str] = []
    position = start
    for reading in inside:
        words += _words(text[position : reading.start], unspoken)
        words += _words(reading.words, unspoken)
        position = reading.end
    words += _words(text[position:end], unspoken)
    return " ".join(words)


def _words(text: str, unspoken: set[str]) -> list[str]:
    """ASCII words of a stretch without readings."""
    text = _SPOKEN_SYMBOL.sub(lambda m: f" {SYMBOLS[m[0]]} ", text)
    return [
        part
        for word in _WORD.findall(_fold(text, unspoken))
        for part in _bounded(digits(word) if word.isdigit() and len(word) > 15 else _plain_word(word))
    ]


def _plain_word(word: str) -> str:
    return cardinal(word) if word.isdigit() else word


def _bounded(word: str) -> list[str]:
    """The word in pieces that an engine can take."""
    pieces = word.split()
    return [piece[i : i + LONGEST_WORD].strip("'") for piece in pieces for i in range(0, len(piece), LONGEST_WORD)]


def _fold(text: str, unspoken: set[str]) -> str:
    """Latin letters without their marks; other scripts are left out and named."""
    if text.isascii():
        return text
    folded = []
    for character in unicodedata.normalize("NFKD", "".join(map(_latin, text))):
        if character.isascii():
            folded.append(character)
        elif unicodedata.category(character)[0] == "L":
            unspoken.add(_script(character))
            folded.append(" ")
        elif unicodedata.category(character)[0] not in "MC":
            folded.append(" ")
    return "".join(folded)


def _latin(character: str) -> str:
    """Letters that Unicode does not take apart, as they are written without their strokes and ligatures."""
    plain = _LETTERS.get(character.lower(), character)
    return plain.capitalize() if character.isupper() else plain


@lru_cache(maxsize=1024)
def _script(character: str) -> str:
    """First word of the character's Unicode name, which for letters is its script ("CYRILLIC", "CJK")."""
    return unicodedata.name(character, "UNKNOWN").split()[0].split("-")[0].capitalize()


def _foreign(written: str) -> str:
    """What is written without markdown, symbols and invisible characters; words of any length are cut."""
    kept = "".join(c for c in _MARKS.sub(" ", written) if unicodedata.category(c) not in ("Cf", "So", "Sk") or c == "°")
    if not any(c.isalnum() or c in _FOREIGN_SYMBOLS for c in kept):
        return ""
    bare = kept.strip("".join(_ENDINGS) + "()' ")
    return " ".join(bare[i : i + 2 * LONGEST_WORD] for i in range(0, len(bare), 2 * LONGEST_WORD))


def _ending(tail: str) -> str:
    """The phrase mark in what follows the last word of a token."""
    closing = re.search(r"[^\w\s]+$", tail)
    marks = [_ENDINGS[c] for c in (closing[0] if closing else "") if _ENDINGS.get(c)]
    for strong in "?!.;:":
        if strong in marks:
            return strong
    return marks[-1] if marks else ""


def _with_pauses(tokens: list[Token]) -> tuple[Token, ...]:
    """Phrase marks that stand alone go to the word before; brackets make pauses."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if out and not out[-1].punctuation and out[-1].spoken:
            mark = token.punctuation if not token.spoken else "," if token.written.startswith("(") else ""
            if mark:
                out[-1] = _punctuated(out[-1], mark)
        if not token.punctuation and token.written.endswith(")"):
            token = _punctuated(token, ",")
        if index == len(tokens) - 1 and not token.punctuation and token.written.endswith("."):
            token = _punctuated(token, ".")
        out.append(token)
    return tuple(out)


def _punctuated(token: Token, mark: str) -> Token:
    return Token(token.written, token.spoken, mark, token.joined)
