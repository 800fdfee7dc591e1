"""What is felt, and what will be said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records.base import MAXIMUM_TEXT, Record, require


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UserEmotion(Record):
    """What the person seems to feel: face, voice and words fused.

    Attributes:
        face, voice, words: how much each counts, 0–1: its confidence, freshness, and how far it is believed.
    """

    person_id: str = ""
    emotion: Emotion = Emotion()
    face: float = 0.0
    voice: float = 0.0
    words: float = 0.0

    def __post_init__(self) -> None:
        require(all(0.0 <= weight <= 1.0 for weight in (self.face, self.voice, self.words)), "weights are 0–1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgentEmotion(Record):
    """What the agent feels; voice, face and wording follow it."""

    emotion: Emotion = Emotion()


class Lane(IntEnum):
    """Replies, fillers and backchannels have lanes of their own; the last two start no turn."""

    REPLY = 0
    FILLER = 1
    BACKCHANNEL = 2


@dataclass(frozen=True, slots=True)
class GestureMark:
    """A gesture (`wave`, `nod`, `point`, …) at a character of the clause's text."""

    name: str
    character: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechPlan(Record):
    """One clause of a reply, streamed; `last` ends the reply."""

    id: ReplyId
    clause: int
    text: str
    last: bool
    lane: Lane = Lane.REPLY
    locale: str = "en"
    emotion: Emotion = Emotion()
    gestures: tuple[GestureMark, ...] = ()

    def __post_init__(self) -> None:
        require(len(self.text) <= MAXIMUM_TEXT, f"a clause has at most {MAXIMUM_TEXT} characters")
