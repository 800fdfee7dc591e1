"""Taking turns by ear: synthetic visitors pause, go on, hum and interrupt; nothing is drawn."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from visavis_agent.core.clock import MS
from visavis_agent.core.records import MICROPHONE_RATE, Playback, TurnState, VoiceActivity
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.question import spoken_question
from visavis_agent.session.converse import Outcome, converse
from visavis_agent.session.visit import Script

Sound = npt.NDArray[np.float64]
_ROOM = 1.0


def voice(text: str) -> Sound:
    """The visitor's voice with the room around it cut off."""
    said = spoken_question(text, seed=1)
    edge = round(_ROOM * MICROPHONE_RATE)
    return said.pcm[edge : len(said.pcm) - edge].astype(np.float64)


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * MICROPHONE_RATE))


def hummed(hertz: float, seconds: float) -> Sound:
    """A voice with its mouth closed: harmonics that fall off fast."""
    time = np.arange(round(seconds * MICROPHONE_RATE)) / MICROPHONE_RATE
    fade = np.clip(np.minimum(time, seconds - time) / 0.05, 0, 1)
    tone = fade * sum(np.sin(2 * np.pi * k * hertz * time) / k**1.7 for k in range(1, 12))
    return np.asarray(2000 * tone / np.sqrt(np.mean(tone**2)))


def conversation(folder: Path, *parts: Sound) -> Outcome:
    """Let Vera hear the parts one after the other, in a quiet room."""
    sound = np.concatenate([silence(_ROOM), *parts, silence(_ROOM)])
    sound += np.random.default_rng(0).normal(0, 12, len(sound))
    path = folder / "visitor.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(MICROPHONE_RATE)
        file.writeframes(np.round(sound).clip(-32768, 32767).astype("<i2").tobytes())
    deployment = Deployment.read(None, seed=0)
    return converse(deployment, Script(audio=path))


def states(outcome: Outcome) -> list[TurnState]:
    return [entry.record for entry in outcome.recording.entries if isinstance(entry.record, TurnState)]


def test_a_hesitating_visitor_is_not_cut_off(tmp_path: Path) -> None:
    outcome = conversation(tmp_path, voice("Where is the"), silence(0.8), voice("dinosaur hall?"))
    (turn,) = outcome.recording.turns
    assert "dinosaur" in turn.question
    assert "glass doors" in turn.answer and not turn.interrupted
    assert 0 < turn.total_ms < 700


def test_a_hummed_mm_hm_makes_the_agent_pause_and_go_on(tmp_path: Path) -> None:
    hum = (hummed(115, 0.18), silence(0.05), hummed(130, 0.26))
    outcome = conversation(tmp_path, voice("What can I see here?"), silence(3.0), *hum, silence(5.0))
    (turn,) = outcome.recording.turns
    assert not turn.interrupted
    held = [state.media_ns for state in states(outcome) if state.playback is Playback.HOLD]
    (released, *told_again) = [state.media_ns for state in states(outcome) if state.reason == "release"]
    assert len(held) == 1 and held[0] < released < held[0] + 1000 * MS
    assert len(told_again) <= 1  # that nobody speaks any more


def test_a_question_into_the_answer_stops_it_and_is_answered(tmp_path: Path) -> None:
    outcome = conversation(
        tmp_path, voice("What can I see here?"), silence(3.0), voice("How much is a ticket?"), silence(1.0)
    )
    first, second = outcome.recording.turns
    assert first.interrupted and second.question == "how much is a ticket" and "twelve" in second.answer
    onset, confirm = (
        next(state.media_ns for state in states(outcome) if state.id == first.id and state.playback is Playback.HOLD),
        next(state.media_ns for state in states(outcome) if state.reason == "confirm"),
    )
    speaking = [
        entry.record.since_ns
        for entry in outcome.recording.entries
        if isinstance(entry.record, VoiceActivity) and entry.record.speaking and entry.record.media_ns == onset
    ]
    assert onset - speaking[0] < 100 * MS
    assert confirm - speaking[0] == pytest.approx(610 * MS, abs=60 * MS)


def test_stop_silences_the_agent_without_another_word(tmp_path: Path) -> None:
    outcome = conversation(tmp_path, voice("What can I see here?"), silence(3.0), voice("Stop!"), silence(1.0))
    (turn,) = outcome.recording.turns
    assert turn.interrupted and states(outcome)[-1].playback is Playback.PLAY
