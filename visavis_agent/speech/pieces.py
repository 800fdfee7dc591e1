"""Sound with its marks cut into pieces for the queue between speech and the sink."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import GestureCue, GestureMark, PhoneMark, WordMark
from visavis_agent.speech.voices import Pcm, Speech

LONGEST_PIECE_S = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Samples [start, start + n) of a unit and the marks that begin there, counted from the unit's start."""

    start: int
    pcm: Pcm
    phones: tuple[PhoneMark, ...] = ()
    words: tuple[WordMark, ...] = ()
    gestures: tuple[GestureCue, ...] = ()


def joined(parts: Sequence[Speech], rate: int) -> Speech:
    """One after the other; silences that meet become one."""
    phones: list[PhoneMark] = []
    words: list[WordMark] = []
    start = 0
    for part in parts:
        for mark in part.phones:
            moved = replace(mark, start=start + mark.start, end=start + mark.end)
            if phones and phones[-1].phone == moved.phone == SILENCE:
                phones[-1] = replace(phones[-1], end=moved.end)
            else:
                phones.append(moved)
        words += [WordMark(mark.text, start + mark.start, start + mark.end) for mark in part.words]
        start += len(part.pcm)
    return Speech(np.concatenate([part.pcm for part in parts]), rate, tuple(phones), tuple(words))


def cues(gestures: Sequence[GestureMark], text: str, words: Sequence[WordMark], end: int) -> list[GestureCue]:
    """Each gesture at the start of the word that its character of `text` is in or before, or at `end`."""
    ends: list[int] = []
    place = 0
    for word in words:
        found = text.find(word.text, place)
        place = (found if found >= 0 else place) + len(word.text)
        ends.append(place)
    placed = []
    for mark in gestures:
        index = bisect_right(ends, mark.character)
        placed.append(GestureCue(mark.name, words[index].start if index < len(words) else end))
    return placed


def cut(speech: Speech, gestures: Sequence[GestureCue] = ()) -> list[Piece]:
    """Pieces of at most 200 ms, at least one.

    They are cut at phone boundaries where there is one, so that a phone comes together with its whole sound.
    """
    longest = max(1, int(LONGEST_PIECE_S * speech.sample_rate))
    ends = _ends([mark.end for mark in speech.phones], len(speech.pcm), longest)
    pieces, start = [], 0
    for number, end in enumerate(ends):
        limit = end if number + 1 < len(ends) else len(speech.pcm) + 1
        pieces.append(
            Piece(
                start,
                speech.pcm[start:end],
                tuple(mark for mark in speech.phones if start <= mark.start < limit),
                tuple(mark for mark in speech.words if start <= mark.start < limit),
                tuple(cue for cue in gestures if start <= cue.sample < limit),
            )
        )
        start = end
    return pieces


def _ends(boundaries: Sequence[int], total: int, longest: int) -> list[int]:
    ends: list[int] = []
    start = 0
    while total - start > longest:
        inside = [b for b in boundaries if start < b <= start + longest]
        start = inside[-1] if inside else start + longest
        ends.append(start)
    return [*ends, total]
