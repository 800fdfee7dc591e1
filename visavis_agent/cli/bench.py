"""`visavis bench`: figures, one JSON object each."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

from visavis_agent.cli.options import Subparsers
from visavis_agent.core.errors import ConfigurationError, VisavisError

BENCHES = {
    "turn": "from the visitor's last sound to the agent's first, step by step (offline graph)",
    "asr": "what is understood, from people and from questions",
    "mind": "answers, refusals and their speed",
    "lipsync": "do the lips close when they must, on rendered frames",
    "motion": "cost and determinism of motion",
    "render": "frames a second and parity of the renderer",
}


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("bench", help="measure; figures as JSON on the last line")
    parser.add_argument("name", nargs="?", metavar="NAME", help="see --list")
    parser.add_argument("--list", action="store_true", help="name the benches")
    parser.add_argument("--all", action="store_true", help="run all of them, one line each")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of an indented object")
    parser.add_argument("--quick", action="store_true", help="less data, under 45 s each")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.set_defaults(command=_bench)


def _bench(options: argparse.Namespace) -> int:
    if options.list:
        for name, text in BENCHES.items():
            print(f"{name:10s} {text}")
        return 0
    if options.all:
        return max(_one(name, options) for name in BENCHES)
    if options.name is None:
        raise ConfigurationError("no bench is named", "", f"Give one of {', '.join(BENCHES)}, or --all")
    return _print(_run_of(options.name)(options.quick, options.seed), options.json)


def _one(name: str, options: argparse.Namespace) -> int:
    """One of all: that it cannot run is its result."""
    try:
        return _print(_run_of(name)(options.quick, options.seed), options.json)
    except VisavisError as error:
        print(f"bench {name}: {error}", file=sys.stderr)
        return 2


def _run_of(name: str) -> Callable[[bool, int], dict[str, Any]]:
    if name not in BENCHES:
        raise ConfigurationError(f"unknown bench {name!r}", "", f"Known: {', '.join(BENCHES)}")
    run: Callable[[bool, int], dict[str, Any]] = importlib.import_module(f"visavis_agent.evaluation.bench_{name}").run
    return run


def _print(report: dict[str, Any], one_line: bool) -> int:
    print(json.dumps(report, ensure_ascii=False, indent=None if one_line else 2), flush=True)
    return 0
