"""The steady noise of a room goes, the voice stays, and nothing else changes."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.unit.hearing.scripted import ScriptedRecogniser
from tests.unit.hearing.sounds import Pcm, blocks, noise
from tests.unit.hearing.test_stage import Say, finals, hear, in_a_room
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import Level
from visavis_agent.hearing.denoiser import Denoiser
from visavis_agent.hearing.intake import FRAME
from visavis_agent.hearing.phrase import word_errors
from visavis_agent.hearing.recogniser import RECOGNISERS

QUESTION = "where is the dinosaur exhibition"


def denoised(pcm: Pcm, level: int = 2) -> Pcm:
    denoiser = Denoiser(level)
    return np.concatenate([denoiser.frame(frame) for frame in pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)])


def rms(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(pcm.astype(float) ** 2)))


@pytest.mark.parametrize(("level", "least_db"), [(1, 4.0), (2, 9.0), (3, 13.0), (4, 15.0)])
def test_noise_that_goes_on_becomes_quiet(level: int, least_db: float) -> None:
    pcm = noise(4.0, 0.01)
    assert 20.0 * np.log10(rms(pcm[-16_000:]) / rms(denoised(pcm, level)[-16_000:])) > least_db


def test_a_voice_comes_through_at_its_level_14_ms_late(say: Say) -> None:
    pcm = in_a_room(say(QUESTION))
    out = denoised(pcm).astype(float)
    shifts = {shift: float(np.dot(pcm[: len(out) - 400], out[shift : shift + len(out) - 400])) for shift in range(400)}
    assert max(shifts, key=lambda shift: shifts[shift]) == pytest.approx(224, abs=16)
    assert 20.0 * np.log10(rms(out) / rms(pcm)) == pytest.approx(0.0, abs=1.5)


def test_fewer_words_are_misread_in_white_noise(say: Say) -> None:
    said = (
        QUESTION,
        "how many people live in your town",
        "i would like to see the planets",
        "can my children come here tomorrow",
        "please tell me the way to the garden",
    )
    pcm = [in_a_room(say(text)) for text in said]
    noisy = [blocks(one + noise(len(one) / 16_000, 0.012, seed)) for seed, one in enumerate(pcm)]

    def errors(level: int) -> float:
        heard = [" ".join(u.text for u in finals(hear(records, noise_suppression=level))) for records in noisy]
        return sum(word_errors(text, words) for text, words in zip(said, heard, strict=True)) / len(said)

    assert errors(2) < 0.7 * errors(0)


def test_a_missing_suppressor_is_said_and_costs_nothing_else(monkeypatch: pytest.MonkeyPatch, say: Say) -> None:
    monkeypatch.setitem(sys.modules, "webrtc_noise_gain", None)
    with pytest.raises(EngineError, match="webrtc-noise-gain"):
        Denoiser(2)
    recogniser = ScriptedRecogniser()
    monkeypatch.setattr(RECOGNISERS, "load", lambda name: lambda settings: recogniser)
    host = hear(blocks(in_a_room(say(QUESTION))))
    assert len(finals(host)) == 1
    assert [text for level, text in host.diagnostics if level is Level.WARN and "noise" in text]
