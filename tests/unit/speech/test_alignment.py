"""Phones found in sound that came without: against voices that tell theirs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.speech.conftest import clause
from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import PhoneMark
from visavis_agent.evaluation.voice_metrics import onsets
from visavis_agent.speech.alignment import Models, align
from visavis_agent.speech.forced_alignment import force
from visavis_agent.speech.sound import silence, trim
from visavis_agent.speech.voices import VOICES, Speech, Voice

SENTENCES = (
    "Tickets cost twelve euros, and children pay half.",
    "The dinosaurs are on the third floor, behind the big staircase.",
)


@pytest.fixture(scope="module")
def stranger() -> Voice:
    return VOICES.create("flite", {"voice": "rms"})


def errors(guide: Voice, told: Voice, models: Models = force) -> np.ndarray:
    """Of phone onsets, s, over the sentences."""
    found = []
    for text in SENTENCES:
        truth = told.synthesise(clause(text))
        aligned = align(truth.pcm, truth.sample_rate, guide.synthesise(clause(text)), models)
        assert [w.text for w in aligned.words] == [w.text for w in truth.words]
        found.append(np.abs(onsets(aligned) - onsets(truth)))
    return np.concatenate(found)


def test_the_phones_of_another_speaker_are_found(flite: Voice, stranger: Voice) -> None:
    off = errors(flite, stranger)
    assert np.median(off) < 0.015 and np.percentile(off, 90) < 0.035


def test_warping_finds_them_where_the_models_do_not(flite: Voice, stranger: Voice) -> None:
    off = errors(flite, stranger, lambda *_: None)
    assert np.median(off) < 0.03 and np.percentile(off, 90) < 0.15


def test_a_pause_that_the_guide_does_not_make_closes_the_mouth(flite: Voice) -> None:
    guide = flite.synthesise(clause("Turn right after the cafe."))
    middle = guide.words[2].start
    pcm = np.concatenate([guide.pcm[:middle], np.zeros(8000, np.int16), guide.pcm[middle:]])
    aligned = align(pcm, 16_000, guide)
    still = [mark for mark in aligned.phones[1:-1] if mark.phone == SILENCE]
    assert any(mark.start < middle + 2000 and mark.end > middle + 6000 for mark in still)


def test_without_a_guide_there_are_no_phones_and_silence_is_found_by_the_level(flite: Voice) -> None:
    spoken = flite.synthesise(clause("Yes, of course."))
    aligned = align(np.pad(spoken.pcm, 8000), 16_000, silence(0.0, 16_000))
    assert aligned.phones == () and len(aligned.pcm) == len(spoken.pcm) + 16_000
    assert abs(len(trim(aligned).pcm) - len(spoken.pcm)) < 1600


@pytest.mark.parametrize("length", [0, 1, 100, 2000])
def test_sound_too_short_for_its_words_gives_marks_inside_it(flite: Voice, length: int) -> None:
    guide = flite.synthesise(clause("Far too many words for that."))
    aligned = align(guide.pcm[:length], 16_000, guide)
    assert all(0 <= mark.start < mark.end <= length for mark in aligned.phones)


def test_words_without_phones_of_their_own_do_no_harm() -> None:
    rate = 16_000
    guide = Speech(np.ones(rate, np.int16), rate, (PhoneMark(SILENCE, 0, 100), PhoneMark("aa", 100, rate)))
    aligned = align((np.sin(np.arange(rate)) * 9000).astype(np.int16), rate, guide)
    assert any(mark.phone == "aa" for mark in aligned.phones)


def test_without_the_models_warping_does_it(flite: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    spoken = flite.synthesise(clause("Yes, of course."))
    assert np.abs(onsets(align(spoken.pcm, 16_000, spoken)) - onsets(spoken)).max() < 0.02
