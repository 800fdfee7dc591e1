"""Points from one tf frame to another."""

from __future__ import annotations

import math
from types import SimpleNamespace as Fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.errors import InputError
from visavis_agent.robot.frames import FrameBuffer

LEFT = (0.0, 0.0, math.sin(math.pi / 4), math.cos(math.pi / 4))
NOT = (0.0, 0.0, 0.0, 1.0)


def robot() -> FrameBuffer:
    """A base with a head that is turned to the left, and a screen on it; an arm beside."""
    frames = FrameBuffer()
    frames.add("base", "head", (0.0, 0.0, 1.0), LEFT)
    frames.add("head", "screen", (0.1, 0.0, 0.0), NOT)
    frames.add("base", "arm", (0.0, -0.3, 0.8), NOT)
    return frames


def test_points_go_up_and_down_the_tree() -> None:
    frames = robot()
    assert frames.lookup("base", "screen").apply((0.0, 0.0, 0.0)) == pytest.approx((0.0, 0.1, 1.0))
    assert frames.lookup("screen", "base").apply((0.0, 1.0, 1.0)) == pytest.approx((0.9, 0.0, 0.0))
    assert frames.lookup("screen", "arm").apply((1.0, 0.3, 0.2)) == pytest.approx((-0.1, -1.0, 0.0))
    assert frames.lookup("arm", "arm").apply((1.0, 2.0, 3.0)) == (1.0, 2.0, 3.0)


@given(st.tuples(*[st.floats(-10, 10)] * 3), st.sampled_from(["base", "head", "screen", "arm"]))
def test_there_and_back_is_the_same_point(point: tuple[float, float, float], frame: str) -> None:
    frames = robot()
    there = frames.lookup("arm", frame).apply(point)
    assert frames.lookup(frame, "arm").apply(there) == pytest.approx(point, abs=1e-9)


def test_what_is_not_connected_is_refused_with_what_is_known() -> None:
    frames = robot()
    frames.add("moon", "crater", (0.0, 0.0, 0.0), NOT)
    for source in ("crater", "nowhere"):
        with pytest.raises(InputError, match="screen"):
            frames.lookup("screen", source)


def test_a_loop_of_frames_ends() -> None:
    frames = FrameBuffer()
    frames.add("a", "b", (1.0, 0.0, 0.0), NOT)
    frames.add("b", "a", (1.0, 0.0, 0.0), NOT)
    assert np.isfinite(frames.lookup("a", "b").apply((0.0, 0.0, 0.0))).all()
    with pytest.raises(InputError):
        frames.lookup("a", "c")


@pytest.mark.parametrize("bad", [((math.nan, 0.0, 0.0), NOT), ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0))])
def test_a_transform_that_is_none_is_refused(bad: Any) -> None:
    with pytest.raises(InputError, match="transform"):
        robot().add("base", "head", *bad)


def test_a_message_of_tf_is_taken_and_its_bad_transforms_are_left_out() -> None:
    tf = pytest.importorskip("visavis_agent.nodes.tf", reason="rclpy is not installed: run `make env`")
    subscribed: list[str] = []
    listener = tf.TfListener(Fields(create_subscription=lambda kind, name, take, qos: subscribed.append(name)))

    def stamped(child: str, x: float) -> Any:
        transform = Fields(translation=Fields(x=x, y=0.0, z=0.0), rotation=Fields(x=0.0, y=0.0, z=0.0, w=1.0))
        return Fields(header=Fields(frame_id="/base"), child_frame_id=child, transform=transform)

    listener.take(Fields(transforms=[stamped("screen", math.inf), stamped("screen", 1.0)]))
    if subscribed:  # tf2_msgs is installed
        assert listener.point("screen", "base", (3.0, 0.0, 0.0)) == (2.0, 0.0, 0.0)
    else:
        with pytest.raises(InputError, match="tf2_msgs"):
            listener.point("screen", "base", (3.0, 0.0, 0.0))
        assert listener._buffer.lookup("screen", "base").apply((3.0, 0.0, 0.0)) == (2.0, 0.0, 0.0)
