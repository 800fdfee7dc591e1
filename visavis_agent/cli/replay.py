"""`visavis replay`: does the graph still do what was recorded?"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from visavis_agent.cli.options import Subparsers
from visavis_agent.session.replay import replay

_SHOWN = 5


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("replay", help="run a bag's inputs through the graph again and compare every output")
    parser.add_argument("bag", type=Path, help=".mcap file made by demo or converse")
    parser.set_defaults(command=_replay)


def _replay(options: argparse.Namespace) -> int:
    result = replay(options.bag)
    for note in result.notes:
        print(f"note: {note}", file=sys.stderr)
    if not result.differences:
        print(f"identical: {result.outputs} outputs of {options.bag}")
        return 0
    counts = Counter(difference.topic for difference in result.differences)
    print(f"different: {len(result.differences)} differences in {result.outputs} outputs of {options.bag}")
    for topic, count in counts.most_common():
        print(f"  {topic}: {count}")
    print("The first of them:")
    for difference in sorted(result.differences, key=lambda d: (d.media_ns, d.topic))[:_SHOWN]:
        print(f"  {difference}")
    return 1
