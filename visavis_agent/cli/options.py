"""Options that several commands share."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import yaml

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.deployment import Deployment, merge

Subparsers = Any  # argparse has no public name for it


def add_deployment(parser: argparse.ArgumentParser) -> None:
    """--config, --persona, --avatar, --seed and --set."""
    group = parser.add_argument_group("the agent")
    group.add_argument("--config", type=Path, metavar="FILE", help="deployment: persona, avatar, settings of stages")
    group.add_argument("--persona", metavar="NAME", help="persona pack, by name or directory")
    group.add_argument("--avatar", metavar="NAME", help="avatar, by name or file")
    group.add_argument("--seed", type=int, metavar="N", help="of all random numbers")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="STAGE.NAME=VALUE",
        help="one setting of a stage, e.g. rendering.framing=portrait",
    )


def deployment(options: argparse.Namespace, **more: dict[str, Any]) -> Deployment:
    """The deployment that the options describe; `more` are settings by stage below those of --set."""
    given = {"persona": options.persona, "avatar": options.avatar, "seed": options.seed}
    return Deployment.read(options.config, overrides(options, more), **given)


def overrides(options: argparse.Namespace, below: dict[str, Any] | None = None) -> dict[str, Any]:
    """The settings of --set by stage, over those of `below`."""
    merged: dict[str, Any] = dict(below or {})
    for item in options.set:
        merged = merge(merged, _override(item))
    return merged


def size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT in pixels.

    Raises:
        ConfigurationError: it is written otherwise.
    """
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text.strip())
    if match is None:
        raise ConfigurationError(f"the size {text!r}", "--size", "Write it as 512x512")
    return int(match[1]), int(match[2])


def _override(item: str) -> dict[str, Any]:
    name, sign, value = item.partition("=")
    *groups, last = name.split(".")
    if not sign or not groups or not all([*groups, last]):
        raise ConfigurationError(f"{item!r} sets nothing", "--set", "Write it as stage.name=value")
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        read = value
    nested: dict[str, Any] = {last: read}
    for group in reversed(groups):
        nested = {group: nested}
    return nested
