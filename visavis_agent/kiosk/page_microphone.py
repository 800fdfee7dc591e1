"""Blocks of a page's microphone become records."""

from __future__ import annotations

import numpy as np

from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import MICROPHONE_RATE, MicrophoneAudio
from visavis_agent.kiosk.wire import Kind, Packet

_LONGEST_BLOCK = 4096  # samples
_FARTHEST_NS = 5 * SECOND
_LONGEST_GAP = 10_000  # blocks


class PageMicrophone:
    """Checks and stamps what one page sends, from its first block on."""

    def __init__(self) -> None:
        self._next: int | None = None

    def take(self, packet: Packet, now_ns: int) -> MicrophoneAudio:
        """The block as a record; `media_ns` is when its first sample was heard.

        Raises:
            InputError: no sound, half a sample, too long, or stamped with a time far from now.
        """
        count, rest = divmod(len(packet.payload), 2)
        if packet.kind != Kind.MIC or rest or not 0 < count <= _LONGEST_BLOCK:
            raise InputError(f"a packet of kind {packet.kind} with {len(packet.payload)} bytes is no microphone block")
        if abs(packet.stamp - now_ns) > _FARTHEST_NS:
            raise InputError(f"a microphone block is {(packet.stamp - now_ns) / SECOND:.1f} s away from now")
        lost = 0 if self._next is None else (packet.number - self._next) & 0xFFFFFFFF
        self._next = (packet.number + 1) & 0xFFFFFFFF
        return MicrophoneAudio(
            media_ns=packet.stamp,
            pcm=np.frombuffer(packet.payload, "<i2").astype(np.int16),
            gap_ns=sample_time(lost * count, MICROPHONE_RATE) if lost < _LONGEST_GAP else 0,
        )
