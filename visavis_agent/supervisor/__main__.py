"""`python -m visavis_agent.supervisor`: the supervisor without the command line of `visavis`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from visavis_agent.supervisor.run import DEFAULT_GRAPH, run


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m visavis_agent.supervisor", description="Run the agent until Ctrl-C."
    )
    parser.add_argument("deployment", nargs="?", type=Path, help="deployment file (config/kiosk.yaml)")
    parser.add_argument("--persona", help="persona pack, by name or directory")
    parser.add_argument("--avatar", help="avatar, by name or file")
    parser.add_argument("--seed", type=int, help="seed of all random numbers")
    parser.add_argument("--namespace", default="", help="ROS namespace of all nodes")
    parser.add_argument("--graph", default=DEFAULT_GRAPH, help="graph table, package.module:NAME")
    parser.add_argument("--verbose", action="store_true", help="print what the processes write")
    parser.add_argument("--ros-args", dest="ros", nargs=argparse.REMAINDER, default=[], help="for every process")
    options = parser.parse_args()
    return run(
        options.deployment,
        persona=options.persona,
        avatar=options.avatar,
        seed=options.seed,
        namespace=options.namespace,
        ros_arguments=options.ros,
        graph=options.graph,
        verbose=options.verbose,
    )


if __name__ == "__main__":
    sys.exit(main())
