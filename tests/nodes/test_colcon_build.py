"""`colcon build` in ros2_ws makes a workspace that works by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "ros2_ws" / "src"
# What a test run adds to the environment and an activated shell does not have.
FOREIGN = ("AMENT_PREFIX_PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "_ROS_WHEELS_BOOTSTRAP_COMPLETE")

pytestmark = pytest.mark.slow


def in_activated_shell(command: str, folder: Path) -> str:
    """The output of a command in a shell where the virtual environment is activated."""
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment["VIRTUAL_ENV"] = sys.prefix
    environment["PATH"] = f"{sys.prefix}/bin{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace built from the checkout, without optimising, to be quick."""
    folder = tmp_path_factory.mktemp("workspace")
    options = "-DBUILD_TESTING=OFF -DVISAVIS_UNITY_BUILD=ON"
    options += " -DCMAKE_C_FLAGS_RELEASE=-O0 -DCMAKE_CXX_FLAGS_RELEASE=-O0"
    command = f"colcon --log-base log build --base-paths {SOURCES} --cmake-args -G Ninja {options}"
    in_activated_shell(command, folder)
    return folder


def run_in_workspace(workspace: Path, code: str) -> str:
    return in_activated_shell(f". install/setup.bash; cd /; python -c '{code}'", workspace).strip()


def test_the_repository_is_listed_as_one_package_of_its_own_workspace(tmp_path: Path) -> None:
    listed = in_activated_shell(f"colcon --log-base {tmp_path} list --base-paths {SOURCES}", tmp_path)
    assert [line.split()[0] for line in listed.splitlines()] == ["visavis"]


def test_module_and_interfaces_come_from_the_workspace(workspace: Path) -> None:
    imports = "import visavis_agent, visavis.msg, visavis.srv, visavis.action"
    code = f"{imports}; print(visavis_agent.__file__, visavis.__file__)"
    for path in run_in_workspace(workspace, code).split():
        assert Path(path).is_relative_to(workspace / "install")


def test_a_message_is_serialised_by_the_libraries_of_the_workspace(workspace: Path) -> None:
    code = (
        "from rclpy.serialization import deserialize_message, serialize_message; "
        "from visavis.msg import ReplyId; sent = ReplyId(); "
        "print(sent == deserialize_message(serialize_message(sent), ReplyId))"
    )
    assert run_in_workspace(workspace, code) == "True"


def test_the_native_library_was_built_here_and_loads(workspace: Path) -> None:
    found = sorted((workspace / "install").rglob("libvisavis_native.so"))
    assert [path.parent.name for path in found] == ["lib", "_native"]
    development = REPOSITORY / "visavis_agent" / "_native" / "libvisavis_native.so"
    assert all(path.stat().st_mtime > development.stat().st_mtime for path in found)
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
    for path in found:
        subprocess.run([sys.executable, "-c", code, path], check=True)


def test_data_and_command_are_where_ros_looks(workspace: Path) -> None:
    prefix = workspace / "install" / "visavis"
    assert (prefix / "share" / "visavis" / "config" / "personas").is_dir()
    assert (prefix / "share" / "visavis" / "models" / "manifest.yaml").is_file()
    for command in ("visavis", "visavis_parameters", "visavis_stages"):
        assert os.access(prefix / "lib" / "visavis" / command, os.X_OK)
    for file in ("kiosk", "replay", "robot"):
        assert (prefix / "share" / "visavis" / "launch" / f"{file}.launch.py").is_file()
    code = (
        "from ament_index_python import get_package_share_directory as share; "
        'from visavis_agent.core.paths import data_root; print(share("visavis"), data_root())'
    )
    assert run_in_workspace(workspace, code) == f"{prefix}/share/visavis {prefix}/share/visavis"


def test_what_launch_files_start_runs_from_the_workspace(workspace: Path) -> None:
    commands = "install/visavis/lib/visavis"
    share = workspace / "install" / "visavis" / "share" / "visavis"
    script = f"""
        . install/setup.bash
        {commands}/visavis_parameters {share}/config/robot.yaml parameters.yaml
        {commands}/visavis_stages --stages speech --ros-args --params-file parameters.yaml & pid=$!
        sleep 3; kill $pid; wait $pid
    """
    assert "hearing" in in_activated_shell(script, workspace)
