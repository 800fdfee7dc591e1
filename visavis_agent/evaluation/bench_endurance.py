"""`visavis bench endurance`: hundreds of turns in a row, and whether memory, handles and queues stay as they were."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import Any

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import ConfigurationError, EngineError
from visavis_agent.core.records import PlaybackStatus, TurnState
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.live_agent import LiveAgent, free_ports
from visavis_agent.evaluation.loopback import Loopback
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.observer import Observer
from visavis_agent.evaluation.page_visitor import Ear, ask, deployment
from visavis_agent.evaluation.page_watch import PageWatch
from visavis_agent.evaluation.processes import family, rss_mb
from visavis_agent.evaluation.soak import INTERVAL_NS, Soak, Soaked

_TURNS, _QUICK_TURNS = 300, 20
_WARM = 0.1  # of the turns, before the first look
_INTO_REPLY_S = 0.5
_SOAK_TURNS, _QUICK_SOAK_TURNS = 1000, 60
_STORM_S, _QUICK_STORM_S = 60.0, 6.0
_MOST_NAMED = 10
_NOTES = (
    "each turn is a question touched on the page, half a second into the reply to the one before",
    "rss_mb (proportional set size) and handles: of each process with what it started, after a tenth of the turns and "
    "after all of them",
)
_SESSION_NOTES = (
    "path session: all stages but the eyes, the ears and the pictures, in media time; after each turn every queue of "
    "theirs is looked into (queues_left), and whether they come to rest at all (stuck)",
    "held: elements in the containers of each stage, and rss_mb: of this process; after a tenth of the turns and after "
    "all of them; of the storm before and after it. The dialogue's grow with what was said, up to their bounds",
    "storm: ten a second of questions, stops and coughs; answered: the question after it",
    "old_ids: states, sound or playback under an id that is no longer the turn's",
)


def run(quick: bool, seed: int, path: str = "live") -> dict[str, Any]:
    """The report of `visavis bench endurance`.

    Args:
        quick: 20 turns instead of 300 (session: 60 of 1,000, 6 s of interruptions instead of a minute).
        seed: of what the visitor does in the session; live, what is asked is fixed.
        path: live, or session: the offline graph.

    Raises:
        ConfigurationError: there is no such path.
        DeviceError: there is no PulseAudio, or no Chromium.
        EngineError: the agent did not start, or a question was not answered.
    """
    if path == "session":
        return _session(quick, seed)
    if path != "live":
        raise ConfigurationError(f"unknown path {path!r}", "--path", "Give live or session")
    return _live(quick)


def _session(quick: bool, seed: int) -> dict[str, Any]:
    """A thousand turns, then ten interruptions a second, in media time."""
    begin, machine = time.perf_counter(), describe_machine()
    with Soak(Deployment.read(None, seed=seed), seed) as soak:
        turns = soak.turns(_QUICK_SOAK_TURNS if quick else _SOAK_TURNS)
        print(f"{turns.media_s:.0f} s of conversation, {len(turns.left)} queues not empty", file=sys.stderr, flush=True)
        storm = soak.storm(_QUICK_STORM_S if quick else _STORM_S)
    return {
        "bench": "endurance",
        "version": package_version(),
        "machine": machine,
        "engines": {"dialogue": "retrieval", "speech": "flite"},
        "path": "session",
        "data": "the persona's suggested questions, typed; most replies are stopped in the middle, some coughed into",
        "turns": _figures(turns) | {"n": _QUICK_SOAK_TURNS if quick else _SOAK_TURNS},
        "storm": _figures(storm) | {"n": round((_QUICK_STORM_S if quick else _STORM_S) * SECOND / INTERVAL_NS)},
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [*_SESSION_NOTES, *turns.left[:_MOST_NAMED], *storm.left[:_MOST_NAMED]],
    }


def _figures(soaked: Soaked) -> dict[str, Any]:
    return {
        "answered": soaked.answered,
        "queues_left": len(soaked.left),
        "stuck": soaked.stuck,
        "old_ids": soaked.old,
        "longest_hold_ms": round(soaked.longest_hold_ns / MS),
        "held": soaked.held,
        "rss_mb": soaked.rss_mb,
        "media_s": round(soaked.media_s, 1),
    }


def _live(quick: bool) -> dict[str, Any]:
    begin, machine = time.perf_counter(), describe_machine()
    turns = _QUICK_TURNS if quick else _TURNS
    page_port, sound_port = free_ports(2)
    with contextlib.ExitStack() as stack:
        loopback = stack.enter_context(Loopback())
        agent = stack.enter_context(LiveAgent(deployment(page_port, sound_port), loopback.child_environment))
        ear = Ear()
        stack.enter_context(Observer((TurnState, PlaybackStatus), agent.namespace, ear.take, agent.environment))
        page = stack.enter_context(PageWatch(f"http://127.0.0.1:{page_port}/", loopback.child_environment))
        early: dict[str, tuple[float, int]] = {}
        for turn in range(turns):
            if ask(ear, page) is None:
                raise EngineError(f"question {turn + 1} was not answered", "page", "See what the agent says above")
            time.sleep(_INTO_REPLY_S)
            page.drawn()
            if turn + 1 == round(_WARM * turns):
                early = _use(agent)
            if (turn + 1) % 25 == 0:
                print(f"{turn + 1} turns", file=sys.stderr, flush=True)
        late = _use(agent)
        problems = [line for line in agent.said if "WARN" in line or "ERROR" in line or "died" in line]
    for line in problems:
        print(line, file=sys.stderr)
    return {
        "bench": "endurance",
        "version": package_version(),
        "machine": machine,
        "path": "live",
        "turns": turns,
        "rss_mb": {name: [round(early[name][0], 1), round(late[name][0], 1)] for name in late},
        "handles": {name: [early[name][1], late[name][1]] for name in late},
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [*_NOTES, f"{len(problems)} warnings and errors"],
    }


def _use(agent: LiveAgent) -> dict[str, tuple[float, int]]:
    """Name of a process → its memory (MB) and open handles."""
    roots = agent.processes()
    found = {name: family(root, set(roots.values()) - {root}) for name, root in roots.items()}
    return {name: (sum(map(rss_mb, pids)), sum(map(_handles, pids))) for name, pids in found.items()}


def _handles(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0
