"""Where the package's own data lies: in a checkout, or in the share directory of an installed ROS package."""

from __future__ import annotations

import os
from pathlib import Path

from visavis_agent.core.errors import ConfigurationError

PACKAGE = "visavis"


def data_root() -> Path:
    """The directory that holds config/ and models/.

    The variable VISAVIS_ROOT names it outright; otherwise it is the checkout around this module, or
    `share/visavis` of a prefix in AMENT_PREFIX_PATH.

    Raises:
        ConfigurationError: there is none.
    """
    prefixes = [Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    named = os.environ.get("VISAVIS_ROOT")
    candidates = [Path(named)] if named else [Path(__file__).parents[2]]
    candidates += [] if named else [prefix / "share" / PACKAGE for prefix in prefixes]
    for candidate in candidates:
        if (candidate / "config" / "personas").is_dir():
            return candidate
    raise ConfigurationError(
        "the directory with config/personas and models is nowhere",
        ", ".join(map(str, candidates)),
        "Run from the checkout, source the workspace's setup file, or set VISAVIS_ROOT",
    )


def models_directory() -> Path:
    """Where models lie: those of the repository and those that set-up builds."""
    return data_root() / "models"


def conversations_directory() -> Path:
    """Where written conversations lie."""
    return data_root() / "config" / "conversations"


def personas_directory() -> Path:
    """Where persona packs lie, one directory each."""
    return data_root() / "config" / "personas"


def cache_directory() -> Path:
    """Where rebuildable files go (engines, vectors of a persona): $XDG_CACHE_HOME/visavis; may not exist."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / PACKAGE


def fetched_directory() -> Path:
    """Where models of others lie once they are fetched: $XDG_DATA_HOME/visavis/models; may not exist."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / PACKAGE / "models"
