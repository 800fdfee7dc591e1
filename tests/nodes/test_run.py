"""Stages run in a process of their own, and a foreign process talks with them."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import DescribeParameters, GetParameters, SetParameters
from visavis.msg import FaceMotion, SpeechPlan, TextInput, TurnState

from tests.nodes.client import Client, running
from visavis_agent.core.errors import EngineError
from visavis_agent.nodes.renew import renew
from visavis_agent.nodes.run import main

pytestmark = pytest.mark.ros
TINY = ("--graph", "tests.nodes.tiny_graph:GRAPH")
BOTH = (*TINY, "--stages", "echo,count")


def state_of(client: Client, node: str) -> str:
    return str(client.call(GetState, f"{node}/get_state", GetState.Request()).current_state.label)


def change(client: Client, node: str, transition: int) -> bool:
    request = ChangeState.Request()
    request.transition.id = transition
    return bool(client.call(ChangeState, f"{node}/change_state", request).success)


def said(messages: list[Any]) -> list[tuple[str, str]]:
    return [(status.name, status.message) for message in messages for status in message.status]


def test_a_record_goes_through_two_stages_of_one_process(client: Client, tmp_path: Path) -> None:
    plans = client.listen(SpeechPlan, "dialogue/speech_plan")
    faces = client.listen(FaceMotion, "motion/face", reliable=False)
    with running(tmp_path / "log", *BOTH):
        client.publisher(TextInput, "input/text").publish(TextInput(text="hello"))
        client.wait(lambda: bool(plans and faces), "a plan and a face")
    assert plans[0].text == "YOU SAID HELLO" and plans[0].last and plans[0].id.turn == 1
    assert plans[0].locale == "en" and plans[0].emotion.distribution.tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert faces[0].coefficients[17] == pytest.approx(0.01) and faces[0].media_ns >= plans[0].media_ns
    stamp = faces[0].header.stamp
    now = client.node.get_clock().now().nanoseconds
    assert 0 <= now - (stamp.sec * 10**9 + stamp.nanosec) < 30 * 10**9


def test_stages_of_two_processes_find_each_other(client: Client, tmp_path: Path) -> None:
    faces = client.listen(FaceMotion, "motion/face", reliable=False)
    with (
        running(tmp_path / "one", *TINY, "--stages", "echo"),
        running(tmp_path / "two", *TINY, "--stages", "count"),
    ):
        client.wait(lambda: client.node.count_subscribers("dialogue/speech_plan") > 0, "the second process")
        text = client.publisher(TextInput, "input/text")
        client.wait_for_publisher("motion/face")
        # Discovery between the two is not seen from here.
        client.repeat(lambda: text.publish(TextInput(text="hello")), lambda: bool(faces), "a face")
    assert faces[0].coefficients[17] == pytest.approx(0.01)


def test_a_late_listener_gets_the_latched_state(client: Client, tmp_path: Path) -> None:
    with running(tmp_path / "log", *BOTH):
        client.publisher(TextInput, "input/text")
        states = client.listen(TurnState, "conversation/turn_state", latched=True)
        client.wait(lambda: bool(states), "the state")
    assert states[0].phase == TurnState.PHASE_IDLE


def test_bad_messages_are_counted_and_the_stage_goes_on(client: Client, tmp_path: Path) -> None:
    plans = client.listen(SpeechPlan, "dialogue/speech_plan")
    diagnostics = client.listen(DiagnosticArray, "diagnostics")
    with running(tmp_path / "log", *BOTH):
        text = client.publisher(TextInput, "input/text")
        client.wait_for_publisher("diagnostics")
        for _ in range(12):
            text.publish(TextInput(text="x", source=77))
        text.publish(TextInput(text="bad"))
        text.publish(TextInput(text="hello"))
        client.wait(lambda: bool(plans), "a plan")
        client.wait(lambda: len(said(diagnostics)) >= 3, "diagnostics")
    words = [message for name, message in said(diagnostics) if name == "echo"]
    assert [m for m in words if "input/text" in m and "source" in m and "(1 rejected so far)" in m]
    assert [m for m in words if "(10 rejected so far)" in m]
    assert "input/text: this text is bad. Send another" in words


def test_a_stage_that_breaks_is_replaced(client: Client, tmp_path: Path) -> None:
    plans = client.listen(SpeechPlan, "dialogue/speech_plan")
    with running(tmp_path / "log", *BOTH) as process:
        text = client.publisher(TextInput, "input/text")
        text.publish(TextInput(text="bug"))
        client.wait(lambda: "starts anew" in process.output, "the word that it breaks")
        assert "KeyError: 'bug'" in process.output
        hello = TextInput(text="hello")
        client.repeat(lambda: text.publish(hello), lambda: bool(plans), "a plan of the new stage")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(client: Client, tmp_path: Path, number: int) -> None:
    with running(tmp_path / "log", *BOTH) as process:
        client.publisher(TextInput, "input/text")
        assert process.end(number) == 0
    assert "Traceback" not in process.output and "error" not in process.output.lower()


def test_two_agents_live_in_two_namespaces(client: Client, tmp_path: Path) -> None:
    arguments = ("--ros-args", "-r", "__ns:=/second")
    first = client.listen(SpeechPlan, "dialogue/speech_plan")
    second = client.listen(SpeechPlan, "/second/dialogue/speech_plan")
    with running(tmp_path / "a", *BOTH), running(tmp_path / "b", *BOTH, *arguments):
        client.publisher(TextInput, "input/text")
        client.wait_for_publisher("dialogue/speech_plan")
        text = client.publisher(TextInput, "/second/input/text")
        client.repeat(lambda: text.publish(TextInput(text="hello")), lambda: bool(second), "a plan of the second agent")
    assert not first


def test_parameters_are_declared_with_range_and_description(client: Client, tmp_path: Path) -> None:
    with running(tmp_path / "log", *BOTH, "--ros-args", "-p", "echo:repeat:=2", "-p", "echo:accent.strength:=1"):
        names = ["repeat", "delay_ms", "prefix", "accent.strength", "limit", "autostart"]
        request = DescribeParameters.Request(names=names)
        found = client.call(DescribeParameters, "echo/describe_parameters", request).descriptors
        repeat, delay, prefix, strength, limit, autostart = found
        assert repeat.type == ParameterType.PARAMETER_INTEGER and repeat.description == "how often it answers"
        assert (repeat.integer_range[0].from_value, repeat.integer_range[0].to_value) == (1, 3)
        assert delay.floating_point_range[0].from_value == 0.0 and delay.description.endswith("[ms]")
        assert prefix.additional_constraints == "one of: you said, I heard"
        assert strength.type == ParameterType.PARAMETER_DOUBLE and limit.type == ParameterType.PARAMETER_INTEGER
        assert autostart.type == ParameterType.PARAMETER_BOOL
        request = GetParameters.Request(names=["repeat", "accent.strength"])
        repeat, strength = client.call(GetParameters, "echo/get_parameters", request).values
        assert (repeat.integer_value, strength.double_value) == (2, 1.0)


def test_a_configured_node_takes_no_parameters(client: Client, tmp_path: Path) -> None:
    value = ParameterValue(type=ParameterType.PARAMETER_INTEGER, integer_value=3)
    request = SetParameters.Request(parameters=[Parameter(name="repeat", value=value)])
    with running(tmp_path / "log", *BOTH):
        client.publisher(TextInput, "input/text")
        (result,) = client.call(SetParameters, "echo/set_parameters", request).results
        assert not result.successful and "clean it up" in result.reason


def test_a_lifecycle_manager_takes_over_without_autostart(client: Client, tmp_path: Path) -> None:
    plans = client.listen(SpeechPlan, "dialogue/speech_plan")
    with running(tmp_path / "log", *TINY, "--stages", "echo", "--ros-args", "-p", "autostart:=false"):
        assert state_of(client, "echo") == "unconfigured"
        value = ParameterValue(type=ParameterType.PARAMETER_INTEGER, integer_value=2)
        request = SetParameters.Request(parameters=[Parameter(name="repeat", value=value)])
        assert client.call(SetParameters, "echo/set_parameters", request).results[0].successful
        value.integer_value = 9
        result = client.call(SetParameters, "echo/set_parameters", request).results[0]
        assert not result.successful and "3" in result.reason
        assert change(client, "echo", Transition.TRANSITION_CONFIGURE)
        assert state_of(client, "echo") == "inactive" and client.node.count_subscribers("input/text") == 0
        assert change(client, "echo", Transition.TRANSITION_ACTIVATE)
        text = client.publisher(TextInput, "input/text")
        text.publish(TextInput(text="hello"))
        client.wait(lambda: len(plans) == 2, "two clauses")
        assert change(client, "echo", Transition.TRANSITION_DEACTIVATE)
        client.wait(lambda: text.get_subscription_count() == 0, "the subscription to go")
        assert change(client, "echo", Transition.TRANSITION_CLEANUP)
        assert change(client, "echo", Transition.TRANSITION_CONFIGURE)
        assert change(client, "echo", Transition.TRANSITION_ACTIVATE)
        client.wait(lambda: text.get_subscription_count() == 1, "the subscription to come back")
        text.publish(TextInput(text="hello"))
        client.wait(lambda: len(plans) == 4, "two more clauses")
        assert change(client, "echo", Transition.TRANSITION_ACTIVE_SHUTDOWN)
        assert state_of(client, "echo") == "finalized"


def test_a_stage_begins_anew_while_the_others_go_on(client: Client, tmp_path: Path) -> None:
    plans = client.listen(SpeechPlan, "dialogue/speech_plan")
    with running(tmp_path / "log", *BOTH):
        text = client.publisher(TextInput, "input/text")
        for number in (1, 2):
            text.publish(TextInput(text="hello"))
            client.wait(lambda number=number: len(plans) == number, "an answer")
        renew(rclpy.create_node("renew"), "echo")
        client.repeat(lambda: text.publish(TextInput(text="hello")), lambda: len(plans) > 2, "an answer after it")
        assert state_of(client, "count") == "active"
    assert [plan.id.turn for plan in plans[:3]] == [1, 2, 1]


def test_a_stage_that_is_not_there_cannot_begin_anew(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visavis_agent.nodes.renew._PATIENCE_S", 0.1)
    with pytest.raises(EngineError, match="no stage ecko"):
        renew(rclpy.create_node("renew"), "ecko")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((*TINY, "--stages", "ecko"), "unknown stage 'ecko'"),
        ((*TINY, "--stages", ""), "no stage is named"),
        (("--graph", "nowhere:GRAPH", "--stages", "echo"), "no graph at 'nowhere:GRAPH'"),
        ((*BOTH, "--ros-args", "-p", "echo:repeat:=7"), "repeat is 7. The highest allowed is 3"),
        ((*BOTH, "--ros-args", "-p", "echo:repeet:=1"), "Did you mean 'repeat'"),
        ((*BOTH, "--ros-args", "-p", "echo:prefix:=loud"), "Allowed: you said, I heard"),
        ((*BOTH, "--ros-args", "-p", "echo:weights:=[1.0]"), "It must have 2"),
    ],
)
def test_a_wrong_configuration_ends_it_before_anything_starts(
    capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    assert main(arguments) == 2
    assert reason in capfd.readouterr().err


def test_a_wrong_configuration_is_said_without_a_traceback(tmp_path: Path) -> None:
    with running(tmp_path / "log", *TINY, "--stages", "ecko") as process:
        assert process.wait() == 2
    assert process.output.startswith("error: --stages: unknown stage 'ecko'")
    assert "Traceback" not in process.output
