from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import EngineError
from visavis_agent.speech import bank as module
from visavis_agent.speech.bank import VoiceBank
from visavis_agent.speech.flite import speaker_for
from visavis_agent.speech.voices import Clause, Speech, Voice


@dataclass
class StandIn(Voice):
    """A voice that can be missing or broken."""

    tongues: frozenset[str]
    rate: int
    broken: bool = False

    @property
    def locales(self) -> frozenset[str]:
        return self.tongues

    def synthesise(self, clause: Clause) -> Speech:
        if self.broken:
            raise EngineError("the voice broke")
        return Speech(np.ones(100, np.int16), self.rate)


class StandInRegistry:
    def __init__(self, voices: Mapping[str, Voice]) -> None:
        self.voices = voices

    def create(self, name: str, values: Mapping[str, Any] | None = None) -> Voice:
        if name not in self.voices:
            raise EngineError(f"{name} is not installed", "", f"Install {name}")
        return self.voices[name]


FLITE = StandIn(frozenset({"en"}), 16_000)
ESPEAK = StandIn(frozenset({"en", "de"}), 22_050)


def bank(monkeypatch: pytest.MonkeyPatch, engine: str = "auto", **voices: Voice) -> VoiceBank:
    monkeypatch.setattr(module, "VOICES", StandInRegistry(voices))
    return VoiceBank(engine, {})


def test_each_language_has_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    both = bank(monkeypatch, flite=FLITE, espeak=ESPEAK)
    assert both.open("en") == ()
    assert both.say("Hello", "en-GB", Emotion()).speech.sample_rate == 16_000
    assert both.say("Hallo", "de", Emotion()).speech.sample_rate == 22_050


def test_a_missing_engine_is_said_at_start_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = bank(monkeypatch, espeak=ESPEAK)
    assert any("second-best" in note and "Install flite" in note for note in alone.open("en"))
    assert alone.say("Hello", "en", Emotion()).speech.sample_rate == 22_050
    alone = bank(monkeypatch, flite=FLITE)
    assert any("no language but English" in note for note in alone.open("en"))


def test_another_voice_takes_over_when_one_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    said = bank(monkeypatch, flite=StandIn(frozenset({"en"}), 16_000, broken=True), espeak=ESPEAK).say(
        "Hello.", "en", Emotion()
    )
    assert said.speech.sample_rate == 22_050
    assert "the voice broke" in said.notes
    assert said.ending == "."


def test_a_language_nobody_speaks_is_read_in_english_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = bank(monkeypatch, flite=FLITE, espeak=ESPEAK).say("Salve", "xx", Emotion())
    assert len(said.speech.pcm)
    assert any("'xx' is read" in note for note in said.notes)


def test_without_any_voice_the_reply_is_silent_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = bank(monkeypatch).say("Hello", "en", Emotion())
    assert not len(said.speech.pcm)
    assert any("stays silent" in note for note in said.notes)


def test_nothing_to_say_needs_no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    said = bank(monkeypatch).say("😀 …", "en", Emotion())
    assert not len(said.speech.pcm)
    assert said.notes == ()


def test_a_script_without_a_sound_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = bank(monkeypatch, flite=FLITE, espeak=ESPEAK).say("Say Привет", "en", Emotion())
    assert len(said.speech.pcm)
    assert any("Cyrillic" in note for note in said.notes)


def test_a_configured_engine_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="Install flite"):
        bank(monkeypatch, engine="flite").open("en")


def test_another_speaker_is_loaded_when_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Counting(StandInRegistry):
        def create(self, name: str, values: Mapping[str, Any] | None = None) -> Voice:
            made.append(f"{name} {(values or {}).get('voice', '')}".strip())
            return super().create(name, values)

    monkeypatch.setattr(module, "VOICES", Counting({"flite": FLITE}))
    voices = VoiceBank("flite", {"flite": {"voice": "slt"}})
    for speaker in ("slt", "awb", "awb", "slt"):
        voices.speak_as(speaker)
        voices.say("Hello", "en", Emotion())
    assert made == ["flite slt", "flite awb", "flite slt"]


def test_the_speaker_fits_the_presentation_and_stays_where_it_does() -> None:
    assert speaker_for("masculine", "slt") == "awb"
    assert speaker_for("masculine", "rms") == "rms"
    assert speaker_for("feminine", "awb") == "slt"
    assert speaker_for("neutral", "awb") == "awb"
    assert speaker_for("", "kal") == "kal"
