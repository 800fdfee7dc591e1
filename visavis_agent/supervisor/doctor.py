"""`visavis doctor`: what is found and what is missing, each with its remedy."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from visavis_agent.supervisor.findings import Finding, examined, runs, table

_MACHINE, _AGENT = "visavis_agent.supervisor.examine_machine", "visavis_agent.supervisor.examine_agent"
AREAS = {
    "machine": (_MACHINE, "machine"),
    "ROS": (_MACHINE, "ros"),
    "deployment": (_AGENT, "deployment"),
    "ports": (_AGENT, "ports"),
    "models": (_AGENT, "models"),
    "engines": (_AGENT, "engines"),
    "voice": (_AGENT, "lead_voice"),
    "inference": (_MACHINE, "inference"),
    "languages": (_AGENT, "languages"),
    "sound": (_MACHINE, "sound"),
    "camera": (_MACHINE, "cameras"),
    "screen": (_MACHINE, "screens"),
}
"""Area -> module and function that examines it; imported one by one, as a library may be missing."""


def examine(path: Path | None = None) -> list[Finding]:
    """Look at everything that the agent of a deployment file needs (config/kiosk.yaml); raises nothing."""

    return [finding for area, place in AREAS.items() for finding in examined(area, partial(_look, *place, path))]


def _look(module: str, function: str, path: Path | None) -> Iterable[Finding]:
    found: Iterable[Finding] = getattr(importlib.import_module(module), function)(path)
    return found


def main(path: Path | None = None) -> int:
    """Print the findings; 0 when the agent can run, 1 when it cannot."""
    findings = examine(path)
    print(table(findings))
    good = runs(findings)
    print("\nThe agent can run." if good else "\nThe agent cannot run: see FAILED above.")
    return 0 if good else 1
