"""The supervisor and real processes: they start, die, hang, come back, and are gone when it is gone."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.nodes.client import Client
from tests.nodes.supervision import supervised

pytestmark = pytest.mark.ros
SICK = ("crash", "hang", "deaf", "broken", "stubborn", "page", "once")


def only(*stages: str) -> str:
    """A deployment with these stages of the sick graph."""
    return f"without: [{', '.join(stage for stage in SICK if stage not in stages)}]\n"


def test_processes_are_started_and_ended_together(tmp_path: Path) -> None:
    with supervised(tmp_path, "tiny_graph", "") as agent:
        agent.wait_for("^mind +runs echo$")
        agent.wait_for("^face +runs count$")
        assert set(agent.children()) == {"echo", "count"}
        assert agent.end(signal.SIGTERM) == 0
        assert not agent.orphans()
    assert agent.lines[0] == "Vera as hero; ROS reaches this machine only"
    assert {line.split()[0] for line in agent.lines if line.endswith(" ended")} == {"face", "mind"}


def test_a_killed_process_is_back_soon(tmp_path: Path) -> None:
    with supervised(tmp_path, "tiny_graph", "") as agent:
        agent.wait_for("^mind +runs echo$")
        killed = agent.children()["echo"]
        os.kill(killed, signal.SIGKILL)
        agent.wait_for("^mind +died of SIGKILL; starts again now$")
        agent.wait_for(r"^mind +runs echo \(back after \d+\.\d s\)$")
        assert agent.children()["echo"] != killed
        assert len([line for line in agent.lines if line.startswith("face ")]) == 2, "the other went on"


def test_ctrl_c_in_the_terminal_ends_it_in_order(tmp_path: Path) -> None:
    with supervised(tmp_path, "tiny_graph", "") as agent:
        agent.wait_for(" runs ", 2)
        agent.children()
        os.killpg(agent.process.pid, signal.SIGINT)
        assert agent.process.wait(30) == 0
        assert not agent.orphans() and not [line for line in agent.lines if "died" in line or "Traceback" in line]


def test_it_outlives_its_terminal_where_that_is_wanted(tmp_path: Path) -> None:
    with supervised(tmp_path, "tiny_graph", "", before=("nohup",)) as agent:
        agent.wait_for(" runs ", 2)
        agent.process.send_signal(signal.SIGHUP)
        os.kill(agent.children()["echo"], signal.SIGKILL)
        agent.wait_for(r"^mind +runs echo \(back after")
        assert agent.end() == 0


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path, "tiny_graph", "") as agent:
        agent.wait_for(" runs ", 2)
        assert len(agent.children()) == 2
        agent.end(signal.SIGKILL)
        agent.wait(lambda: not agent.orphans(), "the end of the processes", 15.0)


def test_a_silent_process_is_replaced(tmp_path: Path) -> None:
    with supervised(tmp_path, "tiny_graph", "") as agent:
        agent.wait_for("^mind +runs echo$")
        silent = agent.children()["echo"]
        os.kill(silent, signal.SIGSTOP)
        agent.wait_for(r"^mind +gave no sign of life for \d s and was killed; starts again now$")
        agent.wait_for(r"^mind +runs echo \(back after")
        assert agent.children()["echo"] != silent


def test_processes_that_hang_or_lose_their_device_are_replaced(tmp_path: Path) -> None:
    with supervised(tmp_path, "sick_graph", only("hang", "deaf")) as agent:
        agent.wait_for(r"^hang +has been stuck for \d+ s and was killed; starts again now$")
        agent.wait_for(r"^deaf +has a device \(deaf\) that has been silent for \d+ s and was killed; starts again now$")
        assert agent.process.poll() is None


def test_a_process_that_goes_on_dying_is_paused(tmp_path: Path) -> None:
    with supervised(tmp_path, "sick_graph", only("crash", "once")) as agent:
        agent.wait_for("^once +ended with status 3; it stays down$")
        agent.wait_for("^crash +ended with status 3; starts again now$")
        agent.wait_for("^crash +ended with status 3; starts again in 2.0 s$")
        agent.wait_for("^crash +ended with status 3; it died 5 times in a row: paused for 60 s$")
        assert agent.end() == 0
    assert len([line for line in agent.lines if line == "crash       | the last words"]) == 5


def test_it_ends_when_nothing_is_left_to_run(tmp_path: Path) -> None:
    with supervised(tmp_path, "sick_graph", only("once")) as agent:
        assert agent.process.wait(30) == 1


def test_a_stage_that_cannot_start_is_named_and_one_that_cannot_stop_is_killed(tmp_path: Path) -> None:
    with supervised(tmp_path, "sick_graph", only("broken", "stubborn")) as agent:
        agent.wait_for("^broken +broken: ERROR: the stage cannot start. broken: the model is missing. Run `make env`$")
        agent.wait_for("^broken +failed: broken$")
        agent.wait_for("^stubborn +runs stubborn$")
        agent.children()
        assert agent.end() == 0
        assert not agent.orphans()
        agent.wait_for("^stubborn +died of SIGKILL$")


def test_the_address_is_said_once_the_page_answers(tmp_path: Path) -> None:
    port = free_port()
    with supervised(tmp_path, "sick_graph", f"{only('page')}page:\n  port: {port}\n") as agent:
        agent.wait_for(f"^the page is at http://127.0.0.1:{port}$")
        agent.wait_for("^page +runs page$")
        time.sleep(0.6)
        assert len([line for line in agent.lines if "http://" in line]) == 1


def test_a_port_in_use_ends_it_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with supervised(tmp_path, "sick_graph", f"{only('page')}page:\n  port: {port}\n") as agent:
            assert agent.process.wait(30) == 2
    (line,) = agent.lines
    assert line.startswith(f"error: page.port: port {port} is in use") and "set page.port" in line


@pytest.mark.parametrize(
    ("deployment", "namespace", "message"),
    [
        ("persona: vera\necho:\n  repeat: 7\n", "", "deployment.yaml:3: repeat is 7. The highest allowed is 3"),
        ("ecko:\n", "", "deployment.yaml:1: unknown stage or key 'ecko'. Did you mean 'echo'?"),
        ("persona: nobody\n", "", "there is no persona 'nobody'"),
        ("", "9th floor", "namespace: '9th floor' is no ROS namespace"),
    ],
)
def test_a_wrong_configuration_ends_it_before_anything_starts(
    tmp_path: Path, deployment: str, namespace: str, message: str
) -> None:
    with supervised(tmp_path, "tiny_graph", deployment, namespace) as agent:
        assert agent.process.wait(30) == 2
    (line,) = agent.lines
    assert line.startswith("error: ") and message in line


def test_the_nodes_get_the_settings_of_the_deployment_in_their_namespace(client: Client, tmp_path: Path) -> None:
    from visavis.msg import SpeechPlan, TextInput

    deployment = (
        "seed: 5\necho:\n  prefix: I heard\n  weights: [1, 0.5]\n  words: ['yes', '1']\n  accent: {strength: 1}\n"
    )
    plans = client.listen(SpeechPlan, "/hall/left/dialogue/speech_plan")
    with supervised(tmp_path, "tiny_graph", deployment, "hall/left") as agent:
        agent.wait_for("^mind +runs echo$")
        texts = client.publisher(TextInput, "/hall/left/input/text")
        client.repeat(lambda: texts.publish(TextInput(text="hello")), lambda: bool(plans), "a plan")
    assert plans[0].text == "I HEARD HELLO"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
