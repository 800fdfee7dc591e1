"""What of the replies was audible when: sound and marks on media time, by the sink's own reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    GestureCue,
    Lane,
    PhoneMark,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechAudio,
    WordMark,
)

Pcm = npt.NDArray[np.int16]
Stream = tuple[ReplyId, Lane]
# Reports of one unbroken run agree within a sample or two.
_TOLERANCE_NS = 2 * MS


@dataclass(frozen=True, slots=True)
class Run:
    """Samples [first, end) of a reply, heard without a break from `start_ns` (media time) on."""

    id: ReplyId
    lane: Lane
    start_ns: int
    first: int
    end: int
    sample_rate: int

    def time_s(self, sample: int) -> float:
        """Media time of a sample of the reply, s."""
        return (self.start_ns + sample_time(sample - self.first, self.sample_rate)) / SECOND

    @property
    def end_ns(self) -> int:
        return self.start_ns + sample_time(self.end - self.first, self.sample_rate)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on media time [start_s, end_s), s."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class AudibleRun:
    """A run with its sound (n,) int16 and what it holds."""

    run: Run
    pcm: Pcm
    phones: tuple[Mark, ...]
    words: tuple[Mark, ...]
    gestures: tuple[Mark, ...]


def audible(records: Iterable[Record]) -> list[AudibleRun]:
    """Everything that was heard of the agent, in order; what was flushed or never played is not in it."""
    pieces: dict[Stream, list[SpeechAudio]] = {}
    statuses: dict[Stream, list[PlaybackStatus]] = {}
    last_ns = 0
    for record in records:
        last_ns = max(last_ns, record.media_ns)
        if isinstance(record, SpeechAudio):
            pieces.setdefault((record.id, record.lane), []).append(record)
        elif isinstance(record, PlaybackStatus):
            statuses.setdefault((record.id, record.lane), []).append(record)
    runs = [run for stream in statuses for run in runs_of(statuses[stream], last_ns)]
    heard = (_fill(run, pieces[run.id, run.lane]) for run in runs if (run.id, run.lane) in pieces)
    return sorted(heard, key=lambda item: item.run.start_ns)


def runs_of(statuses: list[PlaybackStatus], last_ns: int) -> list[Run]:
    """The unbroken runs of one reply.

    Args:
        statuses: of one id and lane, in the order in which they were sent.
        last_ns: a reply whose end was not reported is taken to sound until then.
    """
    runs: list[Run] = []
    for k, status in enumerate(statuses):
        if status.state is not SinkState.PLAYING or status.starved:
            continue
        following = statuses[k + 1] if k + 1 < len(statuses) else None
        run = _between(status, following, last_ns)
        if runs and _continues(runs[-1], run):
            runs[-1] = replace(runs[-1], end=max(runs[-1].end, run.end))
        elif run.end > run.first:
            runs.append(run)
    return runs


def _between(status: PlaybackStatus, following: PlaybackStatus | None, last_ns: int) -> Run:
    """What sounds from one report to the next: as far as that one says, and no longer than there was time for."""
    until_ns = following.media_ns if following else last_ns
    count = max(0, until_ns - status.media_ns) * status.sample_rate // SECOND + 1
    if following is not None:
        count = min(count, max(0, following.sample - status.sample))
    return Run(status.id, status.lane, status.media_ns, status.sample, status.sample + count, status.sample_rate)


def _continues(last: Run, run: Run) -> bool:
    due_ns = last.start_ns + sample_time(run.first - last.first, last.sample_rate)
    return last.first <= run.first <= last.end + 2 and abs(due_ns - run.start_ns) <= _TOLERANCE_NS


def _fill(run: Run, pieces: list[SpeechAudio]) -> AudibleRun:
    pcm = np.zeros(run.end - run.first, np.int16)
    for piece in pieces:
        first, end = max(run.first, piece.first_sample), min(run.end, piece.first_sample + len(piece.pcm))
        if end > first:
            sound = piece.pcm[first - piece.first_sample : end - piece.first_sample]
            pcm[first - run.first : end - run.first] = sound
    return AudibleRun(
        run,
        pcm,
        phones=_placed(run, [mark for piece in pieces for mark in piece.phones]),
        words=_placed(run, [mark for piece in pieces for mark in piece.words]),
        gestures=_placed(run, [cue for piece in pieces for cue in piece.gestures]),
    )


def _placed(run: Run, marks: Iterable[PhoneMark | WordMark | GestureCue]) -> tuple[Mark, ...]:
    """The marks that the run touches, cut to it."""
    placed = []
    for mark in marks:
        if isinstance(mark, GestureCue):
            start, end, text = mark.sample, mark.sample + 1, mark.name
        else:
            start, end, text = mark.start, mark.end, mark.phone if isinstance(mark, PhoneMark) else mark.text
        first, last = max(start, run.first), min(end, run.end)
        if last > first:
            placed.append(Mark(run.time_s(first), run.time_s(last), text))
    return tuple(placed)
