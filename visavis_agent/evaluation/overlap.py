"""A visitor's sound over the agent's voice, and what it did: when the agent fell silent, why, and when it went on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.records import FaceMotion, Playback, TurnState
from visavis_agent.evaluation.interview import Asked
from visavis_agent.evaluation.lip_metrics import coefficient_opening

Pcm = npt.NDArray[np.int16]
_HOP_NS = 2 * MS
_SILENT = 10 ** (-40 / 20)
_LEVEL_NS = 1000 * MS
_SETTLED_NS = 400 * MS
_ENDING_NS = 300 * MS
"""A reply that ends by itself so soon after the onset can't be interrupted: a hold may take as long."""
_SHUT = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """A sound for a moment in which the agent speaks; `meant` to stop it, or a disturbance."""

    name: str
    sound: Asked
    meant: bool


@dataclass(eq=False)
class Overlapped:
    """What was seen and heard of the agent around a sound that lasted from `start_ns` to `end_ns`.

    Attributes:
        voice: (n,) int16, the agent's sound as it was audible; the first sample at `voice_ns`.
        states: TurnStates, in order.
        faces: FaceMotions, in order of their media time.
    """

    overlap: Overlap
    start_ns: int = 0
    end_ns: int = 0
    voice: Pcm = field(default_factory=lambda: np.zeros(0, np.int16))
    voice_ns: int = 0
    rate: int = 48_000
    states: list[TurnState] = field(default_factory=list)
    faces: list[FaceMotion] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times from the visitor's onset, ms; None: it did not happen, or could not be measured.

    Attributes:
        hold_ms: until the agent's sound was 40 dB below its level.
        mouth_ms: until the lips were shut and stayed so.
        confirm_ms: until the interruption was confirmed.
        held_ms: from the hold to the release of a disturbance.
        resume_ms: from the disturbance's end to the agent's next sound.
    """

    held: bool
    hold_ms: float | None = None
    mouth_ms: float | None = None
    confirm_ms: float | None = None
    held_ms: float | None = None
    resume_ms: float | None = None


def outcome(seen: Overlapped) -> Outcome | None:
    """What a sound did; None: the agent was not speaking when it began, or had said all before it could stop."""
    loud = _loud_ns(seen)
    recent_ns = seen.start_ns - 150 * MS
    before = loud[(loud > recent_ns) & (loud <= seen.start_ns + 20 * MS)]
    if not len(before):
        return None
    states = [state for state in seen.states if state.media_ns >= seen.start_ns]
    ended = next((s.media_ns for s in seen.states if s.reason == "end" and s.media_ns > recent_ns), None)
    held = next((state.media_ns for state in states if state.playback is Playback.HOLD), None)
    confirmed = next((state.media_ns for state in states if state.reason == "confirm"), None)
    stopped = held if held is not None else confirmed
    if stopped is None:
        said_all = ended is not None and ended <= seen.start_ns + _ENDING_NS
        return None if said_all else Outcome(held=False)
    released = next((s.media_ns for s in states if s.reason == "release" and s.media_ns >= stopped), None)
    settled = stopped + _SETTLED_NS
    until = settled if released is None else min(settled, released)
    sounding = loud[(loud > seen.start_ns) & (loud <= until)]
    resumed = loud[loud > released] if released is not None else loud[:0]
    return Outcome(
        held=held is not None,
        hold_ms=_ms(seen.start_ns, int(sounding[-1]) + _HOP_NS) if len(sounding) else None,
        mouth_ms=_mouth_ms(seen, until),
        confirm_ms=_ms(seen.start_ns, confirmed) if confirmed is not None else None,
        held_ms=_ms(held, released) if held is not None and released is not None else None,
        resume_ms=_ms(seen.end_ns, int(resumed[0])) if len(resumed) else None,
    )


def _loud_ns(seen: Overlapped) -> npt.NDArray[np.int64]:
    """The 2 ms in which the agent is audible: less than 40 dB below its level in the second before the onset."""
    hop = seen.rate * _HOP_NS // SECOND
    rows = seen.voice[: len(seen.voice) // hop * hop].reshape(-1, hop).astype(np.float64)
    rms = np.sqrt((rows**2).mean(axis=1)) if len(rows) else np.zeros(0)
    times = seen.voice_ns + np.arange(len(rms)) * sample_time(hop, seen.rate)
    before = rms[(times >= seen.start_ns - _LEVEL_NS) & (times < seen.start_ns)]
    before = before[before > _SILENT * before.max()] if len(before) else before
    if not len(before):
        return times[:0]
    level = float(np.sqrt(np.mean(np.square(before))))
    return np.asarray(times[rms > _SILENT * level])


def _mouth_ms(seen: Overlapped, until_ns: int) -> float | None:
    """The lips are shut at less than 5 % of the range in which they moved."""
    openings = [(face.media_ns, coefficient_opening(face)) for face in seen.faces if face.media_ns <= until_ns]
    if not openings:
        return None
    low = min(opening for _, opening in openings)
    span = float(np.percentile([opening for _, opening in openings], 99)) - low
    opened = [at for at, opening in openings if opening - low >= _SHUT * span]
    shut = [at for at, _ in openings if not opened or at > opened[-1]]
    return _ms(seen.start_ns, max(shut[0], seen.start_ns)) if shut and span > 0 else None


def _ms(from_ns: int, to_ns: int) -> float:
    return (to_ns - from_ns) / MS


def percentiles(values: Sequence[float | None]) -> dict[str, float | None]:
    """Median and 95th percentile of what was measured."""
    measured = [value for value in values if value is not None]
    if not measured:
        return {"p50": None, "p95": None}
    return {f"p{share}": round(float(np.percentile(measured, share)), 1) for share in (50, 95)}
