"""`visavis bench`: figures, one JSON object each."""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

from visavis_agent.cli.options import Subparsers
from visavis_agent.core.errors import ConfigurationError, VisavisError

BENCHES = {
    "system": ("live", "a visit with everything running: processor, memory, pictures, turns"),
    "turn": ("live, session", "from the visitor's last sound to the agent's first, step by step"),
    "bargein": ("live, session", "the agent is spoken over: how soon it falls silent, and what leaves it unmoved"),
    "echo": ("session", "an open loudspeaker: does it talk to itself, does it hear a visitor over its voice"),
    "recovery": ("live", "processes killed while it speaks: the face, the turn, and how soon all is well"),
    "endurance": (
        "live, session",
        "hundreds of turns: do memory, handles and queues stay as they were",
    ),
    "sync": ("live", "picture against sound, in the film, the window and the page"),
    "asr": ("session", "what is understood, from people and from questions"),
    "mind": ("session", "answers, refusals and their speed"),
    "emotion": ("unit", "feelings read from words: right, calibrated, fast; and fused with a broken source"),
    "voice": ("unit", "feelings in the sound, phones found in sound that has none, what both cost"),
    "lipsync": ("session", "do the lips close when they must, on rendered frames"),
    "listening": ("session,live", "how soon and how lively it reacts while it listens, against itself without cause"),
    "perception": ("session", "the eyes: cost, head pose, how soon and how far they see, and what fools them"),
    "motion": ("unit", "cost and determinism of motion"),
    "render": ("unit", "frames a second and parity of the renderer"),
}
"""Name → the path that it takes (live: the running agent; session: the offline graph; unit) and what it measures."""


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("bench", help="measure; figures as JSON on the last line")
    parser.add_argument("name", nargs="?", metavar="NAME", help="see --list")
    parser.add_argument("--list", action="store_true", help="name the benches")
    parser.add_argument("--all", action="store_true", help="run all of them, one line each")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of an indented object")
    parser.add_argument("--quick", action="store_true", help="less data, under 45 s each")
    parser.add_argument(
        "--path",
        default="",
        metavar="live|session",
        help="turn, bargein, listening, endurance: running agent, or offline graph",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.set_defaults(command=_bench)


def _bench(options: argparse.Namespace) -> int:
    if options.list:
        for name, (path, text) in BENCHES.items():
            print(f"{name:10s} {path:14s} {text}")
        return 0
    if options.path and "," not in BENCHES.get(options.name, ("",))[0]:
        raise ConfigurationError("this bench has no choice of paths", "--path", "See --list")
    if options.all:
        return max(_one(name, options) for name in BENCHES)
    if options.name is None:
        raise ConfigurationError("no bench is named", "", f"Give one of {', '.join(BENCHES)}, or --all")
    return _print(_run(options.name, options), options.json)


def _run(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """The report; SIGTERM ends a bench as Ctrl-C does: with everything that it has started."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        run = _run_of(name)
        return run(options.quick, options.seed, path=options.path) if options.path else run(options.quick, options.seed)
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _one(name: str, options: argparse.Namespace) -> int:
    """One of all: that it cannot run is its result."""
    try:
        return _print(_run(name, options), options.json)
    except VisavisError as error:
        print(f"bench {name}: {error}", file=sys.stderr)
        return 2


def _run_of(name: str) -> Callable[..., dict[str, Any]]:
    if name not in BENCHES:
        raise ConfigurationError(f"unknown bench {name!r}", "", f"Known: {', '.join(BENCHES)}")
    run: Callable[..., dict[str, Any]] = importlib.import_module(f"visavis_agent.evaluation.bench_{name}").run
    return run


def _print(report: dict[str, Any], one_line: bool) -> int:
    print(json.dumps(report, ensure_ascii=False, indent=None if one_line else 2), flush=True)
    return 0
