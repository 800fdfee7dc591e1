"""`python -m visavis_agent.nodes.run --stages a,b [--ros-args …]`: some stages of the graph in this process.

Ends with status 0 on SIGINT or SIGTERM, 1 when it broke down, 2 when it could not start.
"""

from __future__ import annotations

import argparse
import signal
import sys
import traceback
from collections.abc import Sequence

import rclpy
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from visavis_agent.core.errors import VisavisError
from visavis_agent.core.graph import load_graph
from visavis_agent.nodes.ending import Ending
from visavis_agent.nodes.heartbeat import Heartbeat
from visavis_agent.nodes.priority import lower_priority, niceness
from visavis_agent.nodes.process import StageProcess, chosen_stages

DEFAULT_GRAPH = "visavis_agent.graph:GRAPH"


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m visavis_agent.nodes.run", description="Run stages as ROS 2 nodes.")
    parser.add_argument("--stages", required=True, help="names of the stages to run, separated by commas")
    parser.add_argument("--graph", default=DEFAULT_GRAPH, help="graph table, package.module:NAME")
    parser.add_argument("--heartbeat", type=int, help="descriptor of a pipe to a supervisor")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until a signal comes; `argv` without the program's name."""
    words = list(sys.argv[1:] if argv is None else argv)
    options = arguments(remove_ros_args(["run", *words])[1:])
    ending = Ending()
    heartbeat = None if options.heartbeat is None else Heartbeat(options.heartbeat, ending)
    if heartbeat is not None:
        heartbeat.start()
    rclpy.init(args=words, signal_handler_options=SignalHandlerOptions.NO)
    try:
        return _run(options, ending, heartbeat)
    except VisavisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        rclpy.try_shutdown()
        if heartbeat is not None:
            heartbeat.stop()


def _run(options: argparse.Namespace, ending: Ending, heartbeat: Heartbeat | None) -> int:
    graph = load_graph(options.graph)
    specs = chosen_stages(graph, [name for name in options.stages.split(",") if name])
    process = StageProcess(graph, specs, ending.fail)
    ending.listen(signal.SIGINT, signal.SIGTERM)
    process.start(lambda: lower_priority(niceness(specs)))  # later: who is to give way should not be slow to start
    if heartbeat is not None:
        heartbeat.watch(process)
    failure = ending.wait()
    if heartbeat is not None:
        heartbeat.unwatch()
    process.stop()
    ending.close()
    if failure is not None:
        traceback.print_exception(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
