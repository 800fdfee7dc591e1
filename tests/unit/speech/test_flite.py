from __future__ import annotations

import ctypes
import itertools

import numpy as np
import pytest

from tests.unit.speech.conftest import clause, pitches
from visavis_agent.core.errors import ConfigurationError, EngineError
from visavis_agent.core.phones import PHONES, SILENCE
from visavis_agent.speech import flite as module
from visavis_agent.speech.prosody import Prosody
from visavis_agent.speech.sound import mend_wraps
from visavis_agent.speech.voices import VOICES, Voice

TEXT = "The cat's well-known friend (Bob) paid $5.50, didn't he?"


def test_phones_cover_the_sound_without_holes(flite: Voice) -> None:
    speech = flite.synthesise(clause(TEXT))
    marks = speech.phones
    assert (marks[0].start, marks[-1].end) == (0, len(speech.pcm))
    assert all(a.end == b.start for a, b in itertools.pairwise(marks))
    assert {mark.phone for mark in marks} <= PHONES


def test_words_carry_what_was_written_and_lie_on_their_phones(flite: Voice) -> None:
    speech = flite.synthesise(clause(TEXT))
    assert " ".join(word.text for word in speech.words) == TEXT
    edges = {edge for mark in speech.phones for edge in (mark.start, mark.end)}
    assert all({word.start, word.end} <= edges for word in speech.words)
    cat = next(word for word in speech.words if word.text == "cat's")
    assert [p.phone for p in speech.phones if cat.start <= p.start < cat.end] == ["k", "ae", "t", "s"]


def test_stress_and_accent_are_marked(flite: Voice) -> None:
    vowels = {mark.phone: mark for mark in flite.synthesise(clause("Hello there.")).phones}
    assert (vowels["ow"].stress, vowels["ow"].accented) == (1, True)
    assert (vowels["ax"].stress, vowels["ax"].accented) == (0, False)


def test_equal_text_gives_equal_sound(flite: Voice) -> None:
    first = flite.synthesise(clause(TEXT))
    flite.synthesise(clause("Something else.", prosody=Prosody(rate=0.3, pitch=5.0)))
    again = flite.synthesise(clause(TEXT))
    assert first.pcm.tobytes() == again.pcm.tobytes()
    assert first.phones == again.phones


def test_silence_at_the_ends_is_short(flite: Voice) -> None:
    speech = flite.synthesise(clause("Yes."))
    assert speech.phones[0].phone == speech.phones[-1].phone == SILENCE
    assert speech.phones[0].end <= 0.021 * speech.sample_rate
    assert speech.phones[-1].end - speech.phones[-1].start <= 0.061 * speech.sample_rate


def test_other_speakers_speak_and_say_what_they_cannot(flite: Voice) -> None:
    male = VOICES.create("flite", {"voice": "awb"})
    low, high = (np.median(pitches(voice.synthesise(clause(TEXT)))) for voice in (male, flite))
    assert low < 150 < high
    assert not flite.limits
    assert "fixed pitch" in VOICES.create("flite", {"voice": "rms"}).limits[0]


def test_a_speaker_that_does_not_exist_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="Allowed: slt"):
        VOICES.create("flite", {"voice": "nobody"})


def test_without_the_library_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise OSError("libflite.so.1: cannot open shared object file")

    monkeypatch.setattr(module, "_library", None)
    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(EngineError, match="apt-get install -y flite libflite1"):
        VOICES.create("flite")


def test_overflowed_samples_are_saturated() -> None:
    wave = 40_000 * np.sin(np.arange(400) / 20) * np.hanning(400)
    wrapped = wave.astype(np.int32).astype(np.int16)
    mended = mend_wraps(wrapped)
    assert np.abs(mended - np.clip(wave, -32768, 32767)).max() <= 1
    quiet = (wave / 2).astype(np.int16)
    assert mend_wraps(quiet) is quiet


@pytest.mark.parametrize("text", ["a", "I", "'s", "o'clock", "A.B.C.", "x" * 90, "no " * 60], ids=repr)
def test_odd_words_are_said(flite: Voice, text: str) -> None:
    speech = flite.synthesise(clause(text))
    assert speech.words
    assert speech.words[-1].end <= len(speech.pcm)
