"""What a person reads and which status a script gets, for good and bad input."""

from __future__ import annotations

import json
import re
import wave
from pathlib import Path

import numpy as np
import pytest

from visavis_agent.cli import main
from visavis_agent.evaluation.question import spoken_question
from visavis_agent.rendering import avatars
from visavis_agent.rendering.avatar import Attributes


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sound(path: Path, pcm: np.ndarray, rate: int = 16_000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(pcm.dtype.itemsize)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())


def files(folder: Path) -> None:
    """The bad input of the tests."""
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("hello")
    (folder / "bytes.mp4").write_bytes(bytes(range(256)) * 20)
    (folder / "bad.yaml").write_text("rendering:\n  widht: 3\n")
    (folder / "twice.yaml").write_text("persona: vera\npersona: vera\n")
    (folder / "broken.avatar").write_bytes(b"no avatar")
    (folder / "broken.mcap").write_bytes(b"\x89MCAP0\r\n" + bytes(100))
    spoken_question("Hello.").save(folder / "good.wav")


BAD = {
    "no such sound": (["--audio", "none.wav"], "none.wav", "no such file"),
    "an empty sound": (["--audio", "empty.wav"], "empty.wav", "empty"),
    "no sound at all": (["--audio", "text.wav"], "text.wav", "no sound or film"),
    "a broken film": (["--audio", "good.wav", "--video", "bytes.mp4"], "bytes.mp4", "no sound or film"),
    "a folder": (["--audio", "."], ".", "directory"),
    "nothing": ([], "", "nothing to converse"),
    "too long a text": (["--text", "a" * 100_001], "--text", "100001 characters"),
    "no such persona": (["--text", "hi", "--persona", "nobody"], "nobody", "no persona"),
    "no such avatar": (["--text", "hi", "--avatar", "nobody"], "nobody", "no avatar"),
    "a corrupt avatar": (["--text", "hi", "--avatar", "broken.avatar", "--size", "64x64"], "broken.avatar", ""),
    "no such file of settings": (["--text", "hi", "--config", "none.yaml"], "none.yaml", "cannot be read"),
    "an unknown setting": (["--text", "hi", "--config", "bad.yaml"], "bad.yaml:2", "Did you mean 'width'"),
    "a key twice": (["--text", "hi", "--config", "twice.yaml"], "twice.yaml:2", "twice"),
    "an unknown stage": (["--text", "hi", "--set", "rendring.width=64"], "command line", "Did you mean 'rendering'"),
    "a wrong type": (["--text", "hi", "--set", "rendering.width=abc"], "command line", "type int"),
    "a setting that sets nothing": (["--text", "hi", "--set", "rendering"], "--set", "stage.name=value"),
    "an odd size": (["--text", "hi", "--size", "65x64"], "65×64", "even"),
    "a size in words": (["--text", "hi", "--size", "large"], "--size", "512x512"),
    "a negative seed": (["--text", "hi", "--seed", "-1"], "command line", "lowest"),
    "no time at all": (["--audio", "good.wav", "--limit", "0"], "--limit", "more than 0"),
    "a place that cannot be written": (["--text", "hi", "--out", "/proc/none/x", "--no-film"], "/proc/none", "written"),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_input_is_told_in_words(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files(tmp_path)
    arguments, where, what = BAD[name]
    assert main(["converse", *arguments]) == 2
    message = capsys.readouterr().err
    assert message.startswith("visavis: ") and where in message and what in message
    assert "Traceback" not in message and message.count("\n") == 1


@pytest.mark.parametrize("path", ["none.mcap", "broken.mcap", "text.wav", "good.wav"])
def test_what_is_no_bag_is_not_replayed(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files(tmp_path)
    assert main(["replay", path]) == 2
    assert path in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "a bag or a visitor"),
        (["good.mcap", "--text", "hi"], "a bag or a visitor"),
        (["broken.mcap"], "broken.mcap"),
        (["--text", "hi", "--set", "motion.layers.nods=1"], "nods"),
        (["--audio", "good.wav", "--from", "3", "--to", "2"], "--from"),
    ],
)
def test_motion_that_cannot_be_plotted_is_told_in_words(
    arguments: list[str], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files(tmp_path)
    assert main(["motion", "plot", *arguments]) == 2
    message = capsys.readouterr().err
    assert message.startswith("visavis: ") and what in message and "Traceback" not in message


def test_the_motion_of_a_bag_is_plotted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound(tmp_path / "quiet.wav", np.zeros(1_600, np.int16))
    assert main(["converse", "--no-film", "--audio", "quiet.wav", "--seed", "4", "--out", "x"]) == 0
    assert main(["motion", "plot", "x.mcap", "--out", "motion.png"]) == 0
    assert (tmp_path / "motion.png").read_bytes().startswith(b"\x89PNG")
    assert "note" not in capsys.readouterr().err  # the second run gave the recorded motion


TEXTS = ["a\x00b\x1b[31mc\x7f", "Где здесь туалет?", "厕所在哪里", "🙂🙂", "a" * 100_000, "   "]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_gets_an_answer(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["converse", "--no-film", "--text", text, "--out", "x"]) == 0
    events = json.loads((tmp_path / "x.json").read_text())["events"]
    said = [event["text"] for event in events if event["topic"] == "dialogue/speech_plan"]
    assert bool(said) == bool(text.strip())
    assert "\x1b" not in capsys.readouterr().out


SOUNDS = {
    "silence in stereo": (np.zeros(44_100 * 2, np.int16), 44_100, 2),
    "eight bits": (np.full(8_000, 128, np.uint8), 8_000, 1),
    "32 bits": (np.zeros(48_000, np.int32), 48_000, 1),
    "a tenth of a second": (np.zeros(1_600, np.int16), 16_000, 1),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_without_speech_is_no_failure(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pcm, rate, channels = SOUNDS[name]
    sound(tmp_path / "quiet.wav", pcm, rate, channels)
    assert main(["converse", "--no-film", "--audio", "quiet.wav"]) == 0
    assert "Nobody asked anything" in capsys.readouterr().out


def test_converse_says_what_was_understood_and_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["converse", "--no-film", "--text", "Where are the toilets?", "--out", "folder/visit"]) == 0
    out = capsys.readouterr().out
    assert "Visitor: Where are the toilets?" in out and re.search(r"Vera: .*\[\d+ ms after the question\]", out)
    assert {path.name for path in (tmp_path / "folder").iterdir()} == {"visit.json", "visit.png", "visit.mcap"}


def test_a_replay_tells_identical_from_different(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["converse", "--no-film", "--text", "hello", "--out", "visit", "--seed", "3"]) == 0
    capsys.readouterr()
    assert main(["replay", "visit.mcap"]) == 0
    assert capsys.readouterr().out.startswith("identical: ")


def test_every_bench_is_named_and_an_unknown_one_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--list"]) == 0
    assert "turn" in capsys.readouterr().out
    assert main(["bench", "nothing"]) == 2
    assert "turn" in capsys.readouterr().err


def test_a_mistake_of_ours_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(path: Path) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("visavis_agent.cli.replay.replay", broken)
    assert main(["replay", "x.mcap"]) == 70
    message = capsys.readouterr().err
    assert "internal error (ZeroDivisionError: by zero)" in message and "Traceback" not in message


def test_choose_names_who_fits_and_says_why_nobody_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    people = {"ann": Attributes("human", "feminine", 30), "carl": Attributes("human", "masculine", 62)}
    monkeypatch.setattr(avatars, "cast", lambda: people)
    for words, name in (("a 25-year-old woman", "ann"), ("an older man", "carl"), ("somebody of 50 years", "carl")):
        assert main(["avatar", "choose", words]) == 0
        assert capsys.readouterr().out == f"{name}\n"
    for words, problem in (("hello", "describes nobody"), ("a robot", "nobody fits")):
        assert main(["avatar", "choose", words]) != 0
        assert problem in capsys.readouterr().err
