"""Records to messages and back, in one place, for both families of message classes.

A record becomes the message of its own name with the same fields (msg/*.msg), except pictures (sensor_msgs)
and diagnostics (diagnostic_msgs). Media time becomes the header's stamp by adding `offset_ns`, ROS time minus
media time: 0 in a bag of a session, the distance of the two clocks in a live process.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import (
    BodyMotion,
    CameraImage,
    Diagnostic,
    JointCommand,
    Level,
    Record,
    RobotSound,
    RobotVoice,
    VideoFrame,
)
from visavis_agent.core.skeleton import JOINT_COUNT
from visavis_agent.messages import definitions, images
from visavis_agent.messages.family import MessageFamily
from visavis_agent.messages.fields import apply, field_codec
from visavis_agent.messages.trajectory import TRAJECTORY, decode_trajectory, encode_trajectory

R = TypeVar("R", bound=Record)
COMPRESSED = "sensor_msgs/msg/CompressedImage"
ALTERNATIVES: dict[type[Record], tuple[str, str]] = {CameraImage: ("compressed", COMPRESSED)}
"""Records that also come as another message, beside their topic: the last part of its name, and the message."""
CAMERA_FRAME = "camera"
SCREEN_FRAME = "screen"
_SPECIAL: dict[type[Record], str] = {
    CameraImage: "sensor_msgs/msg/Image",
    VideoFrame: "sensor_msgs/msg/Image",
    Diagnostic: "diagnostic_msgs/msg/DiagnosticArray",
    JointCommand: TRAJECTORY,
    RobotSound: definitions.AUDIO_DATA,
    RobotVoice: definitions.AUDIO_DATA,
}
_SHAPES: dict[tuple[type[Record], str], tuple[int, ...]] = {(BodyMotion, "rotations"): (JOINT_COUNT, 4)}


def message_name(kind: type[Record]) -> str:
    """The full name of the message that records of type `kind` become."""
    return _SPECIAL.get(kind, f"{definitions.PACKAGE}/msg/{kind.__name__}")


@dataclass(frozen=True, slots=True)
class Timing:
    """How a message is placed in media time.

    Attributes:
        offset_ns: ROS time minus media time, ns.
        arrival_ns: media time of a message that says nothing of its own, ns.
    """

    offset_ns: int = 0
    arrival_ns: int = 0

    def media(self, message: Any) -> int:
        """Media time of the message: its field, else its header's stamp, else its arrival."""
        given = int(getattr(message, "media_ns", 0))
        if given or not hasattr(message, "header"):
            return given or self.arrival_ns
        stamp = message.header.stamp
        ros = stamp.sec * SECOND + stamp.nanosec
        return ros - self.offset_ns if ros else self.arrival_ns


class Converter:
    """Converts between records and the messages of one family."""

    def __init__(self, family: MessageFamily) -> None:
        self.family = family
        self._header = family.message_class("std_msgs/msg/Header")
        self._time = family.message_class("builtin_interfaces/msg/Time")
        self._plain: dict[type[Record], _Plain] = {}

    def encode(self, record: Record, offset_ns: int = 0) -> Any:
        """The message of a record.

        Raises:
            InputError: a value does not fit the message (out of range, not finite, not text).
        """
        try:
            return self._encode(record, offset_ns)
        except (ValueError, TypeError, OverflowError) as error:
            raise InputError(f"a {type(record).__name__} cannot be sent: {error}", "", "Mend its maker") from None

    def decode(self, kind: type[R], message: Any, timing: Timing = Timing(), where: str = "") -> R:
        """The record of type `kind` in a message that came by `where` (a topic).

        Raises:
            InputError: the message breaks the ranges of its definition.
        """
        try:
            return typing.cast(R, self._decode(kind, message, timing))
        except (ValueError, TypeError, OverflowError, AttributeError) as error:
            raise InputError(
                f"a {message_name(kind)} was rejected: {error}", where, "See the ranges in its definition"
            ) from None

    def encode_png(self, record: CameraImage) -> Any:
        """A camera picture as lossless sensor_msgs/CompressedImage, for bags."""
        return images.encode_png(record.image, self._stamped(record.media_ns, CAMERA_FRAME), self.family)

    def _stamped(self, ros_ns: int, frame: str = "") -> Any:
        sec, nanosec = divmod(ros_ns, SECOND)
        if not -(2**31) <= sec < 2**31:
            raise ValueError(f"the time {ros_ns} ns does not fit a stamp")
        return self._header(stamp=self._time(sec=sec, nanosec=nanosec), frame_id=frame)

    def _encode(self, record: Record, offset_ns: int) -> Any:
        ros_ns = record.media_ns + offset_ns
        if isinstance(record, CameraImage):
            return images.encode_image(record.image, self._stamped(ros_ns, CAMERA_FRAME), self.family)
        if isinstance(record, VideoFrame):
            return images.encode_image(record.image, self._stamped(ros_ns, SCREEN_FRAME), self.family)
        if isinstance(record, Diagnostic):
            return self._encode_diagnostic(record, ros_ns)
        if isinstance(record, (RobotSound, RobotVoice)):
            return self.family.message_class(definitions.AUDIO_DATA)(data=self.family.sequence(record.data))
        if isinstance(record, JointCommand):
            return encode_trajectory(record, self._stamped(ros_ns), self.family)
        return self._plain_of(type(record)).encode(record, self._stamped(ros_ns))

    def _decode(self, kind: type[Record], message: Any, timing: Timing) -> Record:
        media_ns = timing.media(message)
        if kind is Diagnostic:
            return _decode_diagnostic(message, media_ns)
        if kind is RobotSound or kind is RobotVoice:
            return kind(media_ns=media_ns, data=np.array(message.data, np.uint8))
        if kind is JointCommand:
            return decode_trajectory(message, media_ns)
        if kind is CameraImage or kind is VideoFrame:
            compressed = hasattr(message, "format")
            picture = images.decode_compressed(message) if compressed else images.decode_image(message)
            return kind(media_ns=media_ns, image=picture)
        return self._plain_of(kind).decode(message, media_ns)

    def _plain_of(self, kind: type[Record]) -> _Plain:
        if kind not in self._plain:
            self._plain[kind] = _Plain(kind, self.family)
        return self._plain[kind]

    def _encode_diagnostic(self, record: Diagnostic, ros_ns: int) -> Any:
        pair = self.family.message_class("diagnostic_msgs/msg/KeyValue")
        status = self.family.message_class("diagnostic_msgs/msg/DiagnosticStatus")(
            level=self.family.byte(int(record.level)),
            name=record.stage,
            message=record.message,
            hardware_id="",
            values=[pair(key="session", value=record.session)],
        )
        array = self.family.message_class("diagnostic_msgs/msg/DiagnosticArray")
        return array(header=self._stamped(ros_ns), status=[status])


class _Plain:
    """Conversion of a record whose message has its name and fields."""

    def __init__(self, kind: type[Record], family: MessageFamily) -> None:
        name = message_name(kind)
        described = definitions.fields(name) if name in definitions.typestore().fielddefs else {}
        names = [field.name for field in fields(kind)]
        if set(described) != {"header", *names}:
            raise TypeError(f"{kind.__name__} and {name} differ in {sorted(set(described) ^ {'header', *names})}")
        hints = typing.get_type_hints(kind)
        codecs = {field: field_codec(hints[field], described[field], family) for field in names}
        self._kind = kind
        self._class = family.message_class(name)
        self._encoders = [(field, codec.encode) for field, codec in codecs.items()]
        self._decoders = [
            (field, _shaped(codec.decode, _SHAPES.get((kind, field))))
            for field, codec in codecs.items()
            if field != "media_ns"
        ]

    def encode(self, record: Record, header: Any) -> Any:
        return self._class(header=header, **apply(self._encoders, record))

    def decode(self, message: Any, media_ns: int) -> Record:
        return self._kind(media_ns=media_ns, **apply(self._decoders, message))


def _shaped(decode: Callable[[Any], Any], shape: tuple[int, ...] | None) -> Callable[[Any], Any]:
    return decode if shape is None else lambda data: np.reshape(decode(data), shape)


def _decode_diagnostic(message: Any, media_ns: int) -> Diagnostic:
    if len(message.status) != 1:
        raise ValueError(f"it has {len(message.status)} statuses, it must have 1")
    status = message.status[0]
    level = status.level[0] if isinstance(status.level, bytes) else status.level
    session = next((pair.value for pair in status.values if pair.key == "session"), "")
    return Diagnostic(media_ns=media_ns, session=session, stage=status.name, level=Level(level), message=status.message)
