"""audio_common_msgs as the agent's ears and mouth, with a stand-in for the package, which wheels do not bring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from visavis.msg import MicrophoneAudio
from visavis.srv import Chat

from tests.nodes.client import REPOSITORY, Client, running

pytestmark = pytest.mark.ros
CMAKE = """
cmake_minimum_required(VERSION 3.16)
project(audio_common_msgs C CXX)
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
rosidl_generate_interfaces(${PROJECT_NAME} msg/AudioData.msg)
ament_package()
"""
PACKAGE = """<package format="3"><name>audio_common_msgs</name><version>0.0.0</version><description>A stand-in
</description><maintainer email="visavis@example.com">The authors</maintainer><license>Apache-2.0</license>
<buildtool_depend>ament_cmake</buildtool_depend><buildtool_depend>rosidl_default_generators</buildtool_depend>
<exec_depend>rosidl_default_runtime</exec_depend><member_of_group>rosidl_interface_packages</member_of_group>
<export><build_type>ament_cmake</build_type></export></package>
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix into which the stand-in is installed."""
    folder = tmp_path_factory.mktemp("audio_common_msgs")
    (folder / "msg").mkdir()
    for name, text in (("msg/AudioData.msg", "uint8[] data\n"), ("CMakeLists.txt", CMAKE), ("package.xml", PACKAGE)):
        (folder / name).write_text(text)
    environment = os.environ | {
        "PATH": f"{sys.prefix}/bin{os.pathsep}{os.environ['PATH']}",
        "AMENT_PREFIX_PATH": sys.prefix,
    }
    options = [
        f"-DCMAKE_INSTALL_PREFIX={folder}/prefix", f"-DCMAKE_PREFIX_PATH={sys.prefix}", "-DBUILD_TESTING=OFF",
        f"-DPython3_EXECUTABLE={sys.executable}", "-DCMAKE_C_FLAGS=-O0", "-DCMAKE_CXX_FLAGS=-O0",
    ]  # fmt: skip
    for command in (["cmake", "-G", "Ninja", "-B", "build", *options], ["cmake", "--build", "build", "-t", "install"]):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "prefix"


@pytest.mark.slow
def test_a_robot_hears_the_agent_and_the_agent_the_robot(
    client: Client, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = next(package.glob("lib/python*/site-packages"))
    for name, entry in (("PYTHONPATH", modules), ("LD_LIBRARY_PATH", package / "lib"), ("AMENT_PREFIX_PATH", package)):
        monkeypatch.setenv(name, os.pathsep.join(filter(None, [str(entry), os.environ.get(name, "")])))
    heard = client.listen(MicrophoneAudio, "microphone/audio", reliable=False)
    stages = "agent,audio_in,conversation,dialogue,speech,playback,audio_out"
    enabled = ["-p", "audio_in:enabled:=true", "-p", "audio_out:enabled:=true"]
    with running(tmp_path / "log", "--stages", stages, "--ros-args", *enabled):
        client.call(Chat, "chat", Chat.Request(text="Hello!"))
        robot = subprocess.Popen(
            [sys.executable, "-m", "tests.nodes.audio_robot", "8000"], cwd=REPOSITORY, stdout=subprocess.PIPE
        )
        client.wait(lambda: len(heard) > 5, "the robot's microphone")
        assert client.call(Chat, "chat", Chat.Request(text="What can I see here?")).success
        told = json.loads(robot.communicate(timeout=80)[0])
    assert told["samples"] >= 8000 and told["loudest"] > 1000
    assert np.abs(np.asarray(heard[-1].pcm)).max() in range(250, 301) and heard[-1].sample_rate == 16_000


def test_without_the_package_the_node_says_what_is_missing(client: Client, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--stages", "audio_in", "--ros-args", "-p", "audio_in:enabled:=true") as process:
        client.wait(lambda: "Install the ROS package audio_common_msgs" in process.output, "the remedy")
        assert process.running
