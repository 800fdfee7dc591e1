"""A question that breaks off in the middle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.evaluation.hesitation import Halt, stretch
from visavis_agent.evaluation.question import halting_question, spoken_question
from visavis_agent.evaluation.questions import hesitating
from visavis_agent.hearing.prosody import analyse

RATE = 16_000
QUESTION = "Where can I buy a ticket?"


def silences(pcm: np.ndarray) -> list[float]:
    """Seconds of each silence of more than 0.3 s between sounds."""
    blocks = np.abs(pcm[: len(pcm) // 160 * 160].reshape(-1, 160).astype(float)).max(axis=1)
    loud = np.flatnonzero(blocks > 100)
    return [gap / 100 for gap in np.diff(loud) if gap > 30]


@given(st.floats(90.0, 300.0), st.floats(1.1, 3.0))
def test_a_vowel_is_drawn_out_at_its_pitch(hertz: float, factor: float) -> None:
    t = np.arange(RATE // 5) / RATE
    vowel = 8000.0 * (np.sin(2 * np.pi * hertz * t) + 0.5 * np.sin(4 * np.pi * hertz * t))
    drawn = stretch(vowel, factor, RATE)
    assert len(drawn) == pytest.approx(factor * len(vowel), abs=0.04 * RATE)
    f0, level = analyse(drawn.astype(np.int16))
    inner = slice(4, -4)
    assert np.median(f0[inner]) == pytest.approx(hertz, rel=0.02)
    assert np.ptp(level[inner]) < 4.0


def test_what_is_too_short_stays_as_it_is() -> None:
    click = np.ones(500)
    assert stretch(click, 2.0, RATE) is click


def test_the_pause_is_as_long_as_asked_and_the_word_before_it_longer() -> None:
    plain = spoken_question(QUESTION)
    halting = halting_question(QUESTION, Halt(pause_s=0.8, factor=2.0, um=False))
    (gap,) = silences(halting.pcm)
    assert gap == pytest.approx(0.8, abs=0.1)
    drawn_s = (len(halting.pcm) - len(plain.pcm)) / MICROPHONE_RATE - 0.8
    assert 0.03 < drawn_s < 0.4


def test_um_is_heard_before_the_pause() -> None:
    quiet, um = (halting_question(QUESTION, Halt(0.8, 2.0, said)) for said in (False, True))
    assert 0.2 < (len(um.pcm) - len(quiet.pcm)) / MICROPHONE_RATE < 0.8


def test_three_words_are_said_in_one_go_and_the_same_seed_hesitates_the_same() -> None:
    assert not silences(hesitating("Thanks a million", 3).pcm)
    first, again = hesitating(QUESTION, 5), hesitating(QUESTION, 5)
    assert np.array_equal(first.pcm, again.pcm) and first.end == again.end > first.first
