"""Codecs of single fields, chosen by a record field's type hint and the message field's type."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from visavis_agent.messages.definitions import Nodetype, fields
from visavis_agent.messages.family import MessageFamily, contiguous

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """Both directions of one field; both raise ValueError or TypeError on a value that does not fit."""

    encode: Convert
    decode: Convert


def field_codec(hint: Any, description: Any, family: MessageFamily) -> Codec:
    """The codec between a value of type `hint` and a message field.

    Raises:
        TypeError: record and message do not fit each other (a mistake in msg/ or core/records/).
    """
    kind, detail = description
    if kind == Nodetype.BASE:
        return _scalar(hint, detail[0])
    if kind == Nodetype.NAME:
        return structure_codec(hint, detail, family)
    inner, length = detail
    if inner[0] == Nodetype.BASE:
        return _numbers(hint, inner[1][0], length if kind == Nodetype.ARRAY else None, family)
    return _structures(hint, inner[1], family)


def structure_codec(cls: type[Any], name: str, family: MessageFamily) -> Codec:
    """The codec between the dataclass `cls` and the message `name`, whose fields have the same names."""
    described = fields(name)
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]
    if set(names) != set(described):
        raise TypeError(f"{cls.__name__} and {name} differ in {sorted(set(names) ^ set(described))}")
    message_class = family.message_class(name)
    codecs = [(field, field_codec(hints[field], described[field], family)) for field in names]
    encoders = [(field, codec.encode) for field, codec in codecs]
    decoders = [(field, codec.decode) for field, codec in codecs]
    return Codec(
        encode=lambda value: message_class(**apply(encoders, value)),
        decode=lambda message: cls(**apply(decoders, message)),
    )


def apply(converters: list[tuple[str, Convert]], source: Any) -> dict[str, Any]:
    """The converted attributes of `source` by name; an error names the field."""
    out: dict[str, Any] = {}
    for name, convert in converters:
        try:
            out[name] = convert(getattr(source, name))
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"{name}: {error}") from None
    return out


# ---------------------------------------------------------------------------------------------------- scalars
def _scalar(hint: Any, base: str) -> Codec:
    if hint is bool and base == "bool":
        return Codec(bool, bool)
    if hint is float and base == "float64":
        return Codec(_finite, _finite)
    if hint is str and base == "string":
        return Codec(_text, _text)
    if hint is int and "int" in base:
        check = _integer(base)
        return Codec(check, check)
    if isinstance(hint, type) and issubclass(hint, IntEnum) and base == "uint8":
        return Codec(int, hint)
    raise TypeError(f"no conversion between {hint} and {base}")


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("it is not a finite number")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is not text")
    if not value.isascii():
        value.encode("utf-8")  # lone surrogates cannot travel: better an error here than inside the middleware
    return value


def _integer(base: str) -> Callable[[Any], int]:
    info = np.iinfo(base)
    low, high = int(info.min), int(info.max)

    def check(value: Any) -> int:
        number = int(value)
        if not low <= number <= high:
            raise ValueError(f"{number} is outside {low} to {high}")
        return number

    return check


# ----------------------------------------------------------------------------------------------------- arrays
def _numbers(hint: Any, base: str, length: int | None, family: MessageFamily) -> Codec:
    dtype = np.dtype(base)
    pack = family.sequence if length is None else _same
    if typing.get_origin(hint) is np.ndarray:
        return Codec(lambda values: pack(_checked(values, dtype, length)), lambda data: _checked(np.array(data), dtype))
    if typing.get_origin(hint) is tuple:
        return Codec(
            lambda values: pack(_checked(_row(values, dtype), dtype, length)),
            lambda data: tuple(_checked(np.asarray(data), dtype).tolist()),
        )
    raise TypeError(f"no conversion between {hint} and an array of {base}")


def _row(values: tuple[Any, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    row = np.array(values, dtype)
    if dtype.kind in "iu" and tuple(row.tolist()) != tuple(values):
        raise ValueError(f"{values} does not fit {dtype}")
    return row


def _checked(values: np.ndarray[Any, Any], dtype: np.dtype[Any], length: int | None = None) -> np.ndarray[Any, Any]:
    if values.dtype != dtype:
        raise TypeError(f"its numbers are {values.dtype}, they must be {dtype}")
    if length is not None and values.size != length:
        raise ValueError(f"it has {values.size} numbers, it must have {length}")
    if dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError("it holds a number that is not finite")
    return contiguous(values)


def _structures(hint: Any, name: str, family: MessageFamily) -> Codec:
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is not tuple or arguments[1:] != (Ellipsis,):
        raise TypeError(f"no conversion between {hint} and a list of {name}")
    codec = structure_codec(arguments[0], name, family)
    return Codec(
        encode=lambda values: [codec.encode(value) for value in values],
        decode=lambda messages: tuple(codec.decode(message) for message in messages),
    )


def _same(values: Any) -> Any:
    return values
