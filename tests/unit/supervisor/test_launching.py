"""The launch files describe the processes of the graph table."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.supervisor.launch_stand_ins import Recorded, launched, stand_ins
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.graph import GRAPH
from visavis_agent.supervisor.launching import outside_topics

REPOSITORY = Path(__file__).resolve().parents[3]
FILES = sorted((REPOSITORY / "launch").glob("*.launch.py"))
PROCESSES = list(dict.fromkeys(spec.process for spec in GRAPH.stages))
HAS_ROS = importlib.util.find_spec("launch_ros") is not None


def described(name: str) -> Any:
    """The launch description of a file in launch/."""
    spec = importlib.util.spec_from_file_location("launch_file", REPOSITORY / "launch" / name)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in stand_ins().items():
        monkeypatch.setitem(sys.modules, name, module)
    for variable in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOCALHOST_ONLY", "OMP_NUM_THREADS", "AMENT_PREFIX_PATH"):
        monkeypatch.delenv(variable, raising=False)


def stages(node: Recorded) -> list[str]:
    flag, names = node.named["arguments"]
    assert flag == "--stages"
    return list(names.split(","))


@pytest.mark.usefixtures("recorded")
def test_a_kiosk_has_every_process_of_the_table_with_its_stages() -> None:
    nodes = launched(described("kiosk.launch.py"))
    assert [GRAPH.stage(stages(node)[0]).process for node in nodes] == PROCESSES
    for node in nodes:
        assert len({GRAPH.stage(stage).process for stage in stages(node)}) == 1
        assert (node.named["package"], node.named["executable"]) == ("visavis", "visavis_stages")
        assert node.named["respawn"] is True and "namespace" not in node.named
        assert node.named["parameters"][-1] == {"use_sim_time": False, "autostart": True}
        assert node.named["additional_env"]["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
        assert node.named["additional_env"]["OMP_NUM_THREADS"] == "1"


@pytest.mark.usefixtures("recorded")
def test_the_topics_of_rep_155_are_there_on_request() -> None:
    assert not any("ros4hri" in stages(node) for node in launched(described("robot.launch.py")))
    asked = launched(described("robot.launch.py"), ros4hri="true")
    assert sum("ros4hri" in stages(node) for node in asked) == 1


@pytest.mark.usefixtures("recorded")
def test_arguments_reach_every_process(tmp_path: Path) -> None:
    nodes = launched(
        described("kiosk.launch.py"), namespace="hall", params_file="/own.yaml", use_sim_time="true", log_level="debug",
        respawn="false", autostart="False", persona="vera", avatar="hero",
    )  # fmt: skip
    for node in nodes:
        assert node.named["namespace"] == "hall" and node.named["respawn"] is False
        generated, own, last = node.named["parameters"]
        assert own == "/own.yaml" and last == {"use_sim_time": True, "autostart": False}
        assert node.named["ros_arguments"] == ["--log-level", "debug"]
    given = yaml.safe_load(Path(generated).read_text())
    assert given["/**/dialogue"]["ros__parameters"]["persona"] == "vera"
    assert given["/**/rendering"]["ros__parameters"]["avatar"] == "hero"


@pytest.mark.usefixtures("recorded")
def test_a_robot_decides_itself_how_far_ros_reaches_and_has_no_devices_of_ours() -> None:
    nodes = launched(described("robot.launch.py"))
    started = {stage for node in nodes for stage in stages(node)}
    assert not started & {"microphone", "camera", "page", "window"}
    assert started >= {spec.name for spec in GRAPH.stages if not spec.live}
    assert all(set(node.named["additional_env"]) & {"ROS_AUTOMATIC_DISCOVERY_RANGE"} == set() for node in nodes)


@pytest.mark.usefixtures("recorded")
def test_a_bag_is_played_to_the_agent_and_ends_it() -> None:
    *nodes, timer, handler = launched(
        described("replay.launch.py"), bag="visit", bag_namespace="/old", namespace="new", use_sim_time="true"
    )
    started = {stage for node in nodes for stage in stages(node)}
    assert not started & {"microphone", "camera"} and "hearing" in started
    (player,) = timer.named["actions"]
    command = player.named["cmd"]
    assert command[:6] == ["ros2", "bag", "play", "visit", "--clock", "200"]
    assert "/old/microphone/audio:=/new/microphone/audio" in command
    assert command[command.index("--topics") + 1 :] == [f"/old/{topic}" for topic in outside_topics()]
    (on_exit,) = handler.words
    assert on_exit.named["target_action"] is player


@pytest.mark.usefixtures("recorded")
def test_a_bag_without_a_namespace_is_not_remapped() -> None:
    *_, timer, _ = launched(described("replay.launch.py"), bag="visit")
    command = timer.named["actions"][0].named["cmd"]
    assert "--remap" not in command and "--clock" not in command and "/microphone/audio" in command


def test_only_what_comes_from_outside_is_played() -> None:
    assert {"camera/image", "microphone/audio", "input/text"} <= set(outside_topics())
    made_inside = {GRAPH.topic(kind).name for spec in GRAPH.stages if not spec.live for kind in spec.outputs}
    assert not made_inside & set(outside_topics())


@pytest.mark.usefixtures("recorded")
def test_a_wrong_deployment_is_refused_before_anything_starts(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("\nmotoin: {}\n")
    with pytest.raises(ConfigurationError, match=r"wrong.yaml:2: unknown stage or key 'motoin'"):
        launched(described("kiosk.launch.py"), deployment=str(wrong))
    with pytest.raises(ConfigurationError, match="respawn is 'maybe'"):
        launched(described("kiosk.launch.py"), respawn="maybe")


def test_the_commands_that_launch_starts_are_installed() -> None:
    text = (REPOSITORY / "setup.cfg").read_text()
    assert "visavis_stages = visavis_agent.nodes.run:main" in text
    assert "visavis_parameters = visavis_agent.supervisor.parameters:main" in text


@pytest.mark.skipif(not HAS_ROS, reason="launch_ros is not installed (it comes with an installed ROS 2)")
@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_real_launch_takes_the_description(file: Path) -> None:
    from launch import LaunchContext

    context = LaunchContext()
    context.launch_configurations["bag"] = "visit"
    actions = [action for entity in described(file.name).entities for action in entity.visit(context) or ()]
    nodes = [action for action in actions if type(action).__name__ == "Node"]
    assert [node.node_executable for node in nodes] == ["visavis_stages"] * len(nodes) and nodes
