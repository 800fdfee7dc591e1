"""Finding avatars: by name among the models, or by path."""

from __future__ import annotations

import contextlib
from pathlib import Path

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.paths import models_directory
from visavis_agent.rendering.avatar import Attributes, AvatarError
from visavis_agent.rendering.avatar_file import SUFFIX, Avatar, load_avatar, read_attributes


def avatars_directory() -> Path:
    """Where avatars lie that go by a name."""
    return models_directory() / "avatars"


def avatar_names() -> list[str]:
    """Names of the avatars there are, sorted."""
    return sorted(path.stem for path in avatars_directory().glob(f"*{SUFFIX}"))


def avatar_path(name_or_path: str) -> Path:
    """The file of an avatar, given its name (`hero`) or a path (with a slash, or ending in .avatar).

    Raises:
        ConfigurationError: there is no such avatar; says which there are.
    """
    as_path = Path(name_or_path)
    named = as_path.name == name_or_path and as_path.suffix != SUFFIX
    path = avatars_directory() / f"{name_or_path}{SUFFIX}" if named else as_path
    if path.is_file():
        return path
    known = avatar_names()
    remedy = f"There are: {', '.join(known)}" if known else "There is none yet: run `visavis avatar make hero`"
    raise ConfigurationError(f"there is no avatar {name_or_path!r}", str(path), remedy)


def attributes(name_or_path: str) -> Attributes:
    """Kind, presentation and age of the avatar of that name or path.

    Raises:
        ConfigurationError: there is no such avatar.
        AvatarError: its file is damaged or not an avatar.
    """
    return read_attributes(avatar_path(name_or_path))


def cast() -> dict[str, Attributes]:
    """Everybody who goes by a name; who cannot be read is left out."""
    people = {}
    for name in avatar_names():
        with contextlib.suppress(AvatarError):
            people[name] = attributes(name)
    return people


def open_avatar(name_or_path: str) -> Avatar:
    """The checked avatar of that name or path.

    Raises:
        ConfigurationError: there is no such avatar.
        AvatarError: its file is damaged or not an avatar.
    """
    return load_avatar(avatar_path(name_or_path))
