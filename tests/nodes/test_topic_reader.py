"""The reader of topics, with real publishers and without an executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

rclpy = pytest.importorskip("rclpy")
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from std_msgs.msg import String  # noqa: E402

from visavis_agent.nodes import topic_reader  # noqa: E402
from visavis_agent.nodes.topic_reader import LeftToReader, TopicReader  # noqa: E402

PATIENCE_S = 10.0


class Desk:
    """A node that listens and one that speaks."""

    def __init__(self) -> None:
        self.node = rclpy.create_node("listener")
        self.speaker = rclpy.create_node("speaker")
        self.broken: list[BaseException] = []
        self.reader = TopicReader(self.broken.append)
        self.reader.start()

    def listen(self, topic: str, take: Callable[[Any], None]) -> Any:
        group = LeftToReader()
        subscription = self.node.create_subscription(String, topic, lambda _: None, 10, callback_group=group)
        self.reader.read(subscription, take)
        return subscription

    def speak(self, topic: str, qos: Any = 10) -> Any:
        return self.speaker.create_publisher(String, topic, qos)

    def close(self) -> None:
        self.reader.stop()
        self.node.destroy_node()
        self.speaker.destroy_node()


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(topic_reader, "_EVENTS_EVERY_S", 0.3)
    rclpy.init(args=[], domain_id=77)
    desk = Desk()
    yield desk
    desk.close()
    rclpy.shutdown()


def test_messages_come_in_order_from_several_topics_without_an_executor(desk: Desk) -> None:
    heard: dict[str, list[str]] = {"a": [], "b": []}
    voices = {}
    for topic, said in heard.items():
        desk.listen(topic, lambda message, said=said: said.append(message.data))
        voices[topic] = desk.speak(topic)
    assert until(lambda: all(voice.get_subscription_count() for voice in voices.values()))
    for number in range(8):
        for voice in voices.values():
            voice.publish(String(data=str(number)))
    assert until(lambda: all(len(said) == 8 for said in heard.values()))
    assert heard == {"a": [str(n) for n in range(8)], "b": [str(n) for n in range(8)]}
    assert not desk.broken


def test_nothing_is_taken_after_leaving_and_a_destroyed_subscription_does_no_harm(desk: Desk) -> None:
    left: list[str] = []
    stays: list[str] = []
    subscription = desk.listen("left", lambda message: left.append(message.data))
    desk.listen("stays", lambda message: stays.append(message.data))
    one, two = desk.speak("left"), desk.speak("stays")
    assert until(lambda: bool(one.get_subscription_count() and two.get_subscription_count()))
    desk.reader.leave(subscription)
    desk.node.destroy_subscription(subscription)
    one.publish(String(data="too late"))
    two.publish(String(data="here"))
    assert until(lambda: stays == ["here"])
    assert left == []
    assert not desk.broken


def test_an_executor_with_the_same_node_takes_none_of_its_messages(desk: Desk) -> None:
    heard: list[str] = []
    desk.listen("shared", lambda message: heard.append(message.data))
    executor = SingleThreadedExecutor()
    executor.add_node(desk.node)
    voice = desk.speak("shared")
    assert until(lambda: bool(voice.get_subscription_count()))
    for number in range(30):
        voice.publish(String(data=str(number)))
        executor.spin_once(timeout_sec=0.01)
    assert until(lambda: len(heard) == 30)
    executor.remove_node(desk.node)
    executor.shutdown()


def test_a_publisher_whose_quality_does_not_fit_is_warned_of(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    desk.listen("strict", lambda _: None)
    desk.speak("strict", QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
    said = ""

    def warned() -> bool:
        nonlocal said
        said += capfd.readouterr().err
        return "listener" in said and "incompatible QoS" in said

    assert until(warned), said


def test_what_a_callback_raises_is_told_and_ends_the_reader(desk: Desk) -> None:
    def fall(_: Any) -> None:
        raise RuntimeError("broken")

    desk.listen("bad", fall)
    voice = desk.speak("bad")
    assert until(lambda: bool(voice.get_subscription_count()))
    voice.publish(String(data="x"))
    assert until(lambda: bool(desk.broken))
    assert str(desk.broken[0]) == "broken"
