"""Voices for the tests of speech, and measurements on their sound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from visavis_agent.core.errors import EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Phase, Playback, SpeechPlan, TurnState
from visavis_agent.evaluation.voice_metrics import loudness, pitches
from visavis_agent.speech.voices import VOICES, Clause, Voice

__all__ = ["loudness", "pitches"]
REPLY = ReplyId(1, 1, 0)


def voice_or_skip(name: str) -> Voice:
    try:
        return VOICES.create(name)
    except EngineError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def flite() -> Voice:
    return voice_or_skip("flite")


@pytest.fixture(scope="session")
def espeak() -> Voice:
    return voice_or_skip("espeak")


def turn(reply: ReplyId = REPLY, playback: Playback = Playback.PLAY) -> TurnState:
    return TurnState(media_ns=0, id=reply, phase=Phase.SPEAKING, playback=playback)


def plan(text: str, clause: int = 0, last: bool = True, reply: ReplyId = REPLY, **fields: object) -> SpeechPlan:
    made = SpeechPlan(media_ns=0, id=reply, clause=clause, text=text, last=last)
    return replace(made, **fields)  # type: ignore[arg-type]


def clause(text: str, locale: str = "en", **fields: object) -> Clause:
    from visavis_agent.speech.text import normalise

    return Clause(normalise(text, locale).tokens, locale, **fields)  # type: ignore[arg-type]
