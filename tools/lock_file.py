"""Reading constraints.txt: pins in named groups ("## group NAME"), with environment markers."""

from __future__ import annotations

import re
from pathlib import Path

GROUP = re.compile(r"^## group (?P<name>\w+)$")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+))?$")
MARKER = re.compile(r'^python_version (?P<relation><|>=) "3\.(?P<minor>\d+)"$')


def canonical(name: str) -> str:
    """The spelling under which an index knows a project (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_groups(path: Path) -> dict[str, list[str]]:
    """The requirement lines of each group, in the file's order.

    Raises:
        ValueError: a line is neither a pin (`name==version`, optionally `; marker`), a comment nor a group.
    """
    groups: dict[str, list[str]] = {}
    current: list[str] = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        heading = GROUP.match(line)
        if heading:
            current = groups.setdefault(heading["name"], [])
        elif line and not line.startswith("#"):
            if not PIN.match(line) or not groups:
                raise ValueError(f"{path}:{number}: '{line}' is no pin 'name==version' inside a '## group'")
            current.append(line)
    return groups


def for_python(requirements: list[str], version: str) -> list[str]:
    """The requirement lines that apply to a Python version ("3.11"), without their markers.

    Raises:
        ValueError: a marker is not of the only kind that the lock uses, a bound on the Python version.
    """
    minor = int(version.split(".")[1])
    chosen = []
    for line in requirements:
        pin, _, marker = (part.strip() for part in line.partition(";"))
        bound = MARKER.match(marker)
        if marker and not bound:
            raise ValueError(f"'{line}': the only markers in constraints.txt are python_version < and >=")
        if not bound or (minor < int(bound["minor"])) == (bound["relation"] == "<"):
            chosen.append(pin)
    return chosen


def project_names(requirements: list[str]) -> list[str]:
    """The canonical project names of requirement lines as read_groups returns them, each once, sorted."""
    return sorted({canonical(match["name"]) for match in map(PIN.match, requirements) if match})
