"""Records survive the real middleware's serialisation, and bags and middleware read each other."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message

from tests.unit.messages.strategies import RECORD_TYPES, records
from visavis_agent.bags.layout import bag_topics
from visavis_agent.core import records as r
from visavis_agent.core.errors import EngineError
from visavis_agent.graph import GRAPH
from visavis_agent.messages.converters import Converter, message_name
from visavis_agent.messages.family import RosbagsFamily
from visavis_agent.nodes.ros_messages import RclpyFamily

pytestmark = pytest.mark.ros
ROS = Converter(RclpyFamily())
BAGS = Converter(RosbagsFamily())
IN_BAGS = {topic.record for topic in bag_topics(GRAPH)}


def installed(kind: type[r.Record]) -> Any:
    """The record type as a parameter; skipped where the package of its message is not installed."""
    package = message_name(kind).partition("/")[0]
    missing = pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is not installed")
    return pytest.param(kind, marks=missing, id=kind.__name__)


@pytest.mark.parametrize("kind", [installed(kind) for kind in RECORD_TYPES])
@given(data=st.data())
def test_every_record_survives_the_middleware_bit_for_bit(kind: type[r.Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    if kind is r.VideoFrame:
        record = replace(record, mouth_gap_m=0.0, tier=0)
    message = ROS.encode(record)
    raw = serialize_message(message)
    assert r.equal(ROS.decode(kind, deserialize_message(raw, type(message))), record)
    in_bag = BAGS.family.serialize(BAGS.encode(record))
    assert r.equal(ROS.decode(kind, deserialize_message(bytes(in_bag), type(message))), record)
    if kind in IN_BAGS:
        assert r.equal(BAGS.decode(kind, BAGS.family.deserialize(raw, message_name(kind))), record)


def test_message_that_is_not_installed_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="make env"):
        RclpyFamily().message_class("visavis/msg/Nothing")
    if find_spec("audio_common_msgs") is None:
        with pytest.raises(EngineError, match="Install the ROS package audio_common_msgs"):
            RclpyFamily().message_class("audio_common_msgs/msg/AudioData")


def test_arrays_do_not_share_memory_with_the_record() -> None:
    record = r.MicrophoneAudio(media_ns=1, pcm=np.arange(9, dtype=np.int16))
    message = ROS.encode(record)
    message.pcm[0] = 99
    assert record.pcm[0] == 0
