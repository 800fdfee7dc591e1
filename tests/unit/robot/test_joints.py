"""A robot's joints follow face and body, within limits and speeds."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import BodyMotion, FaceMotion, JointCommand
from visavis_agent.core.skeleton import JOINT_INDEX, rest_rotations
from visavis_agent.robot.joint_map import angles, load_joint_map
from visavis_agent.robot.joints import JointsSettings, JointsStage

ROBOT = """
rate: 25.0
ahead: 0.1
joints:
  pan: {source: head.yaw, low: -0.5, high: 0.5, speed: 1.0}
  tilt: {source: head.pitch, gain: -2.0, offset: 0.1, speed: 50.0}
  eyes: {source: eyes.yaw, speed: 100.0}
  elbow: {source: elbow_r.pitch, speed: 100.0}
"""


def stage_of(tmp_path: Path, text: str = ROBOT) -> tuple[FakeHost, JointsStage]:
    file = tmp_path / "robot.yaml"
    file.write_text(text)
    host = FakeHost()
    stage = JointsStage(JointsSettings(str(file)), host)
    stage.start()
    return host, stage


def face(number: int, yaw: float = 0.0, pitch: float = 0.0, eyes: float = 0.0) -> FaceMotion:
    return FaceMotion(
        media_ns=number * 20 * MS,
        coefficients=np.zeros(52, np.float32),
        head=(0.0, pitch, yaw),
        left_eye=(eyes, 0.0),
        right_eye=(eyes, 0.0),
    )


def test_without_a_robot_no_joint_moves() -> None:
    host = FakeHost()
    stage = JointsStage(JointsSettings(), host)
    stage.start()
    stage.handle(face(1))
    assert not host.emitted


def test_joints_follow_at_the_robots_rate_within_their_limits(tmp_path: Path) -> None:
    host, stage = stage_of(tmp_path)
    turned = rest_rotations()
    turned[JOINT_INDEX["elbow_r"]] = (0.0, math.sin(-0.4), 0.0, math.cos(-0.4))
    for k in range(200):
        stage.handle(BodyMotion(media_ns=k * 20 * MS, rotations=turned))
        stage.handle(face(k, yaw=0.9, pitch=0.2, eyes=-0.3))
    commands = host.of(JointCommand)
    assert len(commands) == 100 and commands[0].names == ("pan", "tilt", "eyes", "elbow")
    assert {b.media_ns - a.media_ns for a, b in pairwise(commands)} == {40 * MS}
    assert commands[-1].positions == pytest.approx([0.5, -0.3, -0.3, -0.8], abs=1e-6)
    for before, after in pairwise(commands):
        assert after.positions[0] - before.positions[0] <= 1.0 * 0.04 + 1e-9
        assert after.velocities == pytest.approx((after.positions - before.positions) / 0.04)
    assert commands[-1].duration_s == 0.1


@given(yaws=st.lists(st.floats(-math.pi, math.pi), min_size=2, max_size=60), gap=st.integers(1, 500))
def test_no_joint_ever_leaves_its_limits_or_goes_too_fast(
    tmp_path_factory: pytest.TempPathFactory, yaws: list[float], gap: int
) -> None:
    host, stage = stage_of(tmp_path_factory.mktemp("robot"))
    for k, yaw in enumerate(yaws):
        stage.handle(face(k * gap, yaw=yaw))
    commands = host.of(JointCommand)
    assert all(abs(command.positions[0]) <= 0.5 + 1e-12 for command in commands)
    for before, after in pairwise(commands):
        passed = (after.media_ns - before.media_ns) / SECOND
        assert abs(after.positions[0] - before.positions[0]) <= passed * 1.0 + 1e-9


@given(st.tuples(*[st.floats(-1.4, 1.4)] * 3))
def test_angles_of_a_quaternion_are_those_it_was_made_of(given_angles: tuple[float, float, float]) -> None:
    from visavis_agent.motion.rotations import from_angles, quaternion

    assert angles(tuple(map(float, quaternion(from_angles(*given_angles))))) == pytest.approx(given_angles, abs=1e-6)


def test_the_example_of_a_robot_can_be_used() -> None:
    robot = load_joint_map("example")
    assert robot.rate == 25.0 and "head_pan_joint" in [joint.name for joint in robot.joints]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("joints:\n  pan: {source: hat.yaw}\n", 2, "hat.yaw"),
        ("joints:\n  pan: {source: head.yaw, low: 1.0, high: -1.0}\n", 2, "below high"),
        ("joints:\n  pan: {source: head.yaw, spede: 1.0}\n", 2, "speed"),
        ("joints:\n  pan: {source: head.yaw, speed: .nan}\n", 2, "finite"),
        ("rate: 1000.0\njoints:\n  pan: {source: head.yaw}\n", 1, "50"),
        ("joints: {}\n", 1, "at least one"),
        ("joints:\n  pan: {gain: 1.0}\n", 2, "source"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        stage_of(tmp_path, text)
    assert f"robot.yaml:{line}" in str(refused.value) and words in str(refused.value)


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_joint_map(str(tmp_path / "none.yaml"))
