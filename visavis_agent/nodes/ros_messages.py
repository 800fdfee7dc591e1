"""The message classes of rclpy."""

from __future__ import annotations

import array
import importlib
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import EngineError
from visavis_agent.messages.definitions import PACKAGE, fields

_TYPECODES = {
    "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q",
    "uint64": "Q", "float32": "f", "float64": "d",
}  # fmt: skip


class RclpyFamily:
    """Messages as rclpy sends and receives them."""

    def message_class(self, name: str) -> type[Any]:
        """The class of "package/msg/Name".

        Raises:
            EngineError: its package is not installed, or was built from another definition.
        """
        return _message_class(name)

    def sequence(self, values: npt.NDArray[Any]) -> Any:
        # rclpy copies an array.array as a block; from anything else it takes every element by itself.
        out = array.array(_TYPECODES[values.dtype.name])
        out.frombytes(values.view(np.uint8).data)
        return out

    def byte(self, value: int) -> Any:
        return bytes((value,))


@cache
def _message_class(name: str) -> type[Any]:
    package, _, kind = name.split("/")
    try:
        cls: type[Any] = getattr(importlib.import_module(f"{package}.msg"), kind)
    except (ImportError, AttributeError) as error:
        remedy = "Run `make env`" if package == PACKAGE else f"Install the ROS package {package}"
        raise EngineError(f"the message {name} is not installed ({error})", "", remedy) from None
    if set(cls.get_fields_and_field_types()) != set(fields(name)):
        raise EngineError(f"the message {name} was built from another definition", "", "Run `make env`")
    return cls
