"""Voices for the tests of speech, and measurements on their sound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from visavis_agent.core.errors import EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Phase, Playback, SpeechPlan, TurnState
from visavis_agent.speech.voices import VOICES, Clause, Speech, Voice

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


def pitches(speech: Speech) -> npt.NDArray[np.float64]:
    """F0 of the voiced 40 ms frames, Hz, by autocorrelation over the window's own (Boersma, 1993)."""
    rate, size = speech.sample_rate, round(0.04 * speech.sample_rate)
    window = np.hanning(size)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 4 * size)) ** 2)[:size]
    own /= own[0]
    low, high = round(rate / 500), round(rate / 70)
    found = []
    for start in range(0, len(speech.pcm) - size, size // 4):
        frame = speech.pcm[start : start + size].astype(np.float64)
        frame -= frame.mean()
        if np.sqrt(np.mean(frame**2)) < 300:
            continue
        power = np.abs(np.fft.rfft(frame * window, 4 * size)) ** 2
        correlation = np.fft.irfft(power)[:size]
        section = (correlation / correlation[0] / np.maximum(own, 1e-3))[low:high]
        peaks = np.flatnonzero((section[1:-1] >= section[:-2]) & (section[1:-1] >= section[2:])) + 1
        strong = peaks[section[peaks] > 0.9 * section.max()]
        if section.max() > 0.6 and len(strong):
            found.append(rate / (low + strong[0]))
    return np.array(found)


def loudness(speech: Speech) -> float:
    """RMS over the sound, dB of full scale."""
    return float(20 * np.log10(np.sqrt(np.mean((speech.pcm / 32768.0) ** 2))))
