"""`visavis motion`: look at what the face did and why."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from visavis_agent.bags import BagReader
from visavis_agent.bags.layout import BagEntry
from visavis_agent.cli.options import Subparsers, add_deployment, deployment
from visavis_agent.core.errors import ConfigurationError, InputError
from visavis_agent.deployment import Deployment
from visavis_agent.session.converse import converse
from visavis_agent.session.replay import recorded_deployment
from visavis_agent.session.visit import Script


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("motion", help="draw what face, eyes, head and layers did in a conversation")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    plot = actions.add_parser("plot", help="from a bag, or from a conversation held for it")
    plot.add_argument("bag", nargs="?", type=Path, help=".mcap file made by demo or converse")
    plot.add_argument(
        "--audio", type=Path, metavar="FILE", help="instead of a bag: sound file with the visitor's voice"
    )
    plot.add_argument("--video", type=Path, metavar="FILE", help="film of the visitor")
    plot.add_argument("--text", action="append", default=[], metavar="TEXT", help="typed by the visitor")
    plot.add_argument("--from", dest="start", type=float, default=0.0, metavar="S", help="draw from here on")
    plot.add_argument(
        "--to", dest="end", type=float, default=0.0, metavar="S", help="draw up to here (default: the end)"
    )
    plot.add_argument(
        "--out", type=Path, default=Path("out/motion.png"), metavar="FILE", help="default: out/motion.png"
    )
    add_deployment(plot)
    plot.set_defaults(command=_plot)


def _plot(options: argparse.Namespace) -> int:
    live = any((options.audio, options.video, options.text))
    if bool(options.bag) == live:
        raise ConfigurationError("a bag or a visitor is plotted", "", "Give a .mcap file, or --audio, --video, --text")
    span = _span(options)
    from visavis_agent.evaluation.motion_data import MotionData  # matplotlib: a second that failures need not wait
    from visavis_agent.evaluation.motion_plot import draw_motion
    from visavis_agent.evaluation.timeline_data import Timeline

    agent, entries = _held(options) if live else _recorded(options.bag)
    if "motion" not in agent.settings:
        raise InputError("this agent does not move", str(options.bag or ""), "Record it with the stage motion")
    motion = MotionData.of(entries, agent.settings["motion"], agent.seed)
    if not motion.same:
        print("note: motion has changed since this was recorded; the row of layers is of today's", file=sys.stderr)
    name = options.bag.name if options.bag else agent.persona.profile.name
    draw_motion(Timeline.of(entries), motion, options.out, f"Motion of {name}", span)
    print(f"Written: {options.out}")
    return 0


def _span(options: argparse.Namespace) -> tuple[float, float] | None:
    if not (options.start or options.end):
        return None
    if options.start < 0 or (options.end and options.end <= options.start):
        raise ConfigurationError(
            "the stretch to draw is empty", "--from, --to", "Give seconds, the first before the last"
        )
    return options.start, options.end


def _held(options: argparse.Namespace) -> tuple[Deployment, list[BagEntry]]:
    agent = deployment(options)
    outcome = converse(agent, Script(options.audio, options.video, tuple(options.text)))
    for note in outcome.notes:
        print(f"note: {note}", file=sys.stderr)
    return agent, list(outcome.recording.entries)


def _recorded(path: Path) -> tuple[Deployment, list[BagEntry]]:
    with BagReader(path) as bag:
        return recorded_deployment(bag.description(), path), list(bag.entries())
