"""Microphone blocks of any size and rate become frames of 32 ms at 16 kHz on the media timeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.clock import MS, sample_index, sample_time
from visavis_agent.core.records import MICROPHONE_RATE, MicrophoneAudio
from visavis_agent.hearing.resampling import Pcm, Resampler

FRAME = 512
FRAME_NS = sample_time(FRAME, MICROPHONE_RATE)

# A stamp may wander with the load of the host; a sound card drifts by some 50 ppm. Wandering is averaged
# out, drift is followed, and only what is further away is a hole.
_JITTER_NS = 2 * MS
_FOLLOW_NS = MS // 10
_JUMP_NS = 100 * MS
# An overrun this short is bridged with silence; a longer one tears the stream.
_BRIDGE_NS = 100 * MS


@dataclass(frozen=True, slots=True)
class Frame:
    """512 samples of 16 kHz mono int16, and the media time of the first.

    Attributes:
        denoised: the same without the steady noise of the room; `pcm` where nothing takes it out.
    """

    pcm: Pcm
    media_ns: int
    denoised: Pcm

    @property
    def end_ns(self) -> int:
        return self.media_ns + FRAME_NS


@dataclass(frozen=True, slots=True)
class Gap:
    """Sound is missing before the next frame; negative when the timeline jumped back."""

    media_ns: int
    duration_ns: int


class Intake:
    """Cuts the microphone's stream into frames, and says where the stream is torn."""

    def __init__(self) -> None:
        self._resampler = Resampler()
        self._rate = 0
        self._running = False
        self._anchor = 0
        self._sent = 0
        self._taken = 0
        self._pending = np.zeros(0, np.int16)

    def push(self, record: MicrophoneAudio) -> Iterator[Frame | Gap]:
        """What has become complete with this block."""
        tear = self._tear(record)
        if tear:
            yield Gap(record.media_ns, tear)
        if tear or not self._running:
            self._restart(record)
        elif record.gap_ns:
            self._take(np.zeros(sample_index(record.gap_ns, self._rate), np.int16))
        self._follow(record)
        self._take(record.pcm)
        while len(self._pending) >= FRAME:
            media_ns = self._anchor + sample_time(self._sent, MICROPHONE_RATE)
            pcm = self._pending[:FRAME]
            yield Frame(pcm, media_ns, denoised=pcm)
            self._pending = self._pending[FRAME:]
            self._sent += FRAME

    def _take(self, pcm: Pcm) -> None:
        self._taken += len(pcm)
        self._pending = np.concatenate([self._pending, self._resampler.pcm(pcm, self._rate)])

    def _due(self) -> int:
        """Media time at which the next block should start."""
        return self._anchor + sample_time(self._taken, self._rate)

    def _tear(self, record: MicrophoneAudio) -> int:
        """Length of the hole before the block, ns; 0 where the stream goes on."""
        if not self._running:
            return 0
        jump = record.media_ns - self._due() - record.gap_ns
        if record.gap_ns > _BRIDGE_NS:
            return record.gap_ns
        if abs(jump) > _JUMP_NS:
            return jump
        return 1 if record.sample_rate != self._rate else 0

    def _restart(self, record: MicrophoneAudio) -> None:
        self._resampler.flush()
        self._running = True
        self._rate = record.sample_rate
        self._anchor = record.media_ns
        self._sent = self._taken = 0
        self._pending = self._pending[:0]

    def _follow(self, record: MicrophoneAudio) -> None:
        """Let the timeline follow the stamps slowly."""
        error = record.media_ns - self._due()
        if abs(error) > _JITTER_NS:
            self._anchor += max(-_FOLLOW_NS, min(_FOLLOW_NS, error))
