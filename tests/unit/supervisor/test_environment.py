"""The processes get an environment of their own; what somebody has set stays."""

from __future__ import annotations

import pytest

from visavis_agent.supervisor.environment import child_environment, reach


def test_ros_reaches_this_machine_only() -> None:
    env = child_environment({})
    assert env["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST" and reach(env) == "this machine only"


def test_humble_is_told_in_its_own_way() -> None:
    env = child_environment({"ROS_DISTRO": "humble"})
    assert env["ROS_LOCALHOST_ONLY"] == "1" and "ROS_AUTOMATIC_DISCOVERY_RANGE" not in env
    assert reach(env) == "this machine only"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}, "the network"),
        ({"ROS_LOCALHOST_ONLY": "0"}, "the network"),
        ({"ROS_STATIC_PEERS": "10.0.0.7"}, "the network"),
        ({"ROS_DISCOVERY_SERVER": "10.0.0.7:11811"}, "the network"),
        ({"ROS_AUTOMATIC_DISCOVERY_RANGE": "OFF"}, "this process only"),
    ],
)
def test_who_says_otherwise_is_listened_to(told: dict[str, str], words: str) -> None:
    env = child_environment(told)
    assert told.items() <= env.items() and reach(env) == words
    assert ("ROS_AUTOMATIC_DISCOVERY_RANGE" in env) == ("ROS_AUTOMATIC_DISCOVERY_RANGE" in told)


def test_nothing_of_the_users_is_overridden() -> None:
    own = {
        "RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp",
        "FASTRTPS_DEFAULT_PROFILES_FILE": "/a.xml",
        "FASTDDS_DEFAULT_PROFILES_FILE": "/b.xml",
        "OMP_NUM_THREADS": "4",
        "LD_LIBRARY_PATH": "/opt/cuda",
        "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1",
    }
    assert own.items() <= child_environment(own).items()


def test_what_the_wheels_set_is_inherited_together_or_not_at_all() -> None:
    assert "_ROS_WHEELS_BOOTSTRAP_COMPLETE" not in child_environment({"_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1"})


def test_one_thread_each() -> None:
    assert child_environment({})["OMP_NUM_THREADS"] == "1"
