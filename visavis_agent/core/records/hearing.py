"""Who speaks, how, and what was understood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records.base import MAXIMUM_TEXT, Array, Record, require, require_finite


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiceActivity(Record):
    """Whether the visitor speaks; sent at every change and at least every 100 ms of sound.

    Attributes:
        speaking: the decision, with hang-over.
        probability: 0–1 of the newest frame.
        since_ns: media time at which the present state began (first or last speech energy).
        level_dbfs: RMS of the newest frame, dB relative to full scale, ≥ -120.
    """

    speaking: bool
    probability: float
    since_ns: int
    level_dbfs: float = -120.0

    def __post_init__(self) -> None:
        require_finite("voice activity", self.probability, self.level_dbfs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prosody(Record):
    """Pitch and level of the visitor's voice in frames of `hop_ns`; `media_ns` is the first frame's centre.

    Attributes:
        f0_hz: (n,) float32, 0 where unvoiced.
        level_dbfs: (n,) float32, ≥ -120.
    """

    f0_hz: Array
    level_dbfs: Array
    hop_ns: int = 10_000_000

    def __post_init__(self) -> None:
        rows = (self.f0_hz, self.level_dbfs)
        require(all(row.dtype == np.float32 and row.ndim == 1 for row in rows), "prosody is two rows of float32")
        require(len(self.f0_hz) == len(self.level_dbfs), "one level per pitch frame")
        require_finite("prosody", *rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiceAffect(Record):
    """What the visitor's voice shows, against the speaker's own baseline."""

    person_id: str = ""
    emotion: Emotion = Emotion()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance; confidence 0–1 (relative within the list when the engine has no better)."""

    text: str
    confidence: float = 1.0

    def __post_init__(self) -> None:
        require_finite("hypothesis", self.confidence)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Utterance(Record):
    """What was understood, best first; partial results carry `final=False` and the same `utterance`.

    Attributes:
        utterance: number of the utterance since start, uint32.
        start_ns, end_ns: first and last speech energy, media time.
        pause: of a partial result: the speaker pauses, and all that was said before is in it.
    """

    utterance: int
    hypotheses: tuple[Hypothesis, ...]
    final: bool
    start_ns: int
    end_ns: int
    locale: str = "en"
    person_id: str = ""
    pause: bool = False

    def __post_init__(self) -> None:
        require(self.end_ns >= self.start_ns, "an utterance does not end before it starts")
        require(all(len(h.text) <= MAXIMUM_TEXT for h in self.hypotheses), "a hypothesis is too long")

    @property
    def text(self) -> str:
        """The best hypothesis, or nothing."""
        return self.hypotheses[0].text if self.hypotheses else ""
