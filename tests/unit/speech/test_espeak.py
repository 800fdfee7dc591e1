from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest

from tests.unit.speech.conftest import clause, pitches
from visavis_agent.core.errors import EngineError
from visavis_agent.core.phones import PHONES
from visavis_agent.speech.espeak_phones import _OVERRIDES, _TABLE, arpabet
from visavis_agent.speech.voices import VOICES, Voice

SENTENCES = {
    "de": "Schöne Grüße aus München, das kostet 3,50 €.",
    "fr-FR": "Bonjour, je voudrais un café.",
    "pt-BR": "Bom dia, não sei onde está.",
    "ru": "Здравствуйте, где находится музей?",
    "zh": "你好，请问博物馆在哪里？",
    "ar": "مرحبا، كيف حالك؟",
    "en-GB": "Hello there, my friend.",
}


def test_the_table_holds_phones_only() -> None:
    for table in (_TABLE, *_OVERRIDES.values()):
        assert {phone for phones in table.values() for phone in phones.split()} <= PHONES


def test_mnemonics_are_read_with_stress_and_without_modifiers() -> None:
    assert arpabet("'aU") == (("aw",), 1)
    assert arpabet(",o:") == (("ao",), 2)
    assert arpabet("ts") == (("t", "s"), 0)
    assert arpabet("t;") == (("t",), 0)
    assert arpabet("_:") == (("pau",), 0)
    assert arpabet("_|") == ((), 0)
    assert arpabet("(en)") == ((), 0)
    assert arpabet("y", "pl") != arpabet("y", "de")


@pytest.mark.parametrize("locale", SENTENCES)
def test_every_language_has_phones_and_words_in_order(espeak: Voice, locale: str) -> None:
    text = SENTENCES[locale]
    speech = espeak.synthesise(clause(text, locale))
    assert speech.seconds > 0.8
    marks = speech.phones
    assert (marks[0].start, marks[-1].end) == (0, len(speech.pcm))
    assert all(a.end == b.start for a, b in itertools.pairwise(marks))
    assert {mark.phone for mark in marks} <= PHONES
    assert all(a.end <= b.start for a, b in zip(speech.words, speech.words[1:], strict=False))
    joiner = "" if locale == "zh" else " "
    assert joiner.join(word.text for word in speech.words) == text


def test_languages_do_not_leak_into_each_other(espeak: Voice) -> None:
    alone = espeak.synthesise(clause(SENTENCES["de"], "de"))
    espeak.synthesise(clause(SENTENCES["ru"], "ru"))
    again = espeak.synthesise(clause(SENTENCES["de"], "de"))
    assert alone.pcm.tobytes() == again.pcm.tobytes()


def test_an_unknown_language_is_an_error_and_not_the_last_voice(espeak: Voice) -> None:
    assert not espeak.speaks("xx")
    with pytest.raises(EngineError, match="does not speak 'xx'"):
        espeak.synthesise(clause("Hallo", "xx"))


def test_a_variant_changes_the_voice(espeak: Voice) -> None:
    other = VOICES.create("espeak", {"variant": "f2"}).synthesise(clause("Hallo Welt.", "de"))
    assert np.median(pitches(other)) > 1.2 * np.median(pitches(espeak.synthesise(clause("Hallo Welt.", "de"))))


def test_an_unknown_variant_is_an_error(espeak: Voice) -> None:
    with pytest.raises(EngineError, match="variant"):
        VOICES.create("espeak", {"variant": "nobody"})


def test_without_the_wheel_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(EngineError, match="pip install espeakng-loader"):
        VOICES.create("espeak")
