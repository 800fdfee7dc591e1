"""Where a text is cut into clauses: at sentence ends, and inside long sentences before a limit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from visavis_agent.speech.english_tables import ABBREVIATIONS

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s|$)|[。！？؟।]|\n\s*\n?")
_PHRASE_END = re.compile(r"[,;:—–](?=\s)|[，、；：،]|\s[—–-](?=\s)")
_LAST_WORD = re.compile(r"(\S{1,12})$")
_INITIAL = re.compile(r"\(?[A-Z]\.")
_DOTTED = re.compile(r"\(?(?:[A-Za-z]\.){2,}")


def split(text: str, limit: int, first_limit: int) -> list[tuple[int, int]]:
    """Spans [start, end) of the clauses of `text`, without blanks at their ends, none longer than its limit.

    Args:
        limit: characters; sentences up to here stay whole.
        first_limit: the same for the first clause, shorter, because it decides when the voice is first heard.
    """
    spans: list[tuple[int, int]] = []
    for start, end in _sentences(text):
        while end - start > (size := limit if spans else first_limit):
            cut = _cut(text, start, start + size)
            spans.append((start, cut))
            start = cut
        spans.append((start, end))
    return [span for span in (_stripped(text, *span) for span in spans) if span[0] < span[1]]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match[0].startswith(".") and len(match[0]) == 1 and _short_form(text, match.end()):
            continue
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _short_form(text: str, end: int) -> bool:
    """Whether the full stop before `end` belongs to "Dr.", "J." or "a.m. and" rather than to the sentence."""
    word = _LAST_WORD.search(text, max(0, end - 13), end)
    following = text[end : end + 2].strip()
    if word is None or not following:
        return False
    if _INITIAL.fullmatch(word[1]) or word[1].lower() in ABBREVIATIONS:
        return True
    return bool(_DOTTED.fullmatch(word[1])) and not following[0].isupper()


def _cut(text: str, start: int, end: int) -> int:
    """The best place to cut [start, end): the last phrase mark, else the last blank, else `end`."""
    earliest = start + (end - start) // 4
    phrase = 0
    for match in _PHRASE_END.finditer(text, earliest, end):
        phrase = match.end()
    if phrase:
        return phrase
    blank = max(text.rfind(character, earliest, end) for character in " \n\t")
    return blank + 1 if blank >= earliest else end


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
