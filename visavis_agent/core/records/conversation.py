"""Whose turn it is, and what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records.base import MAXIMUM_TEXT, Record, require
from visavis_agent.core.records.hearing import Hypothesis
from visavis_agent.core.records.outside import TextSource


class Phase(IntEnum):
    """What the agent is doing, as the visitor is shown it."""

    IDLE = 0
    LISTENING = 1
    THINKING = 2
    SPEAKING = 3


class Playback(IntEnum):
    """What every queue does with the agent's sound and motion."""

    PLAY = 0
    HOLD = 1


NO_REPLY = "no reply"
"""Reason of the TurnState in which the agent gives up a reply that does not come, or comes no further."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TurnState(Record):
    """The state of the conversation; its stage is the sole writer of ids.

    Attributes:
        id: the reply that may be heard; everything that compares lower is dropped and flushed.
        phase: shown to the visitor.
        playback: HOLD freezes sound, mouth and queues; PLAY (re)starts them at a word boundary.
        user_speaking: the floor is the visitor's.
        reason: one word for people and logs ("onset", "confirm", "release", "endpoint", …).
        microphone, camera, sound: what of its devices the agent may use (DevicesEnabled).
    """

    id: ReplyId
    phase: Phase
    playback: Playback = Playback.PLAY
    user_speaking: bool = False
    reason: str = ""
    microphone: bool = True
    camera: bool = True
    sound: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UserTurn(Record):
    """The visitor's finished (or, as a draft, probable) turn, for the dialogue to answer under `id`.

    Attributes:
        draft: may still be discarded; a draft's plan is not spoken until a TurnState with its id says so.
        speech_end_ns: last speech energy (media time); for typed text the time it arrived.
        say: what the agent shall say itself, with markup; empty: it answers the hypotheses.
        emotion: with which that is said; confidence 0: the agent's own.
        request: tag of the TextInput that the turn came from.
    """

    id: ReplyId
    hypotheses: tuple[Hypothesis, ...]
    speech_end_ns: int
    draft: bool = False
    source: TextSource = TextSource.SPOKEN
    locale: str = "en"
    person_id: str = ""
    say: str = ""
    emotion: Emotion = Emotion()
    request: str = ""

    def __post_init__(self) -> None:
        require(len(self.say) <= MAXIMUM_TEXT, f"a text has at most {MAXIMUM_TEXT} characters")
