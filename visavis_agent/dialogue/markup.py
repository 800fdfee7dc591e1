"""Inline markup of persona texts, and the clauses in which a text is handed to the voice.

`<gesture wave>` starts a gesture at the next character; `<set expression(joy)>` sets the emotion from there
to the end of the text. Neither is ever spoken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.gestures import GESTURES
from visavis_agent.core.records import GestureMark

_TAG = re.compile(r"<([^<>]*)>")
_GESTURE = re.compile(r"gesture ([a-z_]+)")
_EXPRESSION = re.compile(r"set expression\(([a-z]+)\)")
# A full stop after a single letter ("T. rex") or a title ends no sentence.
_SENTENCE_END = re.compile(r"(?<!\b[A-Za-z])(?<!\b[DMS]r)(?<!\bMrs)(?<!\bNo)[.!?…]+[\"'”’)]*\s+")
_PAUSE = re.compile(r"[,;:–—]\s+")
FIRST_CLAUSE = 45
SHORTEST_CLAUSE = 12
LONGEST_CLAUSE = 180


@dataclass(frozen=True, slots=True)
class Clause:
    """What the voice gets at once.

    Attributes:
        text: plain, without markup.
        emotion: label of EMOTIONS, or empty for the agent's own.
        gestures: with characters counted in `text`.
    """

    text: str
    emotion: str = ""
    gestures: tuple[GestureMark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Marked:
    text: str
    gestures: tuple[GestureMark, ...]
    emotions: tuple[tuple[int, str], ...]


def plain(text: str) -> str:
    """The text without markup."""
    return _read(text).text


def defuse(text: str) -> str:
    """A visitor's words made safe to quote: nothing in them can be taken for markup."""
    return text.replace("<", " ").replace(">", " ")


def check_markup(text: str, where: str) -> None:
    """Refuse markup that is unknown or not closed.

    Raises:
        ConfigurationError: with the offending piece, and what is allowed.
    """
    for tag in _TAG.findall(text):
        gesture, expression = _GESTURE.fullmatch(tag), _EXPRESSION.fullmatch(tag)
        if gesture and gesture[1] not in GESTURES:
            raise ConfigurationError(f"unknown gesture {gesture[1]!r}", where, f"Allowed: {', '.join(GESTURES)}")
        if expression and expression[1] not in EMOTIONS:
            raise ConfigurationError(f"unknown expression {expression[1]!r}", where, f"Allowed: {', '.join(EMOTIONS)}")
        if not gesture and not expression:
            remedy = "Allowed: <gesture NAME> and <set expression(NAME)>"
            raise ConfigurationError(f"unknown markup <{tag}>", where, remedy)
    if "<" in _TAG.sub("", text) or ">" in _TAG.sub("", text):
        raise ConfigurationError("a < or > without its partner", where, "Close the markup, or leave the sign out")


def clauses(text: str) -> tuple[Clause, ...]:
    """The text in clauses: the first one short, so that the voice can begin; then sentence by sentence."""
    marked = _read(text)
    cuts = [0, *_cuts(marked.text), len(marked.text)]
    out = []
    for start, end in pairwise(cuts):
        piece = marked.text[start:end]
        if piece.strip():
            out.append(_clause(marked, start, end))
    return tuple(out)


def _clause(marked: _Marked, start: int, end: int) -> Clause:
    text = marked.text[start:end].strip()
    last = end >= len(marked.text)
    gestures = tuple(
        GestureMark(mark.name, min(mark.character - start, max(len(text) - 1, 0)))
        for mark in marked.gestures
        if start <= mark.character < end or (last and mark.character >= end)
    )
    emotion = next((label for place, label in reversed(marked.emotions) if place < end), "")
    return Clause(text, emotion, gestures)


def _read(text: str) -> _Marked:
    """Separates text and markup; white space is made single, pieces that are no markup stay text."""
    out = ""
    gestures: list[GestureMark] = []
    emotions: list[tuple[int, str]] = []
    for piece in re.split(r"(<[^<>]*>)", text):
        gesture, expression = _GESTURE.fullmatch(piece[1:-1]), _EXPRESSION.fullmatch(piece[1:-1])
        if gesture and piece[0] == "<":
            gestures.append(GestureMark(gesture[1], len(out)))
        elif expression and piece[0] == "<":
            emotions.append((len(out), expression[1]))
        else:
            piece = re.sub(r"\s+", " ", piece)
            out += piece.lstrip() if not out or out.endswith(" ") else piece
    return _Marked(out.rstrip(), tuple(gestures), tuple(emotions))


def _cuts(text: str) -> list[int]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    sentences = list(zip([0, *ends], [*ends, len(text)], strict=True))
    cuts = ends[:]
    for number, (start, end) in enumerate(sentences):
        longest = FIRST_CLAUSE if number == 0 else LONGEST_CLAUSE
        while end - start > longest:
            cut = _pause(text, start, end, longest)
            if cut is None:
                break
            cuts.append(cut)
            start = cut
            longest = LONGEST_CLAUSE
    return sorted(cuts)


def _pause(text: str, start: int, end: int, longest: int) -> int | None:
    """Where to cut text[start:end]: the last pause within `longest`, else the first; none near the ends."""
    pauses = [match.end() for match in _PAUSE.finditer(text, start, end)]
    pauses = [cut for cut in pauses if cut - start >= SHORTEST_CLAUSE and end - cut >= SHORTEST_CLAUSE]
    within = [cut for cut in pauses if cut - start <= longest]
    return within[-1] if within else (pauses[0] if pauses else None)
