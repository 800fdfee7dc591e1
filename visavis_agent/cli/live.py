"""`visavis run` and `visavis doctor`: the live agent."""

from __future__ import annotations

import argparse
from pathlib import Path

from visavis_agent.cli.options import Subparsers, add_deployment, overrides


def add_run(commands: Subparsers) -> None:
    parser = commands.add_parser("run", help="start the live agent and its page; Ctrl-C ends it")
    parser.add_argument("--namespace", default="", metavar="NAME", help="ROS namespace of all nodes")
    parser.add_argument("--verbose", action="store_true", help="print everything that the processes write")
    add_deployment(parser)
    parser.add_argument("--ros-args", dest="ros", nargs=argparse.REMAINDER, default=[], help="for every process")
    parser.set_defaults(command=_run)


def add_doctor(commands: Subparsers) -> None:
    parser = commands.add_parser("doctor", help="what is found and what is missing, with the remedy")
    parser.add_argument("--config", type=Path, metavar="FILE", help="deployment (default: that of visavis run)")
    parser.set_defaults(command=_doctor)


def _run(options: argparse.Namespace) -> int:
    from visavis_agent.supervisor.run import run

    return run(
        options.config,
        persona=options.persona,
        avatar=options.avatar,
        seed=options.seed,
        overrides=overrides(options),
        namespace=options.namespace,
        ros_arguments=options.ros,
        verbose=options.verbose,
    )


def _doctor(options: argparse.Namespace) -> int:
    from visavis_agent.supervisor.doctor import main

    return main(options.config)
