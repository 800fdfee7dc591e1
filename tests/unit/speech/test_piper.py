"""A neural voice by its file, with tiny random weights: what the net is given, and what becomes of its sound."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.speech.conftest import clause, voice_or_skip
from tests.unit.speech.piper_net import FRAMES, HOP, RATE, SYMBOLS, write_net
from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import EngineError, VisavisError
from visavis_agent.core.phones import PHONES, SILENCE
from visavis_agent.speech import ipa
from visavis_agent.speech.bank import VoiceBank
from visavis_agent.speech.leads import LEADS
from visavis_agent.speech.piper import PiperVoice
from visavis_agent.speech.piper_symbols import symbols_of
from visavis_agent.speech.prosody import Prosody

TEXT = "The boss of the zoo pays $5, does he?"


@pytest.fixture(autouse=True)
def _with_espeak() -> None:
    voice_or_skip("espeak")


def voice(path: Path, **settings: Any) -> PiperVoice:
    made = LEADS.create("piper", {"model": str(path), **settings})
    assert isinstance(made, PiperVoice)
    return made


def given(made: PiperVoice, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, np.ndarray]]:
    seen: list[dict[str, np.ndarray]] = []
    run = made._net.run
    monkeypatch.setattr(made._net, "run", lambda inputs, c: seen.append(inputs) or run(inputs, c))
    return seen


def test_symbols_are_espeaks_and_know_their_words() -> None:
    tokens = clause(TEXT).tokens
    symbols = symbols_of(tokens, "en-us")
    of = {n: "".join(s.character for s in symbols if s.token == n) for n in range(len(tokens))}
    assert of == {
        0: "ðə",
        1: "bˈɔs",
        2: "ʌv",
        3: "ðə",
        4: "zˈuː",
        5: "pˈeɪz",
        6: "fˈaɪvdˈɑːlɚz",
        7: "dˈʌz",
        8: "hiː",
    }, "espeak-ng reads `of the` as one word, and $5 is two"
    assert "".join(s.character for s in symbols if s.token < 0).split() == [",", "?"]
    assert "".join(s.character for s in symbols).endswith("hiː?")


def test_the_net_gets_numbers_with_fillers_and_the_tempo_of_the_feeling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = voice(write_net(tmp_path))
    seen = given(made, monkeypatch)
    made.synthesise(clause("Yes.", prosody=Prosody(rate=1.0)), Cancellation())
    (inputs,) = seen
    ids = [SYMBOLS[i] for i in inputs["input"][0]]
    assert "".join(ids) == "^_j_ˈ_ɛ_s_._$" and inputs["input_lengths"] == [len(ids)]
    assert inputs["scales"] == pytest.approx([0.5, 0.55, 0.7]) and "sid" not in inputs


@pytest.mark.parametrize(("named", "number"), [("", 0), ("bert", 2), ("1", 1)])
def test_a_speaker_is_chosen_by_name_or_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, number: int
) -> None:
    made = voice(write_net(tmp_path, several=True), speaker=named)
    seen = given(made, monkeypatch)
    made.synthesise(clause("Yes."), Cancellation())
    assert seen[0]["sid"] == [number]


def test_phones_come_from_the_lengths_that_the_net_gives(tmp_path: Path) -> None:
    speech = voice(write_net(tmp_path)).synthesise(clause("Yes, zoo."), Cancellation())
    step = FRAMES * HOP
    assert speech.sample_rate == RATE and len(speech.pcm) == step * len("^_j_ˈ_ɛ_s_,_ _z_ˈ_u_ː_._$")
    marks = [(m.phone, m.start // step, m.end // step, m.stress) for m in speech.phones]
    assert marks == [
        ("pau", 0, 2, 0),
        ("y", 2, 4, 0),
        ("eh", 4, 8, 1),
        ("s", 8, 10, 0),
        ("pau", 10, 14, 0),
        ("z", 14, 16, 0),
        ("uw", 16, 22, 1),
        ("pau", 22, 25, 0),
    ]
    assert [(w.text, w.start // step, w.end // step) for w in speech.words] == [("Yes,", 2, 10), ("zoo.", 14, 22)]


def test_without_lengths_the_bank_aligns(tmp_path: Path) -> None:
    path = write_net(tmp_path, lengths=False)
    assert voice(path).synthesise(clause(TEXT), Cancellation()).phones == ()
    bank = VoiceBank("piper", {"piper": {"model": str(path)}})
    assert bank.open("en") == ()
    said = bank.say(TEXT, "en", Emotion())
    assert said.notes == () and said.speech.sample_rate == RATE
    assert [word.text for word in said.speech.words] == TEXT.split()
    assert "does not speak 'fr'" in bank.say("Bonjour.", "fr", Emotion()).notes[0]
    bank.close()


def test_a_run_can_be_cancelled(tmp_path: Path) -> None:
    made = voice(write_net(tmp_path))
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(EngineError):
        made.synthesise(clause(TEXT), cancellation)
    assert len(made.synthesise(clause(TEXT), Cancellation()).pcm)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda p: p.unlink(), "no model"),
        (lambda p: p.write_bytes(b"\x08\x01no onnx"), "cannot be loaded"),
        (lambda p: json_of(p).unlink(), "cannot be read"),
        (lambda p: json_of(p).write_text("{"), "does not hold a Piper-type net's settings"),
        (lambda p: json_of(p).write_text("[]"), "does not hold"),
        (lambda p: json_of(p).write_bytes(b"\xff\xfe"), "does not hold"),
        (lambda p: change(p, phoneme_id_map={"a": [1]}), "no Piper-type net has"),
        (lambda p: change(p, audio={"sample_rate": 5}), "no Piper-type net has"),
        (lambda p: change(p, phoneme_type="text"), "reads 'text'"),
        (lambda p: change(p, espeak={"voice": "klingon-none"}), "no voice 'klingon-none'"),
    ],
)
def test_what_is_missing_or_damaged_is_told_and_the_embedded_voice_speaks(
    tmp_path: Path, damage: Any, problem: str
) -> None:
    path = write_net(tmp_path)
    damage(path)
    with pytest.raises(VisavisError, match=problem):
        voice(path)
    bank = VoiceBank("piper", {"piper": {"model": str(path)}})
    assert any(problem in note and "the embedded voice speaks" in note for note in bank.open("en"))
    assert bank.say("Yes.", "en", Emotion()).speech.words
    bank.close()


def test_a_speaker_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no speaker 'carl'. Known: anna, bert"):
        voice(write_net(tmp_path, several=True), speaker="carl")


def test_a_net_that_fails_costs_no_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = VoiceBank("piper", {"piper": {"model": str(write_net(tmp_path))}})
    bank.open("en")
    assert bank._lead is not None
    monkeypatch.setattr(bank._lead._net, "run", lambda *_: [np.full((1, 1, 9999), np.nan)])  # type: ignore[attr-defined]
    said = bank.say("Yes.", "en", Emotion())
    assert "no sound" in said.notes[0] and said.speech.sample_rate == 16_000
    bank.close()


def json_of(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def change(path: Path, **values: Any) -> None:
    json_of(path).write_text(json.dumps(json.loads(json_of(path).read_text()) | values))


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("tʃˈɪldɹən", "ch ih l d r ax n"),
        ("mjuːzˈiəm", "m y uw z iy ax m"),
        ("oʊ", "ow"),
        ("ˈɔøroː", "oy r ao"),
        ("ʔ", ""),
        ("", ""),
    ],
)
def test_ipa_becomes_the_phones_of_the_lips(word: str, phones: str) -> None:
    found = ipa.phones(list(word))
    assert " ".join(phone for phone, *_ in found) == phones
    assert all(phone in PHONES - {SILENCE} for phone, *_ in found)
    assert all(a[2] == b[1] for a, b in pairwise(found))
    assert not found or (found[0][1] == 0 and found[-1][2] == len(word))
