"""The environment of the processes."""

from __future__ import annotations

from collections.abc import Mapping

_TOLD = ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOCALHOST_ONLY", "ROS_STATIC_PEERS", "ROS_DISCOVERY_SERVER")
"""Variables by which somebody says how far ROS reaches."""
_BOOTSTRAPPED = "_ROS_WHEELS_BOOTSTRAP_COMPLETE"
_DEFAULTS = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}


def child_environment(own: Mapping[str, str]) -> dict[str, str]:
    """The environment `own` with what the processes need; what somebody has set stays as it is.

    ROS reaches no further than this machine unless somebody says otherwise. RMW_IMPLEMENTATION and the profiles of
    Fast DDS are not touched.
    """
    env = {**_DEFAULTS, **own}
    if not any(env.get(name) for name in _TOLD):
        # Humble, the one supported distribution without a discovery range, knows only this switch.
        name, value = ("ROS_LOCALHOST_ONLY", "1") if env.get("ROS_DISTRO") == "humble" else (_TOLD[0], "LOCALHOST")
        env[name] = value
    if not env.get("LD_LIBRARY_PATH"):
        # The ROS wheels set both once; with only one of them the processes would not find their libraries.
        env.pop(_BOOTSTRAPPED, None)
    return env


def reach(env: Mapping[str, str]) -> str:
    """How far ROS reaches, in words."""
    only = env.get("ROS_LOCALHOST_ONLY") == "1" or env.get(_TOLD[0], "").upper() == "LOCALHOST"
    if only and not env.get("ROS_STATIC_PEERS") and not env.get("ROS_DISCOVERY_SERVER"):
        return "this machine only"
    if env.get(_TOLD[0], "").upper() == "OFF":
        return "this process only"
    return "the network"
