"""Set-up does what is needed, once, goes on where it was interrupted, and says what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import python_choice
import setup_env
import system_packages


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(setup_env, "ROOT", tmp_path)
    monkeypatch.setattr(setup_env, "STAMPS", tmp_path / "stamps")
    (tmp_path / "stamps").mkdir()
    return tmp_path / "stamps"


@pytest.fixture
def done() -> list[str]:
    return []


def doing(done: list[str]) -> Callable[[], None]:
    return lambda: done.append("done")


def test_a_step_is_done_once_for_the_same_inputs(stamps: Path, done: list[str]) -> None:
    for _ in range(3):
        setup_env.step("packages", ["numpy==1"], doing(done), "packages")
    assert done == ["done"]


def test_a_step_is_done_again_when_a_file_changed(stamps: Path, done: list[str]) -> None:
    source = stamps.parent / "face.cpp"
    for content in ("1", "1", "2", "2"):
        source.write_text(content)
        setup_env.step("package", [source], doing(done), "package")
    assert done == ["done", "done"]


def test_an_interrupted_step_is_done_again_even_if_its_inputs_go_back(stamps: Path, done: list[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    setup_env.step("packages", ["numpy==1"], doing(done), "packages")
    with pytest.raises(KeyboardInterrupt):
        setup_env.step("packages", ["numpy==2"], interrupted, "packages")
    setup_env.step("packages", ["numpy==1"], doing(done), "packages")
    assert done == ["done", "done"]


@pytest.fixture
def commands(stamps: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The pip commands that would run, without `python -m pip` and its general options."""
    seen: list[list[str]] = []

    def record(*command: str | Path) -> str:
        seen.append([str(word) for word in command[5:]])
        return ""

    monkeypatch.setattr(setup_env, "run", record)
    return seen


def test_a_package_that_left_the_lock_is_removed(commands: list[list[str]]) -> None:
    setup_env.install_packages(["numpy==1", "old-thing==2"], [])
    commands.clear()
    setup_env.install_packages(["numpy==1"], [])
    assert commands == [["uninstall", "-q", "-y", "old-thing"], ["install", "-q", "--no-deps", "numpy==1"]]


def test_the_two_onnxruntimes_are_both_removed_before_the_other_comes(commands: list[list[str]]) -> None:
    setup_env.install_packages(["onnxruntime==1"], [])
    commands.clear()
    setup_env.install_packages(["onnxruntime-gpu==1"], [])
    assert commands[0] == ["uninstall", "-q", "-y", "onnxruntime", "onnxruntime-gpu"]
    assert commands[1][-1] == "onnxruntime-gpu==1"


def test_an_interrupted_swap_still_knows_what_has_to_go(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    setup_env.install_packages(["onnxruntime==1"], [])
    record = setup_env.run

    def interrupted(*command: str | Path) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(setup_env, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        setup_env.install_packages(["onnxruntime-gpu==1"], [])
    monkeypatch.setattr(setup_env, "run", record)
    commands.clear()
    setup_env.install_packages(["onnxruntime-gpu==1"], [])
    assert commands[0] == ["uninstall", "-q", "-y", "onnxruntime", "onnxruntime-gpu"]


def test_options_stay_as_the_last_run_left_them(stamps: Path) -> None:
    def options(gpu: str | None = None, train: str | None = None) -> dict[str, bool]:
        return setup_env.remembered_options(setup_env.argparse.Namespace(gpu=gpu, train=train))

    assert options() == {"gpu": False, "train": False}
    assert options(train="1") == {"gpu": False, "train": True}
    assert options(gpu="1") == {"gpu": True, "train": True}
    assert options(train="0") == {"gpu": True, "train": False}
    assert json.loads((stamps / "options.json").read_text()) == options()


def test_a_python_that_cannot_serve_is_named_with_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "python3.11": {"version": [3, 11], "venv": False, "headers": False, "machine": "x86_64"},
        "python3.12": {"version": [3, 12], "venv": True, "headers": True, "machine": "aarch64"},
        "python3": {"version": [3, 13], "venv": True, "headers": True, "machine": "x86_64"},
    }

    def probe(name: str) -> python_choice.Python:
        if name not in found:
            return python_choice.Python(name, "", "", "is not there")
        return python_choice.Python(name, name, "", python_choice._fault(found[name]))

    monkeypatch.setattr(python_choice, "probe", probe)
    monkeypatch.setattr(system_packages, "install", lambda names: False)
    with pytest.raises(setup_env.SetUpError) as error:
        setup_env.find_python(None)
    for words in (
        "python3.11 lacks the Debian/Ubuntu package python3.11-venv and python3.11-dev",
        "python3.12 runs on aarch64",
        "python3.10 is not there",
        "python3 is not one of Python 3.10, 3.11, 3.12",
        "apt-get install -y --no-install-recommends python3 python3-venv python3-dev",
    ):
        assert words in str(error.value)


def test_the_first_usable_python_is_taken_and_a_named_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    usable = {"python3.12", "python3.10"}
    monkeypatch.setattr(
        python_choice,
        "probe",
        lambda name: python_choice.Python(name, name, "", "" if name in usable else "is not there"),
    )
    assert python_choice.choose(None)[-1].name == "python3.12"
    assert [python.name for python in python_choice.choose("python3.11")] == ["python3.11"]


def test_a_missing_required_package_stops_set_up_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = system_packages.SystemPackage("cmake", "builds", command="no-such-command")
    monkeypatch.setattr(system_packages, "REQUIRED", (nothing,))
    monkeypatch.setattr(system_packages, "install", lambda names: False)
    with pytest.raises(setup_env.SetUpError, match="apt-get install -y --no-install-recommends cmake"):
        setup_env.require_system_packages()


def test_a_missing_optional_package_is_told_and_set_up_goes_on(
    stamps: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    attempts: list[list[str]] = []
    nothing = system_packages.SystemPackage("flite", "the English voice", library="no-such-library.so")
    monkeypatch.setattr(system_packages, "OPTIONAL", (nothing,))
    monkeypatch.setattr(system_packages, "install", lambda names: bool(attempts.append(names)))
    for _ in range(2):
        setup_env.offer_system_packages()
        told = capsys.readouterr().out
        assert "flite (the English voice) is missing" in told
        assert "apt-get install -y --no-install-recommends flite" in told
    assert attempts == [["flite"]]
