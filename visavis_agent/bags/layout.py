"""Which record lies on which topic of a bag, with which message and quality of service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)

from visavis_agent.bags.digest import FrameDigest
from visavis_agent.core.graph import STATE_QOS, Graph, QoS
from visavis_agent.core.records import CameraImage, Diagnostic, Record, VideoFrame
from visavis_agent.messages.converters import COMPRESSED, message_name

DESCRIPTION_TOPIC = "session/description"
DESCRIPTION_MESSAGE = "std_msgs/msg/String"
DESCRIPTION_QOS = STATE_QOS
_FOREVER = QosTime(9_223_372_036, 854_775_807)


class BagEntry(NamedTuple):
    """One record of a bag.

    Attributes:
        topic: relative name, as in the graph table.
        record: what was sent; a VideoFrame as its FrameDigest.
        at_ns: media time at which it was sent (its content belongs to record.media_ns).
    """

    topic: str
    record: Record
    at_ns: int


@dataclass(frozen=True, slots=True)
class BagTopic:
    """A topic as it lies in a bag.

    Attributes:
        name: relative name in the graph table.
        bag_name: relative name in a bag, where it starts with "/" or a namespace.
        record: what is read from it and written to it.
    """

    name: str
    bag_name: str
    record: type[Record]
    message: str
    qos: QoS


def bag_topics(graph: Graph) -> Iterator[BagTopic]:
    """Those of the graph, as they are written: camera pictures compressed, drawn pictures as digests.

    What only live stages take or make (a robot's joints, its raw sound) is no part of a session.
    """
    offline = [stage for stage in graph.stages if not stage.live]
    kinds = {kind for stage in offline for kind in (*stage.inputs, *stage.outputs)} | {Diagnostic}
    for topic in graph.topics:
        if topic.record not in kinds:
            continue
        if topic.record is CameraImage:
            yield BagTopic(topic.name, f"{topic.name}/compressed", CameraImage, COMPRESSED, topic.qos)
        elif topic.record is VideoFrame:
            yield BagTopic(topic.name, f"{topic.name}/digest", FrameDigest, message_name(FrameDigest), topic.qos)
        else:
            yield BagTopic(topic.name, topic.name, topic.record, topic.message, topic.qos)


def readable_topics(graph: Graph) -> Iterator[BagTopic]:
    """Those that are written, and raw camera pictures, which other recorders keep."""
    yield from bag_topics(graph)
    for topic in graph.topics:
        if topic.record is CameraImage:
            yield BagTopic(topic.name, topic.name, CameraImage, topic.message, topic.qos)


def offered(qos: QoS) -> Qos:
    """The offered QoS profile that a player needs, above all to latch states again."""
    return Qos(
        QosHistory.KEEP_LAST,
        qos.depth,
        QosReliability.RELIABLE if qos.reliable else QosReliability.BEST_EFFORT,
        QosDurability.TRANSIENT_LOCAL if qos.latched else QosDurability.VOLATILE,
        _FOREVER,
        _FOREVER,
        QosLiveliness.AUTOMATIC,
        _FOREVER,
        False,
    )
