"""The voice with its marks, and how far it has been heard."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records.base import Array, Record, require
from visavis_agent.core.records.dialogue import Lane


@dataclass(frozen=True, slots=True)
class PhoneMark:
    """A phone (core/phones.py) on samples [start, end) of the reply; stress 0–2 (ARPAbet), accented by pitch."""

    phone: str
    start: int
    end: int
    stress: int = 0
    accented: bool = False


@dataclass(frozen=True, slots=True)
class WordMark:
    """A spoken word on samples [start, end) of the reply."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GestureCue:
    """A gesture at a sample of the reply."""

    name: str
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechAudio(Record):
    """A piece of a reply's sound. All sample numbers count from the reply's first sample.

    Attributes:
        pcm: (n,) int16, mono; may be empty in the last piece.
        first_sample: where the piece starts in the reply.
        text: the clause as written, in the piece that starts it; else empty.
        emotion: with which it is said.
    """

    id: ReplyId
    lane: Lane
    clause: int
    sample_rate: int
    first_sample: int
    pcm: Array
    last: bool
    text: str = ""
    emotion: Emotion = Emotion()
    phones: tuple[PhoneMark, ...] = ()
    words: tuple[WordMark, ...] = ()
    gestures: tuple[GestureCue, ...] = ()

    def __post_init__(self) -> None:
        require(self.pcm.dtype == np.int16 and self.pcm.ndim == 1, "speech audio is one row of int16")
        require(self.sample_rate > 0 and self.first_sample >= 0, "sample_rate is positive, first_sample not negative")


class SinkState(IntEnum):
    """What the audio sink does with a reply."""

    IDLE = 0
    PLAYING = 1
    HELD = 2
    FINISHED = 3
    FLUSHED = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaybackStatus(Record):
    """The sink's word on what is audible: at `media_ns`, sample `sample` of reply `id` leaves the loudspeaker.

    Sent at every change of state and at least every 100 ms; the map from samples to media time for everyone.

    Attributes:
        sample: position in the reply (also the ROS time of that sample, through the message's header).
        starved: the sink plays silence because nothing more has arrived yet.
        picture_delay_ns: how much later than they are due pictures are seen where this sound is heard; the lips of
            a picture are those of the sound that is heard then.
    """

    id: ReplyId
    lane: Lane
    state: SinkState
    sample: int
    sample_rate: int
    starved: bool = False
    picture_delay_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WordsHeard(Record):
    """What of a reply was audible so far; memory keeps this, not the plan."""

    id: ReplyId
    text: str
    complete: bool
