"""Avatars by name and by path."""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.rendering import avatars
from visavis_agent.rendering.avatar import Avatar, AvatarError
from visavis_agent.rendering.avatar_file import save_avatar


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, avatar: Avatar) -> Path:
    for name in ("mia", "ben"):
        save_avatar(tmp_path / f"{name}.avatar", avatar)
    monkeypatch.setattr(avatars, "avatars_directory", lambda: tmp_path)
    return tmp_path


def test_avatars_are_found_by_name(directory: Path) -> None:
    assert avatars.avatar_names() == ["ben", "mia"]
    assert avatars.open_avatar("mia").name == "tiny"


def test_avatars_are_found_by_path(directory: Path) -> None:
    assert avatars.avatar_path(str(directory / "ben.avatar")) == directory / "ben.avatar"


@pytest.mark.parametrize("name", ["zoe", "", "..", "a/b", "zoe.avatar"])
def test_a_missing_avatar_says_which_there_are(directory: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="There are: ben, mia"):
        avatars.avatar_path(name)


def test_without_any_avatar_the_way_to_make_one_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(avatars, "avatars_directory", lambda: tmp_path / "none")
    with pytest.raises(ConfigurationError, match="visavis avatar make hero"):
        avatars.avatar_path("hero")


def test_the_cast_is_everybody_who_can_be_read(directory: Path, avatar: Avatar) -> None:
    (directory / "broken.avatar").write_bytes(b"no zip")
    people = avatars.cast()
    assert people
    assert "broken" not in people
    assert all(who == avatar.attributes for who in people.values())
    with pytest.raises(AvatarError):
        avatars.attributes("broken")
