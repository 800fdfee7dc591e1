"""`visavis models`: what a person sees, agrees to and gets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.core.test_download import DATA, SHA256, Server, server
from visavis_agent.cli import main
from visavis_agent.core.errors import EngineError
from visavis_agent.core.external_models import external_models, find_model, folder_of

__all__ = ["server"]  # the fixture


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def manifest(folder: Path, server: Server, sha256: str = "", name: str = "tiny", file: str = "tiny.onnx") -> list[str]:
    entry = {"title": "A tiny voice", "licence": "CC0", "licence_url": "http://licence/", "files": {}}
    entry["files"] = {file: {"url": server.url, "sha256": sha256}}
    path = folder / "mine.yaml"
    path.write_text(json.dumps({"external": {name: entry}}))
    return ["--manifest", str(path)]


def test_the_manifest_of_the_repository_can_be_read() -> None:
    models = external_models()
    assert models and all(m.title and m.licence and m.licence_url and m.use for m in models.values())
    assert all(source.url.startswith("https://") for m in models.values() for source in m.files.values())


def test_a_model_is_fetched_recorded_and_found_by_its_name(
    home: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = manifest(home, server)
    assert main(["models", "list", *mine]) == 0
    assert "not fetched" in capsys.readouterr().out
    assert main(["models", "fetch", "tiny", "--accept-licence", *mine]) == 0
    told = capsys.readouterr()
    assert "CC0" in told.out and "http://licence/" in told.out and "100 % of 0.5 MB" in told.err
    assert "nobody vouches" in told.err and SHA256 in told.err
    assert find_model("tiny", "speech.piper.model").read_bytes() == DATA
    assert main(["models", "list", *mine]) == 0
    assert "not fetched" not in capsys.readouterr().out
    before = len(server.asked)
    assert main(["models", "fetch", "tiny", "--accept-licence", *mine]) == 0
    assert len(server.asked) == before, "what is there and right is not fetched again"


def test_a_file_that_somebody_vouches_for_needs_no_warning(
    home: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "fetch", "tiny", "--accept-licence", *manifest(home, server, SHA256)]) == 0
    assert "vouches" not in capsys.readouterr().err


def test_a_damaged_file_is_seen_and_fetched_again(
    home: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = manifest(home, server)
    main(["models", "fetch", "tiny", "--accept-licence", *mine])
    (folder_of("tiny") / "tiny.onnx").write_bytes(DATA[:-1] + b"x")
    capsys.readouterr()
    main(["models", "list", *mine])
    assert "damaged" in capsys.readouterr().out
    assert main(["models", "fetch", "tiny", "--accept-licence", *mine]) == 0
    assert find_model("tiny", "").read_bytes() == DATA


def test_another_file_than_the_first_time_is_refused(
    home: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = manifest(home, server)
    main(["models", "fetch", "tiny", "--accept-licence", *mine])
    (folder_of("tiny") / "tiny.onnx").unlink()
    server.data = b"something else" * 100
    assert main(["models", "fetch", "tiny", "--accept-licence", *mine]) == 2
    assert "not the file that was fetched the first time" in capsys.readouterr().err
    wrong = manifest(home, server, hashlib.sha256(b"").hexdigest(), "other")
    assert main(["models", "fetch", "other", "--accept-licence", *wrong]) == 2
    assert "not the file that was expected" in capsys.readouterr().err


def test_nothing_is_fetched_without_consent(
    home: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = manifest(home, server)
    assert main(["models", "fetch", "tiny", *mine]) == 2
    assert "--accept-licence" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert main(["models", "fetch", "tiny", *mine]) == 2
    assert not server.asked
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert main(["models", "fetch", "tiny", *mine]) == 0


@pytest.mark.parametrize("bad", ["../escape", "a/b", ".hidden", ""])
def test_names_stay_inside_their_folder(
    home: Path, server: Server, capsys: pytest.CaptureFixture[str], bad: str
) -> None:
    assert main(["models", "list", *manifest(home, server, file=bad)]) == 2
    assert "is no name" in capsys.readouterr().err
    assert main(["models", "list", *manifest(home, server, name=bad)]) == 2


def test_what_is_not_there_is_told_with_what_to_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "nonsense"]) == 2
    assert "Known: en_US-ljspeech-high" in capsys.readouterr().err
    with pytest.raises(EngineError, match="visavis models fetch en_US-ljspeech-high"):
        find_model("en_US-ljspeech-high", "speech.piper.model")
    for name in ("nonsense", "/no/such.onnx", "", "../x", "~nobody/x"):
        with pytest.raises(EngineError, match="visavis models list"):
            find_model(name, "speech.piper.model")
    (home / "own.onnx").write_bytes(b"")
    assert find_model(str(home / "own.onnx"), "") == home / "own.onnx"
