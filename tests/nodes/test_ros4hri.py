"""The REP-155 profile without its messages, which wheels do not bring: the agent says what to install, and goes on."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.nodes.client import Client, running

pytestmark = pytest.mark.ros


@pytest.mark.skipif(find_spec("hri_msgs") is not None, reason="hri_msgs is installed")
def test_without_hri_msgs_the_node_says_what_is_missing(client: Client, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--stages", "ros4hri") as process:
        client.wait(lambda: "Install the ROS package hri_msgs" in process.output, "the remedy")
        assert process.running
