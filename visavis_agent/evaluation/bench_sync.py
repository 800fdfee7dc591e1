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
from visavis_agent.evaluation.sync_live import measure
from visavis_agent.session.converse import converse
from visavis_agent.session.visit import Script

_QUESTION = "What can I see here?"
_TURNS, _QUICK_TURNS = 12, 1
_QUICK_PICTURE = {"rendering": {"width": 256, "height": 256}}
_LIVE_S, _QUICK_LIVE_S = 60.0, 4.0
_BROWSERS, _QUICK_BROWSERS = 3, 1
_NOTES = (
    "the agent says clicks instead of words; in the picture that is shown while a click is heard, a band is white; "
    "everything else is as always: dialogue, speech, sink, motion, rendering, film",
    "picture minus sound: middle of the time for which the white band is shown, minus middle of the click; "
    "positive: the picture is late; up to half a picture's time is due to the rate of the pictures",
    "mp4: the offline session, decoded by FFmpeg with its edit lists, which hide the priming of the AAC encoder",
    "window: SDL on Xvfb, the voice from a null sink of PulseAudio; page: headful Chromium on Xvfb, the voice its own, "
    "started anew for each note below; "
    "the frame buffer is looked at every millisecond, sound recorded from the sink's monitor, both on CLOCK_MONOTONIC; "
    "frame_lead_ms as shipped, though this display has no delay of its own",
)


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench sync`.

    Args:
        quick: fewer clicks.
        seed: of the agent.
    """
    begin, machine = time.perf_counter(), describe_machine()
    deployment = Deployment.read(None, _QUICK_PICTURE if quick else None, seed=seed, graph=CLAPPERBOARD)
    mp4 = _film(deployment, _QUICK_TURNS if quick else _TURNS)
    live = measure(*((_QUICK_LIVE_S, _QUICK_BROWSERS) if quick else (_LIVE_S, _BROWSERS)), seed)
    return {
        "bench": "sync",
        "version": package_version(),
        "machine": machine,
        "engines": {"dialogue": "retrieval", "speech": "clicks", "rendering": "splat"},
        "path": "live",
        "data": f"the question {_QUESTION!r} to {deployment.persona.profile.name}, answered in clicks",
        "mp4": mp4,
        **live.figures,
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [*_NOTES, *live.notes],
    }


def _film(deployment: Deployment, turns: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="visavis-sync-") as folder:
        path = Path(folder) / "clicks.mp4"
        converse(deployment, Script(texts=(_QUESTION,) * turns), path, graph=CLAPPERBOARD)
        return summary(*film_times(path))
