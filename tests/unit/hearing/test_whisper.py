"""A Whisper-type net of random weights: it is loaded, read with, and does without when it is missing or broken."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.unit.hearing.whisper_net import write_net
from visavis_agent.core.errors import EngineError
from visavis_agent.hearing.recogniser import RECOGNISERS, RecogniserSettings
from visavis_agent.hearing.whisper_recogniser import WhisperRecogniser
from visavis_agent.hearing.whisper_settings import WhisperSettings
from visavis_agent.hearing.whisper_worker import said

SOUND = (np.random.default_rng(0).normal(0, 3000, 16_000)).astype(np.int16)
installed = pytest.mark.skipif(find_spec("_pywhispercpp") is None, reason="pywhispercpp is not installed")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_net(tmp_path_factory.mktemp("whisper") / "ggml-random.bin")


def recogniser(path: Path | str, locale: str = "de", **settings: float) -> WhisperRecogniser:
    """In German, the embedded recogniser stands not beside it."""
    whisper = WhisperSettings(model=str(path), **settings)  # type: ignore[arg-type]
    made = RECOGNISERS.load("whisper")(RecogniserSettings(locale=locale, whisper=whisper))
    assert isinstance(made, WhisperRecogniser)
    return made


def hear(ears: WhisperRecogniser) -> None:
    ears.begin()
    ears.feed(SOUND, np.zeros_like(SOUND))  # it reads what was recorded


@installed
def test_a_net_reads_the_same_sound_the_same_way(net: Path) -> None:
    ears = recogniser(net)
    notes = ears.prepare()
    assert any("English only" in note for note in notes)
    hear(ears)
    assert not ears.partial().hypotheses
    first = ears.finish()
    assert not first.problem and first.hypotheses[0].text.startswith("w")
    assert 0.0 <= first.hypotheses[0].confidence <= 1.0
    hear(ears)
    assert ears.settle() == first
    ears.close()


@installed
def test_a_net_of_many_languages_takes_any(tmp_path: Path) -> None:
    ears = recogniser(write_net(tmp_path / "many.bin", multilingual=True))
    assert not any("English only" in note for note in ears.prepare())
    ears.close()


@installed
def test_a_process_that_dies_costs_one_reading_and_comes_back(net: Path) -> None:
    ears = recogniser(net, timeout_s=30.0)
    ears.prepare()
    os.kill(ears._lead._worker.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    hear(ears)
    lost = ears.finish()
    assert not lost.hypotheses and "no reading" in lost.problem and "nothing is understood" in lost.problem
    for _ in range(3):
        hear(ears)
        assert ears.finish().problem == "", "it is not asked while it loads"
    hear(ears)
    assert ears.finish().hypotheses
    ears.close()


@installed
@pytest.mark.parametrize("kept", [1000, 3_000_000])
def test_half_a_net_is_told_and_not_asked(net: Path, tmp_path: Path, kept: int) -> None:
    half = tmp_path / "half.bin"
    half.write_bytes(net.read_bytes()[:kept])
    ears = recogniser(half)
    with pytest.raises(EngineError, match="cannot be loaded"):
        ears.prepare()
    ears.close()


@installed
def test_the_embedded_recogniser_goes_on_without_the_net(net: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.bin"
    half.write_bytes(net.read_bytes()[:1000])
    ears = recogniser(half, "en")
    (note,) = ears.prepare()
    assert "cannot be loaded" in note and "the embedded recogniser goes on" in note
    hear(ears)
    assert ears.finish().problem == ""
    ears.close()


@installed
@pytest.mark.parametrize("content", [b"", b"lm", b"ONNX and much more"])
def test_a_file_that_is_no_net_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.bin"
    path.write_bytes(content)
    with pytest.raises(EngineError, match="no Whisper-type net"):
        recogniser(path)


@installed
def test_a_net_that_is_not_there_names_its_setting() -> None:
    with pytest.raises(EngineError, match=r"recognition\.whisper\.model.*there is no model 'ggml-none'"):
        recogniser("ggml-none")


def test_without_the_package_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visavis_agent.hearing.whisper_recogniser._MODULE", "no_such_module")
    with pytest.raises(EngineError, match=r"pywhispercpp is not installed.*visavis-agent\[whisper\]"):
        recogniser("any.bin")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (" Where is the exit?", "Where is the exit?"),
        ("[BLANK_AUDIO]", ""),
        (" (door closes) *coughs* hello", "hello"),
        ("♪ la la ♪", ""),
        (" one [two", "one [two"),
    ],
)
def test_remarks_about_sounds_are_no_words(written: str, words: str) -> None:
    assert said(written) == words
