"""The command that builds an avatar at set-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis_agent.rendering.avatar_file import load_avatar
from visavis_agent.rendering.builder.__main__ import main


def test_command_writes_a_valid_avatar_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new" / "small.avatar"
    assert main(["hero", "--out", str(path), "--gaussians", "9000"]) == 0
    avatar = load_avatar(path)
    assert avatar.name == "hero"
    assert str(path) in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["nobody"], ["hero", "--gaussians", "10"], ["hero", "--seed", "-1"], ["hero", "--gaussians", "x"]],
)
def test_bad_arguments_are_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert "error" in capsys.readouterr().err


def test_unwritable_place_is_reported_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["hero", "--out", str(blocked / "x.avatar"), "--gaussians", "8000"]) == 1
    assert "--out" in capsys.readouterr().err
