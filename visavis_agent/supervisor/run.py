"""Starts an agent and keeps it running."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from visavis_agent.core.errors import ConfigurationError, VisavisError
from visavis_agent.core.graph import load_graph
from visavis_agent.core.paths import data_root
from visavis_agent.deployment import Deployment
from visavis_agent.supervisor.beats import Patience
from visavis_agent.supervisor.child import Child
from visavis_agent.supervisor.environment import child_environment, reach
from visavis_agent.supervisor.loop import Supervisor
from visavis_agent.supervisor.managed import Managed
from visavis_agent.supervisor.parameters import write_parameters
from visavis_agent.supervisor.plans import Plan, plans
from visavis_agent.supervisor.ports import LOOPBACK, answers, check_free, ports_of

DEFAULT_GRAPH = "visavis_agent.graph:GRAPH"
PAGE_PORT = "page.port"
_NAMESPACE = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
_ANSWER_S = 0.5


def run(
    path: Path | None = None,
    *,
    persona: str | None = None,
    avatar: str | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    namespace: str = "",
    ros_arguments: Sequence[str] = (),
    graph: str = DEFAULT_GRAPH,
    patience: Patience | None = None,
    verbose: bool = False,
) -> int:
    """Run an agent until SIGINT or SIGTERM; prints a line whenever a process changes.

    Args:
        path: deployment file; None for config/kiosk.yaml.
        persona: wins over the file's, as `avatar` and `seed` do.
        overrides: stage name -> settings that win over the file.
        namespace: ROS namespace of all nodes.
        ros_arguments: what else follows --ros-args in every process.
        graph: graph table, "package.module:NAME".
        patience: how long processes may be unwell.
        verbose: print everything that the processes write.

    Returns:
        0 after a signal, 1 when no process is left to run, 2 when the configuration is wrong or a port is in use
        (nothing has been started then).
    """
    try:
        table = load_graph(graph)
        deployment = Deployment.read(
            path or default_deployment(), overrides, persona=persona, avatar=avatar, seed=seed, graph=table
        )
        check_namespace(namespace)
        ports = ports_of(deployment.settings)
        check_free(ports)
        with tempfile.TemporaryDirectory(prefix="visavis-") as directory:
            parameters = Path(directory) / "parameters.yaml"
            write_parameters(deployment, parameters)
            arguments = [
                "--params-file",
                str(parameters),
                *(["-r", f"__ns:=/{namespace.strip('/')}"] if namespace else []),
            ]
            environment = child_environment(os.environ)
            say(f"{deployment.persona.profile.name} as {deployment.avatar}; ROS reaches {reach(environment)}")

            def start(plan: Plan) -> Child:
                return Child(plan.stages, graph, [*arguments, *ros_arguments], environment)

            processes = [
                Managed(plan, start, said, patience or Patience(), verbose)
                for plan in plans(table, tuple(deployment.settings))
            ]
            return Supervisor(processes, patience or Patience(), page_watch(ports.get(PAGE_PORT))).run()
    except VisavisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def default_deployment() -> Path:
    """The deployment of a kiosk."""
    return data_root() / "config" / "kiosk.yaml"


def check_namespace(namespace: str) -> None:
    """Raises:
    ConfigurationError: ROS does not allow that name.
    """
    if namespace and not _NAMESPACE.fullmatch(namespace):
        remedy = "Use letters, digits and underscores, with slashes between, as in hall/left"
        raise ConfigurationError(f"{namespace!r} is no ROS namespace", "namespace", remedy)


def page_watch(port: int | None) -> Callable[[], None]:
    """What says the page's address once it answers; nothing where there is no page."""
    waiting = port is not None

    def watch() -> None:
        nonlocal waiting
        if waiting and port is not None and answers(port, _ANSWER_S):
            waiting = False
            say(f"the page is at http://{LOOPBACK}:{port}")

    return watch


def said(process: str, words: str) -> None:
    """Print a line about a process."""
    say(f"{process:<12}{words}")


def say(line: str) -> None:
    """Print a line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)
