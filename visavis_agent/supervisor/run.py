"""Starts an agent: everything is checked here, then the process becomes the program that keeps it running."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from visavis_agent.core.errors import ConfigurationError, VisavisError
from visavis_agent.core.graph import Graph, load_graph
from visavis_agent.core.paths import data_root
from visavis_agent.deployment import Deployment
from visavis_agent.supervisor.agenda import Agenda
from visavis_agent.supervisor.beats import Patience
from visavis_agent.supervisor.parameters import write_parameters
from visavis_agent.supervisor.plans import plans
from visavis_agent.supervisor.ports import check_free, ports_of

DEFAULT_GRAPH = "visavis_agent.graph:GRAPH"
PAGE_PORT = "page.port"
PARAMETERS = "parameters.yaml"
_KEEP = "visavis_agent.supervisor.keep"
_NAMESPACE = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")


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

    Comes back only with 2. Otherwise this process becomes the supervisor, whose exit status is 0 after a signal and 1
    when no process is left to run.

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
        2 when the configuration is wrong, a port is in use or a stage lacks its display; nothing has been started then.
    """
    folder = Path(tempfile.mkdtemp(prefix="visavis-"))
    try:
        check_namespace(namespace)
        table = load_graph(graph)
        deployment = Deployment.read(
            path or default_deployment(), overrides, persona=persona, avatar=avatar, seed=seed, graph=table
        )
        ports = ports_of(deployment.settings)
        check_free(ports)
        check_machine(table, deployment.settings)
        Agenda(
            title=f"{deployment.persona.profile.name} as {deployment.avatar}",
            graph=graph,
            plans=plans(table, tuple(deployment.settings)),
            ros_arguments=[*_own_arguments(deployment, namespace, folder), *ros_arguments],
            page_port=ports.get(PAGE_PORT),
            patience=patience or Patience(),
            verbose=verbose,
        ).write(folder)
    except VisavisError as error:
        shutil.rmtree(folder)
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BaseException:
        shutil.rmtree(folder)
        raise
    return _become([sys.executable, "-m", _KEEP, str(folder)])


def _own_arguments(deployment: Deployment, namespace: str, folder: Path) -> list[str]:
    """What follows --ros-args in every process; the file with the parameters is written."""
    write_parameters(deployment, folder / PARAMETERS)
    into = ["-r", f"__ns:=/{namespace.strip('/')}"] if namespace else []
    return ["--params-file", str(folder / PARAMETERS), *into]


def _become(command: list[str]) -> NoReturn:
    os.execv(command[0], command)  # noqa: S606


def check_machine(table: Graph, settings: Mapping[str, Any]) -> None:
    """Let the stages see whether the machine has what they cannot do without.

    Raises:
        DeviceError: it has not.
    """
    for name, values in settings.items():
        table.stage(name).load().check(values)


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
