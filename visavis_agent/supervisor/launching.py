"""The agent as a launch description: `ros2 launch` starts the processes of the graph table, and is their supervisor.

`launch` and `launch_ros` come with an installed ROS 2 and are imported when a description is made. They may run in
another Python than the agent (the system's instead of a virtual environment's), so the deployment is read by the
installed command `visavis_parameters`, and the processes are the installed command `visavis_stages`.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.graph import Restart
from visavis_agent.core.paths import PACKAGE, data_root
from visavis_agent.graph import GRAPH
from visavis_agent.supervisor.environment import child_environment
from visavis_agent.supervisor.plans import Plan, plans

RESPAWN_DELAY_S = 1.0
START_S = 8.0
LINGER_S = 10.0
_ARGUMENTS = {
    "namespace": ("", "ROS namespace of all nodes"),
    "params_file": ("", "ROS parameters file that wins over the deployment"),
    "use_sim_time": ("false", "stamps follow the topic /clock"),
    "log_level": ("info", "least severe level that is logged"),
    "respawn": ("true", "start processes again that die"),
    "autostart": ("true", "nodes configure and activate themselves"),
    "avatar": ("", "avatar, by name or file; empty: the deployment's"),
    "persona": ("", "persona pack, by name or directory; empty: the deployment's"),
    "ros4hri": ("false", "publish and take the topics of REP-155 (needs hri_msgs)"),
}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def agent(deployment: str, *, private: bool) -> Any:
    """A LaunchDescription of the agent.

    Args:
        deployment: the deployment file that is used unless the launch argument `deployment` names another; a name in
            the package's config directory.
        private: ROS reaches no further than this machine unless the user's environment says otherwise.
    """
    from launch import LaunchDescription
    from launch.actions import OpaqueFunction

    made = OpaqueFunction(function=lambda context: _processes(context.launch_configurations, private))
    return LaunchDescription([*_declared(deployment), made])


def replay(deployment: str) -> Any:
    """A LaunchDescription of the agent, and of a bag that is played to it.

    Only what comes from outside is taken from the bag. Some seconds after its end everything is shut down.
    """
    from launch import LaunchDescription
    from launch.actions import DeclareLaunchArgument, OpaqueFunction

    more = (
        DeclareLaunchArgument("bag", description="directory or file of the recording"),
        DeclareLaunchArgument("bag_namespace", default_value="", description="ROS namespace that it was recorded in"),
        DeclareLaunchArgument("start_after", default_value=str(START_S), description="seconds before it is played"),
        DeclareLaunchArgument("end_after", default_value=str(LINGER_S), description="seconds from its end to the end"),
    )

    def made(context: Any) -> list[Any]:
        values = context.launch_configurations
        return [*_processes(values, private=True), *_player(values)]

    return LaunchDescription([*_declared(deployment), *more, OpaqueFunction(function=made)])


def _declared(deployment: str) -> list[Any]:
    from launch.actions import DeclareLaunchArgument

    default = str(data_root() / "config" / deployment)
    return [
        DeclareLaunchArgument("deployment", default_value=default, description="deployment file"),
        *(
            DeclareLaunchArgument(name, default_value=value, description=text)
            for name, (value, text) in _ARGUMENTS.items()
        ),
    ]


def _processes(values: Mapping[str, str], private: bool) -> list[Any]:
    """A Node action for every process that the deployment needs; a node of launch may hold several of rclpy."""
    from launch_ros.actions import Node

    file, stages = checked(values)
    own = {"use_sim_time": truth(values, "use_sim_time"), "autostart": truth(values, "autostart")}
    files = [file, *([values["params_file"]] if values["params_file"] else [])]
    namespace = {"namespace": values["namespace"]} if values["namespace"] else {}
    return [
        Node(
            package=PACKAGE,
            executable="visavis_stages",
            arguments=["--stages", ",".join(plan.stages)],
            parameters=[*files, own],
            ros_arguments=["--log-level", values["log_level"]],
            respawn=_respawns(plan, values),
            respawn_delay=RESPAWN_DELAY_S,
            additional_env=added_environment(private),
            output="screen",
            **namespace,
        )
        for plan in plans(GRAPH, stages)
    ]


def _respawns(plan: Plan, values: Mapping[str, str]) -> bool:
    return plan.restart is Restart.ALWAYS and truth(values, "respawn")


def truth(values: Mapping[str, str], name: str) -> bool:
    """A launch argument that is true or false.

    Raises:
        ConfigurationError: it is neither.
    """
    given = values[name].lower()
    if given not in _TRUTH:
        raise ConfigurationError(f"{name} is {values[name]!r}", f"launch argument {name}", "It must be true or false")
    return _TRUTH[given]


def added_environment(private: bool) -> dict[str, str]:
    """What the environment of the processes has more than that of launch."""
    wanted = child_environment(os.environ)
    more = {name: value for name, value in wanted.items() if os.environ.get(name) != value}
    return {name: value for name, value in more.items() if private or not name.startswith("ROS_")}


def checked(values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The parameters file of the deployment, and the stages that it has.

    Raises:
        ConfigurationError: the deployment is wrong; says where.
    """
    handle, file = tempfile.mkstemp(prefix="visavis-", suffix=".yaml")
    os.close(handle)
    atexit.register(Path(file).unlink, missing_ok=True)  # processes that respawn read it again until then
    command = [*parameters_command(), values["deployment"], file]
    for name in ("persona", "avatar"):
        command += [f"--{name}", values[name]] if values[name] else []
    command += ["--with", "ros4hri"] if truth(values, "ros4hri") else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ConfigurationError(done.stderr.strip().removeprefix("error: ") or "the deployment cannot be read")
    return file, tuple(json.loads(done.stdout))


def parameters_command() -> list[str]:
    """The installed command that reads a deployment; in a checkout, the module."""
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        script = Path(prefix) / "lib" / PACKAGE / "visavis_parameters"
        if prefix and script.is_file():
            return [str(script)]
    return [sys.executable, "-m", "visavis_agent.supervisor.parameters"]


# ------------------------------------------------------------------------------------------------------------- replay
def outside_topics() -> tuple[str, ...]:
    """The topics that stages take and only devices, pages and other programs fill."""
    return tuple(GRAPH.topic(kind).name for kind in GRAPH.outside())


def play_command(values: Mapping[str, str]) -> list[str]:
    """`ros2 bag play` for what comes from outside, in the namespace of the agent."""
    recorded, ours = (_prefix(values[name]) for name in ("bag_namespace", "namespace"))
    topics = outside_topics()
    command = ["ros2", "bag", "play", values["bag"]]
    command += ["--clock", "200"] if truth(values, "use_sim_time") else []
    if recorded != ours:
        command += ["--remap", *(f"{recorded}/{topic}:={ours}/{topic}" for topic in topics)]
    return [*command, "--topics", *(f"{recorded}/{topic}" for topic in topics)]


def _prefix(namespace: str) -> str:
    return f"/{namespace.strip('/')}" if namespace.strip("/") else ""


def _player(values: Mapping[str, str]) -> Sequence[Any]:
    from launch.actions import EmitEvent, ExecuteProcess, RegisterEventHandler, TimerAction
    from launch.event_handlers import OnProcessExit
    from launch.events import Shutdown

    player = ExecuteProcess(cmd=play_command(values), additional_env=added_environment(private=True), output="screen")
    over = TimerAction(period=float(values["end_after"]), actions=[EmitEvent(event=Shutdown(reason="the bag is over"))])
    return [
        TimerAction(period=float(values["start_after"]), actions=[player]),
        RegisterEventHandler(OnProcessExit(target_action=player, on_exit=[over])),
    ]
