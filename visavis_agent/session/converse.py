"""One whole conversation from files to files."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.bags import BagWriter
from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.graph import Graph
from visavis_agent.core.records import Record
from visavis_agent.deployment import Deployment
from visavis_agent.graph import GRAPH
from visavis_agent.kiosk.film import SOUND_RATE, Film
from visavis_agent.rendering.avatars import avatar_path
from visavis_agent.rendering.settings import PictureSettings
from visavis_agent.session.loop import Session, working_stages
from visavis_agent.session.recording import Recording
from visavis_agent.session.visit import Script, Visit
from visavis_agent.speech.virtual_sink import VirtualSink


@dataclass(frozen=True)
class Outcome:
    """What a conversation left behind.

    Attributes:
        recording: everything that was sent.
        notes: about the input, in words.
        duration_s: of media time.
        wall_s: of wall time, by part; "total" is all.
    """

    recording: Recording
    notes: tuple[str, ...]
    duration_s: float
    wall_s: Mapping[str, float]


def converse(
    deployment: Deployment,
    script: Script,
    film: Path | None = None,
    bag: Path | None = None,
    progress: Callable[[int], None] | None = None,
    graph: Graph = GRAPH,
) -> Outcome:
    """Let a visitor's script meet the agent.

    Args:
        film: MP4 to write; without it nothing is drawn.
        bag: MCAP to write.
        progress: is told every second of media time.
        graph: the table of stages.

    Raises:
        VisavisError: an input, a setting or a place to write to cannot be used.
    """
    begin = time.perf_counter()
    settings = dict(deployment.settings)
    for needed in ("playback", "rendering") if film else ():
        if needed not in settings:
            raise ConfigurationError(f"a film needs the stage {needed}", "without", "Remove it there")
    if film is None:
        settings.pop("rendering", None)
    else:
        settings["playback"] = replace(settings["playback"], record=True)
    with ExitStack() as stack:
        visit = Visit(script)
        stack.callback(visit.close)
        written = stack.enter_context(BagWriter(bag, description(deployment, script, film))) if bag else None
        shown = stack.enter_context(Film(film, *_size(settings["rendering"]))) if film else None
        recording = Recording(written, shown)

        def tap(record: Record, at_ns: int) -> None:
            visit.watch(record, at_ns)
            recording.tap(record, at_ns)

        session = stack.enter_context(Session(settings, deployment.seed, tap, script.inputs, graph))
        visit.begin(session)
        if progress is not None:
            _tick(session, progress, 1)
        session.run(lambda: visit.end_ns)
        ended = time.perf_counter()
        if film is not None:
            recording.finish_film(_sound(session))
    wall = {name: ns / 1e9 for name, ns in session.wall_ns.items()}
    now = time.perf_counter()
    wall |= {"film and bag": now - ended, "total": now - begin}
    return Outcome(recording, tuple(visit.notes), session.now / 1e9, wall)


def _size(picture: PictureSettings) -> tuple[int, int]:
    return picture.width, picture.height


def _tick(session: Session, progress: Callable[[int], None], second: int) -> None:
    def tick() -> None:
        progress(second)
        _tick(session, progress, second + 1)

    session.outside(second * SECOND, tick)


def _sound(session: Session) -> npt.NDArray[np.int16]:
    """What was heard of the agent, 48 kHz from media time 0."""
    sink = getattr(session.stages["playback"], "sink", None)
    if not isinstance(sink, VirtualSink):
        raise ConfigurationError("a film needs the virtual loudspeaker", "playback.output", "Leave it at its default")
    return sink.take_recording(session.now, SOUND_RATE)


def description(deployment: Deployment, script: Script, film: Path | None) -> dict[str, Any]:
    """What replay needs to know, as JSON values."""
    return {
        "version": version("visavis-agent"),
        "persona": deployment.choices.persona,
        "avatar": deployment.avatar,
        "avatar_sha256": avatar_sum(deployment.avatar) if film else "",
        "seed": deployment.seed,
        "settings": {
            spec.name: deployment.given[spec.name]
            for spec in working_stages(GRAPH, script.inputs)
            if spec.name in deployment.given
        },
        "inputs": sorted(kind.__name__ for kind in script.inputs),
        "drawn": film is not None,
    }


def avatar_sum(avatar: str) -> str:
    """SHA-256 of the avatar's file: another avatar draws other pictures."""
    return hashlib.sha256(avatar_path(avatar).read_bytes()).hexdigest()
