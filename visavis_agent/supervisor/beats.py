"""Heartbeats as the supervisor reads them (nodes/heartbeat.py writes them), and what it does not put up with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visavis_agent.core.settings import setting


@dataclass(frozen=True)
class Patience:
    """How long a process may be unwell before it is killed and started again."""

    starting_s: float = setting(180.0, "until its stages are up", unit="s", low=1.0)
    silent_s: float = setting(6.0, "without a heartbeat", unit="s", low=0.5)
    stuck_s: float = setting(15.0, "without its stage thread coming round", unit="s", low=0.5)
    device_s: float = setting(10.0, "without a call from an open device", unit="s", low=0.5)
    stopping_s: float = setting(6.0, "until it has ended after it was asked to", unit="s", low=0.1)


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat: see nodes/heartbeat.py."""

    stage_age: float
    stages: Mapping[str, str]
    device_age: Mapping[str, float]
    said: tuple[tuple[str, str, str], ...]

    @property
    def starting(self) -> bool:
        """Its stages are not up yet."""
        return not self.stages or "starting" in self.stages.values()


def parse_beat(line: bytes) -> Beat | None:
    """The heartbeat in a line; None when it is none."""
    try:
        value: Any = json.loads(line)
        return Beat(
            stage_age=float(value["stage_age"]),
            stages={str(k): str(v) for k, v in value["stages"].items()},
            device_age={str(k): float(v) for k, v in value["device_age"].items()},
            said=tuple((str(stage), str(level), str(text)) for stage, level, text in value["said"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def complaint(beat: Beat | None, silent_s: float, alive_s: float, patience: Patience) -> str:
    """Why the process must be killed; empty when it need not.

    Args:
        beat: its last heartbeat, if there was one.
        silent_s: seconds since then, or since its start.
        alive_s: seconds since its start.
    """
    if beat is None:
        return f"gave no sign of life within {silent_s:.0f} s" if silent_s > patience.starting_s else ""
    if silent_s > patience.silent_s:
        return f"gave no sign of life for {silent_s:.0f} s"
    if beat.starting:
        return f"was not up within {alive_s:.0f} s" if alive_s > patience.starting_s else ""
    if beat.stage_age > patience.stuck_s:
        return f"has been stuck for {beat.stage_age:.0f} s"
    for stage, age in beat.device_age.items():
        if age > patience.device_s:
            return f"has a device ({stage}) that has been silent for {age:.0f} s"
    return ""
