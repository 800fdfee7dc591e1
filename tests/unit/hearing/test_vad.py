"""Speech is found where it is, with the times of its first and last energy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hearing.conftest import Say
from tests.unit.hearing.sounds import Pcm, blocks, noise
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import MicrophoneAudio
from visavis_agent.hearing.intake import Frame, Intake
from visavis_agent.hearing.vad import Activity, SpeechGate, VoiceDetector, level_dbfs

STEP = 32 * MS


@given(st.lists(st.floats(0, 1), max_size=120), st.integers(250, 800))
def test_the_gate_keeps_its_promises(probabilities: list[float], hangover_ms: int) -> None:
    gate = SpeechGate(hangover_ns=hangover_ms * MS)
    began = None
    for n, probability in enumerate(probabilities):
        start, end = n * STEP, (n + 1) * STEP
        was = gate.speaking
        changed = gate.step(probability, start, end)
        assert changed == (gate.speaking != was)
        assert gate.since_ns <= end
        if changed and gate.speaking:
            assert probability > gate.on
            began = gate.since_ns
            run = probabilities[began // STEP : n + 1]
            assert all(p >= gate.off for p in run)
        elif changed:
            quiet = probabilities[gate.since_ns // STEP : n + 1]
            assert all(p < gate.off for p in quiet)
            assert len(quiet) * STEP >= hangover_ms * MS > (len(quiet) - 1) * STEP
            assert began is not None and began < gate.since_ns


def test_a_gap_shorter_than_the_hangover_does_not_end_speech() -> None:
    gate = SpeechGate()
    states = []
    for n, probability in enumerate([0.9] * 10 + [0.0] * 9 + [0.9] * 10 + [0.0] * 12):
        gate.step(probability, n * STEP, (n + 1) * STEP)
        states.append(gate.speaking)
    assert states == [True] * 38 + [False] * 3
    assert gate.since_ns == 29 * STEP


def detect(pcm: Pcm) -> tuple[list[Frame], list[Activity]]:
    detector, intake = VoiceDetector(SpeechGate()), Intake()
    frames = [piece for block in blocks(pcm) for piece in intake.push(block) if isinstance(piece, Frame)]
    return frames, [detector.frame(frame) for frame in frames]


def test_speech_is_found_with_its_times(say: Say) -> None:
    spoken = say("where is the dinosaur exhibition please")
    loud = np.flatnonzero(np.abs(spoken.astype(int)) > 400)
    spoken = spoken[loud[0] : loud[-1] + 1]
    pcm = np.concatenate([noise(1.0, 0.0003), spoken, noise(1.5, 0.0003, seed=1)])
    _, activity = detect(pcm)
    began, ended = (a for a in activity if a.changed)
    assert began.speaking
    assert not ended.speaking
    assert began.since_ns == pytest.approx(SECOND, abs=100 * MS)
    assert ended.since_ns == pytest.approx(SECOND + len(spoken) * 62500, abs=80 * MS)
    assert activity[-1].since_ns == ended.since_ns
    assert activity[-1].quiet_ns > SECOND


@pytest.mark.parametrize(
    "pcm",
    [noise(3.0, 0.0), noise(3.0, 0.05), (np.sin(np.arange(48000) * 0.03) * 9000).astype(np.int16)],
    ids=["silence", "white noise", "hum"],
)
def test_no_speech_is_found_where_there_is_none(pcm: Pcm) -> None:
    _, activity = detect(pcm)
    assert not any(a.speaking for a in activity)


def test_level_is_relative_to_full_scale() -> None:
    assert level_dbfs(np.full(512, -32768, np.int16)) == pytest.approx(0.0)
    assert level_dbfs(np.full(512, 3277, np.int16)) == pytest.approx(-20.0, abs=0.01)
    assert level_dbfs(np.zeros(512, np.int16)) == -120.0
    assert level_dbfs(np.zeros(0, np.int16)) == -120.0


def test_after_a_reset_the_past_is_forgotten(say: Say) -> None:
    detector, intake = VoiceDetector(SpeechGate()), Intake()
    spoken = say("hello there")
    for piece in intake.push(MicrophoneAudio(media_ns=0, pcm=spoken[:8192])):
        assert isinstance(piece, Frame)
        detector.frame(piece)
    detector.reset(9 * SECOND)
    silence = np.zeros(512, np.int16)
    quiet = detector.frame(Frame(silence, 9 * SECOND, denoised=silence))
    assert not quiet.speaking
    assert quiet.since_ns == 9 * SECOND
