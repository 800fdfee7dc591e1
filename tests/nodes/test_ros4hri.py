"""The REP-155 profile without its messages, which wheels do not bring: it is said what to install."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from visavis_agent.core.errors import EngineError
from visavis_agent.nodes.hri_node import message_class

pytestmark = pytest.mark.ros


@pytest.mark.skipif(find_spec("hri_msgs") is not None, reason="hri_msgs is installed")
def test_without_hri_msgs_it_is_said_what_is_missing() -> None:
    with pytest.raises(EngineError, match="Install the ROS package hri_msgs"):
        message_class("hri_msgs/msg/IdsList")


def test_an_installed_message_is_found() -> None:
    assert message_class("std_msgs/msg/Bool")(data=True).data is True
