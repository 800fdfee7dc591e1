"""Inline markup: `<set expression(happy)>`, `<gesture wave>`, `<break 300ms>`. None of it is ever spoken.

Models write markup badly, so nothing here is an error: what looks like a tag and is none is left out and
    noted. A
"<" that starts no tag ("3 < 4", "I <3 you") is text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.gestures import GESTURES
from visavis_agent.core.records import GestureMark

DEFAULT_BREAK_S = 0.3
LONGEST_BREAK_S = 10.0
DEFAULT_INTENSITY = 0.7
_MOST_NOTES = 5

_ALIASES = {
    "happy": "joy", "happiness": "joy", "joyful": "joy", "smile": "joy", "excited": "joy",
    "sad": "sadness", "sorry": "sadness", "angry": "anger", "afraid": "fear", "fearful": "fear",
    "scared": "fear", "worried": "fear", "surprised": "surprise", "amazed": "surprise",
    "disgusted": "disgust", "calm": "neutral", "none": "neutral",
} | {label: label for label in EMOTIONS}  # fmt: skip

# A closed tag; or a known one whose ">" is missing, up to its first argument.
_TAG = re.compile(
    r"<\s?/?(?P<known>set|gesture|break)\b(?P<known_rest>[^<>\n]{0,200})>"
    r"|</?(?P<name>[A-Za-z][\w-]*)(?P<rest>[^<>\n]{0,200})>"
    r"|<\s?/?(?P<open>set|gesture|break)\b(?P<open_rest>[ \t]*[\w(),.]*)",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(r"expression\s*[(=:\s]\s*['\"]?([a-z]+)['\"]?\s*(?:,\s*(\d*\.?\d+))?", re.IGNORECASE)
_DURATION = re.compile(r"(?:time\s*=\s*)?['\"]?(\d{1,6}(?:\.\d{1,6})?)\s*(ms|s)?\b", re.IGNORECASE)
_GESTURE = re.compile(r"\(?\s*(?:name\s*=\s*)?['\"]?([A-Za-z][\w-]{0,40})")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text without its markup; all positions are characters of `text`.

    Attributes:
        breaks: where to be silent, and for how many seconds.
        expressions: from where on which emotion is shown.
        notes: what could not be understood, in words for people.
    """

    text: str
    gestures: tuple[GestureMark, ...] = ()
    breaks: tuple[tuple[int, float], ...] = ()
    expressions: tuple[tuple[int, Emotion], ...] = ()
    notes: tuple[str, ...] = ()
    _places: tuple[tuple[int, int], ...] = ()

    def place(self, raw: int) -> int:
        """Where in `text` a character of the text with markup is; one of a tag is where the tag was."""
        index = bisect_right(self._places, (raw, len(self.text))) - 1
        if index < 0:
            return 0
        start, place = self._places[index]
        following = self._places[index + 1][1] if index + 1 < len(self._places) else len(self.text)
        return min(place + raw - start, following)


class _Reader:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.gestures: list[GestureMark] = []
        self.breaks: list[tuple[int, float]] = []
        self.expressions: list[tuple[int, Emotion]] = []
        self.notes: list[str] = []
        self.places: list[tuple[int, int]] = []

    def text(self, raw: int, part: str) -> None:
        if part[:1] == " " and (not self.parts or self.parts[-1][-1:] == " "):
            raw, part = raw + 1, part[1:]
        if part:
            self.places.append((raw, self.length))
            self.parts.append(part)
            self.length += len(part)

    def tag(self, name: str, rest: str) -> None:
        read = {"set": self._set, "gesture": self._gesture, "break": self._break}.get(name)
        if read is None:
            self.notes.append(f"unknown markup <{name}> was left out")
        elif not read(rest):
            self.notes.append(f"markup <{name}{rest}> could not be understood and was left out")

    def _set(self, rest: str) -> bool:
        match = _EXPRESSION.search(rest)
        label = _ALIASES.get(match[1].lower()) if match else None
        if match is None or label is None:
            return False
        intensity = min(1.0, float(match[2])) if match[2] else DEFAULT_INTENSITY
        intensity = 0.0 if label == "neutral" else intensity
        self.expressions.append((self.length, Emotion.of({label: 1.0}, intensity=intensity, confidence=1.0)))
        return True

    def _gesture(self, rest: str) -> bool:
        match = _GESTURE.match(rest.strip())
        name = match[1].lower().replace("-", "_") if match else ""
        if name in GESTURES:
            self.gestures.append(GestureMark(name, self.length))
        return name in GESTURES

    def _break(self, rest: str) -> bool:
        if not rest.strip(" /"):
            self.breaks.append((self.length, DEFAULT_BREAK_S))
            return True
        match = _DURATION.match(rest.strip())
        if match is None:
            return False
        seconds = float(match[1]) * (1.0 if (match[2] or "ms").lower() == "s" else 0.001)
        self.breaks.append((self.length, min(seconds, LONGEST_BREAK_S)))
        return True


def parse(text: str) -> Parsed:
    """Take the markup out of a text."""
    reader = _Reader()
    position = 0
    for match in _TAG.finditer(text):
        reader.text(position, text[position : match.start()])
        name = match["known"] or match["name"] or match["open"]
        reader.tag(name.lower(), match["known_rest"] or match["rest"] or match["open_rest"] or "")
        position = match.end()
    reader.text(position, text[position:])
    notes = tuple(dict.fromkeys(reader.notes))
    if len(notes) > _MOST_NOTES:
        notes = (*notes[:_MOST_NOTES], f"{len(notes) - _MOST_NOTES} more such mistakes in the markup")
    return Parsed(
        "".join(reader.parts),
        tuple(reader.gestures),
        tuple(reader.breaks),
        tuple(reader.expressions),
        notes,
        tuple(reader.places),
    )
