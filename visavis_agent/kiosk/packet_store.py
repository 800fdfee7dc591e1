"""Compressed pictures that wait on the disk for their sound."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av


class _Entry(NamedTuple):
    size: int
    pts: int
    dts: int
    duration: int
    key: bool


class PacketStore:
    """Packets of one stream in a nameless file: hours of film stay out of the memory.

    Raises:
        OSError: the folder does not take it; so does `put`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as the store
        self._entries: list[_Entry] = []
        self._time_base = Fraction(1)

    def put(self, packet: av.Packet) -> None:
        """Append a packet that has its times."""
        if packet.pts is None or packet.dts is None:
            raise ValueError("a packet without times")
        self._time_base = packet.time_base
        self._file.write(bytes(packet))
        self._entries.append(_Entry(packet.size, packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe))

    def take(self) -> Iterator[av.Packet]:
        """All packets in the order in which they came."""
        self._file.seek(0)
        for entry in self._entries:
            packet = av.Packet(self._file.read(entry.size))
            packet.pts, packet.dts, packet.duration = entry.pts, entry.dts, entry.duration
            packet.is_keyframe = entry.key
            packet.time_base = self._time_base
            yield packet

    def close(self) -> None:
        self._file.close()
