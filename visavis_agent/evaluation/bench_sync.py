"""`visavis bench sync`: how far pictures and sound are apart where a person meets them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.clapper import CLAPPERBOARD
from visavis_agent.evaluation.flashes import film_times, summary
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.session.converse import converse
from visavis_agent.session.visit import Script

_QUESTION = "What can I see here?"
_TURNS, _QUICK_TURNS = 12, 1
_NOTES = (
    "the agent says clicks instead of words; in the picture that is shown while a click is heard, a band is white; "
    "everything else is as always: dialogue, speech, sink, motion, rendering, film",
    "picture minus sound: middle of the time for which the white band is shown, minus middle of the click; "
    "positive: the picture is late; up to half a picture's time is due to the rate of the pictures",
    "mp4: decoded by FFmpeg with its edit lists, which hide the priming of the AAC encoder",
)


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench sync`.

    Args:
        quick: fewer clicks.
        seed: of the agent.
    """
    begin, machine = time.perf_counter(), describe_machine()
    deployment = Deployment.read(None, seed=seed, graph=CLAPPERBOARD)
    notes = [*_NOTES, "window, page: not measured by this version"]
    mp4 = _film(deployment, _QUICK_TURNS if quick else _TURNS)
    return {
        "bench": "sync",
        "version": package_version(),
        "machine": machine,
        "engines": {"dialogue": "retrieval", "speech": "clicks", "rendering": "splat"},
        "path": "session",
        "data": f"the question {_QUESTION!r} to {deployment.persona.profile.name}, answered in clicks",
        "mp4": mp4,
        "window": None,
        "page": None,
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": notes,
    }


def _film(deployment: Deployment, turns: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="visavis-sync-") as folder:
        path = Path(folder) / "clicks.mp4"
        converse(deployment, Script(texts=(_QUESTION,) * turns), path, graph=CLAPPERBOARD)
        return summary(*film_times(path))
