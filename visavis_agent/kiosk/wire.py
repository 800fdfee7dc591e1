"""What server and page say to each other: small JSON objects, and binary packets with a fixed header.

Binary packets are little-endian: u8 kind, u8 flags, u16 reserved, u32 number, i64 stamp, then the payload.

    kind   number            stamp                                  payload
    PCM    run (see sink)    first sample of the reply              int16, mono
    JPEG   picture           time it is due, CLOCK_MONOTONIC, ns    a JPEG picture
    MIC    block             first sample's CLOCK_MONOTONIC, ns     int16, mono, 16 kHz

The page finds CLOCK_MONOTONIC by ping and pong: it sends `{"type": "ping", "sent": x}`, the server answers with the
same `sent` and its own `mono_ms`; the exchange with the shortest round trip counts.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from visavis_agent.core.errors import InputError

HEADER = struct.Struct("<BBHIq")
END = 1
"""Flag of a PCM packet: nothing comes after it."""
MAXIMUM_MESSAGE = 65_536
"""Bytes that a page may send in one message."""


class Kind(IntEnum):
    """Kinds of binary packets."""

    PCM = 1
    JPEG = 2
    MIC = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """A binary packet from the page."""

    kind: int
    flags: int
    number: int
    stamp: int
    payload: bytes


def packed(kind: Kind, number: int, stamp: int, payload: bytes, flags: int = 0) -> bytes:
    """A packet's bytes."""
    return HEADER.pack(kind, flags, 0, number & 0xFFFFFFFF, stamp) + payload


def unpacked(data: bytes) -> Packet:
    """The packet in `data`.

    Raises:
        InputError: too short for a header.
    """
    if len(data) < HEADER.size:
        raise InputError(f"a packet of {len(data)} bytes has no header")
    kind, flags, _, number, stamp = HEADER.unpack_from(data)
    return Packet(kind, flags, number, stamp, data[HEADER.size :])


def parsed(text: str) -> dict[str, Any]:
    """The JSON object in `text`, with a string `type`.

    Raises:
        InputError: it is none.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("a message is not JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise InputError("a message is not a JSON object with a type")
    return message


def number_in(message: dict[str, Any], key: str, low: float, high: float) -> float:
    """The finite number at `key`, in [low, high].

    Raises:
        InputError: there is none.
    """
    value = message.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{message['type']}.{key} is not a number")
    if not low <= value <= high:
        raise InputError(f"{message['type']}.{key} is out of range")
    return float(value)


def flag_in(message: dict[str, Any], key: str) -> bool:
    """The truth value at `key`.

    Raises:
        InputError: there is none.
    """
    value = message.get(key)
    if not isinstance(value, bool):
        raise InputError(f"{message['type']}.{key} is not true or false")
    return value
