"""The records of a session as the picture of it needs them: on media time, in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from visavis_agent.bags.digest import FrameDigest
from visavis_agent.bags.layout import BagEntry
from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.records import (
    AgentEmotion,
    FaceMotion,
    Lane,
    MicrophoneAudio,
    Phase,
    Playback,
    Record,
    TextInput,
    TurnReport,
    TurnState,
    UserEmotion,
    UserTurn,
    Utterance,
    VideoFrame,
    VoiceActivity,
)
from visavis_agent.evaluation.audible import AudibleRun, Mark, audible

Floats = npt.NDArray[np.float64]
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """(n,) int16 from `start_s` on."""

    start_s: float
    pcm: npt.NDArray[np.int16]
    sample_rate: int


@dataclass(frozen=True, slots=True)
class State:
    """A state of the conversation on [start_s, end_s)."""

    start_s: float
    end_s: float
    phase: Phase
    held: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A visitor's turn: last speech energy, acceptance, first audible sample of the reply (None: never heard)."""

    speech_end_s: float
    accepted_s: float
    heard_s: float | None
    report: TurnReport | None


@dataclass(frozen=True, slots=True, eq=False)
class Feelings:
    """(n,) times, (n, 7) probabilities in the order of EMOTIONS, (n,) intensities."""

    times_s: Floats
    distributions: Floats
    intensities: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Everything that is drawn.

    Attributes:
        end_s: length of the session, s, at least 1.
        visitor: the microphone's sound in unbroken pieces.
        speaking: where the voice detector heard the visitor.
        partials: what was newly understood while the visitor spoke, at the time it was known.
        finals: utterances with their final text; typed text where it came.
        agent: what was audible of the agent.
        gap: (n, 2) time and measured lip opening, mm.
        jaw: (n, 2) time and driven jawOpen, 0–1.
    """

    end_s: float
    states: tuple[State, ...]
    turns: tuple[Turn, ...]
    visitor: tuple[Sound, ...]
    speaking: tuple[Mark, ...]
    partials: tuple[Mark, ...]
    finals: tuple[Mark, ...]
    agent: tuple[AudibleRun, ...]
    gap: Floats
    jaw: Floats
    user_feels: Feelings
    agent_feels: Feelings

    @classmethod
    def of(cls, entries: Iterable[BagEntry]) -> Timeline:
        """Sort a session's records."""
        kept = [(entry.record, entry.at_ns) for entry in entries]
        end_ns = max((at for _, at in kept), default=0)
        runs = audible(record for record, _ in kept)
        end_ns = max([end_ns, SECOND, *(run.run.end_ns for run in runs)])
        return cls(
            end_s=end_ns / SECOND,
            states=_states(_of(kept, TurnState), end_ns),
            turns=_turns(kept, runs),
            visitor=_sounds(_of(kept, MicrophoneAudio)),
            speaking=_speaking(_of(kept, VoiceActivity), end_ns),
            partials=_partials(_of(kept, Utterance)),
            finals=_finals(kept),
            agent=tuple(runs),
            gap=_gap(record for record, _ in kept),
            jaw=_pairs((r.media_ns, float(r.coefficients[_JAW])) for r, _ in _of(kept, FaceMotion)),
            user_feels=_feelings([(at, r.emotion) for r, at in _of(kept, UserEmotion)], end_ns),
            agent_feels=_feelings([(at, r.emotion) for r, at in _of(kept, AgentEmotion)], end_ns),
        )


_JAW = ARKIT_INDEX["jawOpen"]
Kept = list[tuple[Record, int]]


def _of(kept: Kept, kind: type[R]) -> list[tuple[R, int]]:
    return [(record, at) for record, at in kept if isinstance(record, kind)]


def _pairs(values: Iterable[tuple[int, float]]) -> Floats:
    """(n, 2): time in s, value."""
    return np.array([(ns / SECOND, value) for ns, value in values], np.float64).reshape(-1, 2)


def _gap(records: Iterable[Record]) -> Floats:
    return _pairs((r.media_ns, r.mouth_gap_m * 1e3) for r in records if isinstance(r, (FrameDigest, VideoFrame)))


def _states(states: list[tuple[TurnState, int]], end_ns: int) -> tuple[State, ...]:
    begins = [at for _, at in states] + [end_ns]
    return tuple(
        State(at / SECOND, begins[k + 1] / SECOND, state.phase, state.playback is Playback.HOLD, state.reason)
        for k, (state, at) in enumerate(states)
    )


def _turns(kept: Kept, runs: list[AudibleRun]) -> tuple[Turn, ...]:
    reports = {report.id: report for report, _ in _of(kept, TurnReport)}
    heard: dict[object, int] = {}
    for item in runs:
        if item.run.lane is Lane.REPLY:
            heard.setdefault(item.run.id, item.run.start_ns)
    return tuple(
        Turn(
            turn.speech_end_ns / SECOND,
            at / SECOND,
            heard[turn.id] / SECOND if turn.id in heard else None,
            reports.get(turn.id),
        )
        for turn, at in _of(kept, UserTurn)
        if not turn.draft
    )


def _sounds(blocks: list[tuple[MicrophoneAudio, int]]) -> tuple[Sound, ...]:
    """Blocks that follow each other, joined."""
    groups: list[list[MicrophoneAudio]] = []
    due_ns = 0
    for block, _ in blocks:
        same = bool(groups) and groups[-1][0].sample_rate == block.sample_rate
        if same and abs(block.media_ns - due_ns) < SECOND // 200:
            groups[-1].append(block)
        else:
            groups.append([block])
        due_ns = block.media_ns + sample_time(len(block.pcm), block.sample_rate)
    return tuple(
        Sound(g[0].media_ns / SECOND, np.concatenate([block.pcm for block in g]), g[0].sample_rate) for g in groups
    )


def _speaking(activity: list[tuple[VoiceActivity, int]], end_ns: int) -> tuple[Mark, ...]:
    marks = []
    start: int | None = None
    for voice, _ in activity:
        if voice.speaking and start is None:
            start = voice.since_ns
        elif not voice.speaking and start is not None:
            marks.append(Mark(start / SECOND, max(start, voice.since_ns) / SECOND, ""))
            start = None
    if start is not None:
        marks.append(Mark(start / SECOND, end_ns / SECOND, ""))
    return tuple(marks)


def _partials(utterances: list[tuple[Utterance, int]]) -> tuple[Mark, ...]:
    """What each partial result changed: its words from the first new one on."""
    marks = []
    number, before, before_ns = -1, list[str](), 0
    for heard, at in utterances:
        if heard.utterance != number:
            number, before, before_ns = heard.utterance, [], heard.start_ns
        words = heard.text.split()
        same = next((k for k, (a, b) in enumerate(zip(before, words, strict=False)) if a != b), len(before))
        if not heard.final and words != before:
            marks.append(Mark(before_ns / SECOND, at / SECOND, " ".join(words[same:]) or "…"))
        before, before_ns = words, at
    return tuple(marks)


def _finals(kept: Kept) -> tuple[Mark, ...]:
    marks = [
        Mark(heard.start_ns / SECOND, heard.end_ns / SECOND, heard.text or "(not understood)")
        for heard, _ in _of(kept, Utterance)
        if heard.final
    ]
    typed = [Mark(at / SECOND, at / SECOND, given.text) for given, at in _of(kept, TextInput)]
    return tuple(sorted(marks + typed, key=lambda mark: mark.start_s))


def _feelings(emotions: list[tuple[int, Emotion]], end_ns: int) -> Feelings:
    """As sent; the last one holds until the end."""
    held = [*emotions, (max(end_ns, emotions[-1][0]), emotions[-1][1])] if emotions else []
    return Feelings(
        np.array([at / SECOND for at, _ in held], np.float64),
        np.array([e.distribution for _, e in held], np.float64).reshape(-1, len(EMOTIONS)),
        np.array([e.intensity for _, e in held], np.float64),
    )
