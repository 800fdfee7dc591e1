"""Message classes come in two families: those of rosbags (no ROS needed) and those of rclpy (nodes/)."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from visavis_agent.messages.definitions import typestore


class MessageFamily(Protocol):
    """How messages of one family are made."""

    def message_class(self, name: str) -> type[Any]:
        """The class of "package/msg/Name"; takes all fields as keywords."""
        ...

    def sequence(self, values: npt.NDArray[Any]) -> Any:
        """What the family takes for an unbounded array of numbers; `values` is one contiguous row."""
        ...

    def byte(self, value: int) -> Any:
        """What the family takes for a field of type `byte`."""
        ...


class RosbagsFamily:
    """The dataclasses of rosbags, with CDR to and from them."""

    def __init__(self) -> None:
        self.store = typestore()

    def message_class(self, name: str) -> type[Any]:
        return self.store.types[name]

    def sequence(self, values: npt.NDArray[Any]) -> Any:
        return values

    def byte(self, value: int) -> Any:
        return value

    def serialize(self, message: Any) -> memoryview:
        return self.store.serialize_cdr(message, message.__msgtype__)

    def deserialize(self, data: bytes | memoryview, name: str) -> Any:
        return self.store.deserialize_cdr(data, name)


def contiguous(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """`values` as one contiguous row, a view where possible."""
    return np.ascontiguousarray(values).reshape(-1)
