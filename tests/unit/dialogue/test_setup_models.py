from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from visavis_agent import setup_models
from visavis_agent.core.errors import EngineError
from visavis_agent.rendering.builder.parameters import CHARACTERS
from visavis_agent.setup_models import Artefact, artefacts, ensure, main


def artefact(text: str = "one", source: str = "1", counter: list[int] | None = None) -> Artefact:
    def build(directory: Path) -> None:
        if counter is not None:
            counter.append(1)
        (directory / "sub").mkdir()
        (directory / "sub" / "thing.bin").write_text(text)

    return Artefact("thing", ("sub/thing.bin",), lambda: {"source": source}, build)


def broken(directory: Path) -> None:
    (directory / "sub").mkdir()
    (directory / "sub" / "thing.bin").write_text("half")
    raise EngineError("the disk is full")


def replace_build(build: Callable[[Path], None]) -> Artefact:
    return Artefact("thing", ("sub/thing.bin",), lambda: {"source": "2"}, build)


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    built: list[int] = []
    assert ensure(artefact(counter=built), tmp_path)
    assert not ensure(artefact(counter=built), tmp_path)
    assert len(built) == 1


def test_a_changed_source_or_a_damaged_output_is_built_anew(tmp_path: Path) -> None:
    ensure(artefact(), tmp_path)
    assert ensure(artefact("two", source="2"), tmp_path)
    output = tmp_path / "sub" / "thing.bin"
    assert output.read_text() == "two"
    output.write_text("damaged")
    assert ensure(artefact("two", source="2"), tmp_path)
    assert output.read_text() == "two"


def test_a_damaged_stamp_is_no_obstacle(tmp_path: Path) -> None:
    ensure(artefact(), tmp_path)
    (tmp_path / ".thing.json").write_text("[]")
    assert ensure(artefact(), tmp_path)
    assert not ensure(artefact(), tmp_path)


def test_a_failed_build_leaves_what_was_there_and_no_rubbish(tmp_path: Path) -> None:
    ensure(artefact(), tmp_path)
    with pytest.raises(EngineError):
        ensure(replace_build(broken), tmp_path)
    assert (tmp_path / "sub" / "thing.bin").read_text() == "one"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".thing.json", "sub"]


def test_set_up_builds_the_nets_and_the_characters() -> None:
    assert [a.name for a in artefacts()] == ["minilm", "emotion", "lips", *CHARACTERS]


def test_a_failure_is_said_in_words_and_the_rest_is_still_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_models, "models_directory", lambda: tmp_path)
    both = (Artefact("bad", ("x",), dict, broken), artefact())
    monkeypatch.setattr(setup_models, "artefacts", lambda: both)
    assert main() == 1
    out = capsys.readouterr()
    assert "bad: the disk is full" in out.err
    assert "thing: built" in out.out
