"""`visavis bench recovery`: kills the agent's processes while it speaks, and sees how soon all is well again."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis_agent.core.errors import DeviceError, EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import PlaybackStatus, TurnState
from visavis_agent.evaluation.live_agent import LiveAgent, free_ports
from visavis_agent.evaluation.loopback import Loopback
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.observer import Observer
from visavis_agent.evaluation.page_visitor import REPLY_S, Ear, ask, deployment
from visavis_agent.evaluation.page_watch import PageWatch

PROCESSES = ("audio", "perception", "dialogue", "speech", "screen")
_KILLS, _QUICK_KILLS = 50, 5
_INTO_REPLY_S = 0.5
_BACK_S, _CALM_S = 20.0, 30.0
_SERVICE_S = 5.5  # what the supervisor takes for service, so that a kill is not one of a series
_NOTES = (
    "each kill -9 half a second into a reply; the voice comes from the machine's loudspeaker (a private PulseAudio)",
    "back_s: from the kill to the supervisor's word that all stages of the process run again",
    "picture_gap_ms: longest time between two pictures of the page from the kill to a second after it was back; for "
    "the screen's process how long the last picture stood",
    "turn: finished: the reply was heard to its end; resumed: another one followed (an apology, or the rest); "
    "lost: neither within 8 s",
    "answered: a question touched after that was answered aloud",
)


@dataclass
class Kill:
    """What a kill did."""

    process: str
    back_s: float
    picture_gap_ms: float
    turn: str
    answered: bool


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench recovery`.

    Args:
        quick: each process once instead of ten times.
        seed: unused; what is killed and asked is fixed.

    Raises:
        DeviceError: there is no PulseAudio, or no Chromium.
        EngineError: the agent did not start, or a process did not come back.
    """
    begin, machine = time.perf_counter(), describe_machine()
    page_port, sound_port = free_ports(2)
    kills = []
    with contextlib.ExitStack() as stack:
        loopback = stack.enter_context(Loopback())
        agent = stack.enter_context(LiveAgent(deployment(page_port, sound_port), loopback.child_environment))
        ear = Ear()
        kinds = (TurnState, PlaybackStatus)
        stack.enter_context(Observer(kinds, agent.namespace, ear.take, agent.environment))
        url = f"http://127.0.0.1:{page_port}/"
        page = stack.enter_context(PageWatch(url, loopback.child_environment))
        for number in range(_QUICK_KILLS if quick else _KILLS):
            kills.append(_kill(PROCESSES[number % len(PROCESSES)], agent, ear, page))
            print(kills[-1], file=sys.stderr, flush=True)
    return {
        "bench": "recovery",
        "version": package_version(),
        "machine": machine,
        "path": "live",
        "kills": len(kills),
        "processes": {name: summary([kill for kill in kills if kill.process == name]) for name in PROCESSES},
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": list(_NOTES),
    }


def summary(kills: list[Kill]) -> dict[str, Any]:
    """Figures of the kills of one process."""
    turns = [kill.turn for kill in kills]
    back = [kill.back_s for kill in kills]
    gaps = [kill.picture_gap_ms for kill in kills]
    return {
        "back_s": {"p50": round(float(np.median(back)), 2), "max": round(max(back), 2)},
        "picture_gap_ms": {"p50": round(float(np.median(gaps))), "max": round(max(gaps))},
        "turn": {turn: turns.count(turn) for turn in sorted(set(turns))},
        "answered": sum(kill.answered for kill in kills),
    }


def _kill(name: str, agent: LiveAgent, ear: Ear, page: PageWatch) -> Kill:
    """Kill a process while the agent speaks; ends when the agent is calm again.

    Raises:
        EngineError: the process did not come back.
    """
    reply = ask(ear, page)
    if reply is None:
        raise EngineError("a touched question was not answered", "page", "See what the agent says above")
    time.sleep(_INTO_REPLY_S)
    page.drawn()
    pid, seen = agent.processes()[name], len(agent.said)
    at = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    back_s = agent.wait_for_line(name, "runs ", seen, _BACK_S) - at
    turn = what_became_of(ear, reply)
    time.sleep(max(0.0, 1.0 - (time.monotonic() - at - back_s)))
    end = at + back_s + 1.0
    gap = gap_ms(_drawn_until(page, end), at, end)
    ear.wait(lambda: ear.calm, _CALM_S)
    time.sleep(max(0.0, _SERVICE_S - (time.monotonic() - at - back_s)))
    answered = ask(ear, page) is not None
    ear.wait(lambda: ear.calm, _CALM_S)
    return Kill(name, back_s, gap, turn, answered)


def what_became_of(ear: Ear, reply: ReplyId) -> str:
    """finished, resumed or lost, as in the notes."""

    def over() -> bool:
        return reply in ear.finished or ear.playing[-1] != reply

    if not ear.wait(over, REPLY_S):
        return "lost"
    return "finished" if reply in ear.finished else "resumed"


def gap_ms(times: Sequence[float], begin: float, end: float) -> float:
    """Longest time without a picture, ms, between two times, s; pictures were drawn at `times`, ms."""
    inside = [at for at in times if 1000.0 * begin <= at <= 1000.0 * end]
    return float(np.max(np.diff([1000.0 * begin, *inside, 1000.0 * end])))


def _drawn_until(page: PageWatch, end: float) -> list[float]:
    """When the page drew pictures, ms, up to one after `end`, s.

    Raises:
        DeviceError: it draws no more.
    """
    deadline = time.monotonic() + _BACK_S
    times: list[float] = []
    while not times or times[-1] < 1000.0 * end:
        if time.monotonic() > deadline:
            raise DeviceError("the page draws no more", "", "See what the agent says above")
        times += [at for at, _ in page.drawn()]
        time.sleep(0.1)
    return times
