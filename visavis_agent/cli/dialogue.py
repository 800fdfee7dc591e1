"""`visavis dialogue`: the feelings of a written conversation as pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

from visavis_agent.cli.options import Subparsers
from visavis_agent.core.paths import conversations_directory

_CONVERSATION = "thirty_turns.txt"


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("dialogue", help="draw the feelings of a written conversation")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, words, command in (
        ("course", "what both feel from turn to turn, with the conversation's course and without", _course),
        ("tree", "the interactive talking tree", _tree),
    ):
        action = actions.add_parser(name, help=words, description=words)
        action.add_argument("texts", nargs="?", type=Path, metavar="FILE", help="what the visitor writes, a line each")
        action.add_argument("--persona", default="vera", metavar="NAME", help="persona pack, by name or directory")
        action.add_argument("--seed", type=int, default=0, metavar="N")
        action.add_argument("--out", type=Path, default=Path(f"out/{name}.png"), metavar="FILE", help="a PNG")
        action.set_defaults(command=command)


def _course(options: argparse.Namespace) -> int:
    from visavis_agent.evaluation.feelings import JUMP, converse, jumps
    from visavis_agent.evaluation.feelings_plot import course_figure
    from visavis_agent.evaluation.timeline import save

    texts = _texts(options)
    turns = converse(texts, options.persona, options.seed)
    alone = converse(texts, options.persona, options.seed, history=False)
    save(course_figure(turns, alone, f"{len(turns)} turns with {options.persona}"), options.out)
    for name, which in (("with the course", turns), ("each turn alone", alone)):
        far = jumps(which)
        mean = sum(far) / max(1, len(far))
        print(f"{name}: {sum(jump > JUMP for jump in far)} jumps of {len(far)} steps, {mean:.2f} in the mean")
    print(f"Written: {options.out}")
    return 0


def _tree(options: argparse.Namespace) -> int:
    from visavis_agent.evaluation.feelings import converse
    from visavis_agent.evaluation.feelings_plot import tree_figure
    from visavis_agent.evaluation.timeline import save

    turns = converse(_texts(options), options.persona, options.seed)
    nodes = [node for turn in turns for node in turn.nodes]
    save(tree_figure(nodes, f"Talking tree of {len(turns)} turns with {options.persona}"), options.out)
    print(f"Written: {options.out}")
    return 0


def _texts(options: argparse.Namespace) -> list[str]:
    from visavis_agent.evaluation.feelings import read_conversation

    return read_conversation(options.texts or conversations_directory() / _CONVERSATION)
