"""A plan's clause as the voice works through it: units that are said in one go, with what belongs to each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import GestureMark, Lane, SpeechPlan
from visavis_agent.speech.clauses import split
from visavis_agent.speech.markup import Parsed, parse

# Up to here a sentence is said as a whole, which its melody needs (about 12 s); the first one is cut
# earlier, so that the voice is heard after the synthesis of 5 s of sound at most.
LONGEST_UNIT = 200
LONGEST_FIRST_UNIT = 80


@dataclass(frozen=True, slots=True)
class Unit:
    """What is synthesised in one job.

    Attributes:
        text: without markup; empty for a pause, a gesture in silence, or the end of an empty reply.
        caption: the whole clause as written, in its first unit; else empty.
        gestures: at characters of `text`.
        silence_s: before the text.
        last: ends the reply.
    """

    id: ReplyId
    lane: Lane
    clause: int
    text: str
    locale: str
    emotion: Emotion
    caption: str = ""
    gestures: tuple[GestureMark, ...] = ()
    silence_s: float = 0.0
    last: bool = False


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a clause, the expression that `<set …>` left behind for the rest of the reply, and notes."""

    units: tuple[Unit, ...]
    expression: Emotion | None
    notes: tuple[str, ...]


def units_of(plan: SpeechPlan, first: bool, expression: Emotion | None) -> Units:
    """Cut a clause at its markup and its sentence ends.

    Args:
        first: nothing of the reply was said before.
        expression: what an earlier clause of the reply has set; it overrides the plan's emotion.
    """
    parsed = parse(plan.text)
    marks = [GestureMark(mark.name, parsed.place(mark.character)) for mark in plan.gestures]
    gestures = deque(sorted([*marks, *parsed.gestures], key=lambda mark: mark.character))
    expressions = deque(parsed.expressions)
    blank = Unit(plan.id, plan.lane, plan.clause, "", plan.locale, plan.emotion)
    units: list[Unit] = []
    for start, end, silence in _runs(parsed):
        while expressions and expressions[0][0] <= start:
            expression = expressions.popleft()[1]
        unit = replace(blank, emotion=expression or plan.emotion)
        limit = LONGEST_FIRST_UNIT if first and not units else LONGEST_UNIT
        spans = [(start + a, start + b) for a, b in split(parsed.text[start:end], LONGEST_UNIT, limit)]
        if not spans and silence:
            units.append(replace(unit, silence_s=silence))
        for number, (a, b) in enumerate(spans):
            until = spans[number + 1][0] if number + 1 < len(spans) else end
            own = _take(gestures, until, a)
            units.append(replace(unit, text=parsed.text[a:b], gestures=own, silence_s=0.0 if number else silence))
    units = _finished(units, blank, parsed.text.strip(), gestures, plan.last)
    return Units(tuple(units), expressions[-1][1] if expressions else expression, parsed.notes)


def _finished(units: list[Unit], blank: Unit, caption: str, late: Iterable[GestureMark], last: bool) -> list[Unit]:
    """With the caption at the start, late gestures and the mark of the reply's end at the end."""
    if not units and (late or last):
        units = [blank]
    if not units:
        return []
    units[0] = replace(units[0], caption=caption)
    end = units[-1]
    gestures = end.gestures + tuple(GestureMark(mark.name, len(end.text)) for mark in late)
    units[-1] = replace(end, gestures=gestures, last=last)
    return units


def _runs(parsed: Parsed) -> list[tuple[int, int, float]]:
    """Stretches of text between breaks and changes of expression: start, end, silence before, s."""
    silences: dict[int, float] = {}
    for place, seconds in parsed.breaks:
        silences[place] = silences.get(place, 0.0) + seconds
    cuts = sorted({0, *silences, *(place for place, _ in parsed.expressions)})
    ends = [*cuts[1:], len(parsed.text)]
    return [(start, end, silences.get(start, 0.0)) for start, end in zip(cuts, ends, strict=True)]


def _take(gestures: deque[GestureMark], end: int, origin: int) -> tuple[GestureMark, ...]:
    """Take the gestures before character `end`; their characters count from `origin`."""
    own = []
    while gestures and gestures[0].character < end:
        mark = gestures.popleft()
        own.append(GestureMark(mark.name, max(0, mark.character - origin)))
    return tuple(own)
