"""What a turn took, and what stages say about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records.base import Record, require_finite


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TurnReport(Record):
    """What a finished turn took, on the media clock, ms; -1 where it did not happen.

    The steps follow each other and sum to the total; what a draft did in advance took no time.

    Attributes:
        endpoint_ms: last speech energy → silence enough to take the turn.
        recognition_ms: waiting for the final text after that.
        reply_ms: turn taken → first clause.
        speech_ms: first clause → first sound ready.
        playback_ms: first sound ready → audible.
        total_ms: last speech energy → first audible sample of the reply.
        interrupted: the visitor did not hear the end of the reply.
    """

    id: ReplyId
    question: str
    answer: str
    endpoint_ms: float
    recognition_ms: float
    reply_ms: float
    speech_ms: float
    playback_ms: float
    total_ms: float
    interrupted: bool = False

    def __post_init__(self) -> None:
        parts = (self.endpoint_ms, self.recognition_ms, self.reply_ms, self.speech_ms, self.playback_ms)
        require_finite("turn report", *parts, self.total_ms)


class Level(IntEnum):
    """Severity, as in diagnostic_msgs/DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnostic(Record):
    """What a stage has to say about itself: a fallback, a missing device, a rejected message."""

    stage: str
    level: Level
    message: str
