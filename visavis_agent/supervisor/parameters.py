"""A deployment as a ROS parameters file.

`visavis_parameters DEPLOYMENT FILE [--persona NAME] [--avatar NAME] [--with STAGE]` writes it and prints the names of
the stages that the deployment has, as JSON: what launch files need.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis_agent.core.errors import ConfigurationError, VisavisError
from visavis_agent.deployment import Deployment, leaves

_SCALARS = (bool, int, float, str)


def write_parameters(deployment: Deployment, path: Path) -> None:
    """Write the settings that differ from the defaults, for nodes in any namespace.

    JSON is YAML, and leaves no text to be mistaken for a number or a truth value.

    Raises:
        ConfigurationError: a setting has a value that ROS parameters cannot hold.
    """
    nodes = {
        f"/**/{stage}": {"ros__parameters": {"seed": deployment.seed, **stage_parameters(deployment, stage)}}
        for stage in deployment.settings
    }
    path.write_text(json.dumps(nodes, ensure_ascii=False, indent=1), encoding="utf-8")


def stage_parameters(deployment: Deployment, stage: str) -> dict[str, Any]:
    """Parameter name -> value of the settings of one stage that were given."""
    settings = deployment.settings[stage]
    defaults = type(settings)()
    out: dict[str, Any] = {}
    for name, _ in leaves(deployment.given[stage]):
        value = _value(settings, name)
        if _fits(value):
            out[name] = list(value) if isinstance(value, tuple) else value
        elif value != _value(defaults, name):
            raise ConfigurationError(
                f"{name} is {value!r}", stage, "A ROS parameter cannot be that; leave it out or give another value"
            )
    return out


def _value(settings: Any, name: str) -> Any:
    """The checked value of a setting, by its name with dots; None where there is none."""
    for part in name.split("."):
        settings = settings.get(part) if isinstance(settings, Mapping) else getattr(settings, part, None)
    return settings


def _fits(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        kinds = {type(item) for item in value}
        return len(kinds) == 1 and kinds.pop() in _SCALARS
    return isinstance(value, _SCALARS)


def main() -> int:
    """The command: 0, or 2 with the error in words."""
    parser = argparse.ArgumentParser(prog="visavis_parameters", description="Write a deployment's ROS parameters.")
    parser.add_argument("deployment", type=Path, help="deployment file")
    parser.add_argument("file", type=Path, help="parameters file to write")
    parser.add_argument("--persona", help="persona pack, by name or directory")
    parser.add_argument("--avatar", help="avatar, by name or file")
    parser.add_argument("--with", dest="more", action="append", default=[], help="optional stage to add")
    options = parser.parse_args()
    more: dict[str, dict[str, Any]] = {stage: {} for stage in options.more}
    try:
        deployment = Deployment.read(options.deployment, more, persona=options.persona, avatar=options.avatar)
        write_parameters(deployment, options.file)
    except VisavisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(list(deployment.settings)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
