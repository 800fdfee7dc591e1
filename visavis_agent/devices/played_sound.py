"""What left a loudspeaker when: the reference of the echo canceller."""

from __future__ import annotations

import threading
from math import gcd

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.devices.sample_clock import SampleClock

Pcm = npt.NDArray[np.int16]
_KEPT_S = 2
_MARGIN = 441  # a whole number of samples at 16 kHz, of 44.1 and of 48 kHz
# Two sound cards drift by some 100 ppm; one frame in 32 ms follows ten times that without a step.
_FOLLOW = 8
_JUMP_S = 0.01


class PlayedSound:
    """The last two seconds of a loudspeaker; written on the device's thread, read on another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: int | None = None
        self._restart(MICROPHONE_RATE)

    def write(self, pcm: Pcm, rate: int, media_ns: int, torn: bool = False) -> None:
        """(n,) int16 mono that is heard from `media_ns` on; `torn`: not right after what came before."""
        with self._lock:
            if rate != self._rate:
                self._restart(rate)
            if self._clock.report(self._frame, media_ns, torn):
                self._next = None
            places = np.arange(self._frame, self._frame + len(pcm)) % len(self._ring)
            self._ring[places] = pcm
            self._frame += len(pcm)

    def read(self, media_ns: int, count: int) -> Pcm:
        """`count` samples at 16 kHz from `media_ns` on, in one stream; silence where nothing was played."""
        with self._lock:
            if not self._clock.ready:
                return np.zeros(count, np.int16)
            rate, divisor = self._rate, gcd(self._rate, MICROPHONE_RATE)
            first = self._followed(self._clock.frame(media_ns))
            needed = count * rate // MICROPHONE_RATE
            self._next = first + needed
            frames = np.arange(first - _MARGIN, first + needed + _MARGIN)
            there = (frames >= max(0, self._frame - len(self._ring))) & (frames < self._frame)
            sound = np.where(there, self._ring[frames % len(self._ring)], 0).astype(np.float64)
        if rate == MICROPHONE_RATE:
            return sound[_MARGIN : _MARGIN + count].astype(np.int16)
        resampled = resample_poly(sound, MICROPHONE_RATE // divisor, rate // divisor)
        skip = _MARGIN * MICROPHONE_RATE // rate
        return np.clip(resampled[skip : skip + count], -32768, 32767).astype(np.int16)

    def _followed(self, frame: int) -> int:
        """Where to read, so that what is read is one stream that follows the clocks slowly."""
        expected = self._next
        if expected is None or abs(frame - expected) > _JUMP_S * self._rate:
            return frame
        return expected + int(np.sign(frame - expected)) if abs(frame - expected) > _FOLLOW else expected

    def _restart(self, rate: int) -> None:
        self._rate, self._clock = rate, SampleClock(rate)
        self._ring = np.zeros(_KEPT_S * rate, np.int16)
        self._frame = 0
        self._next = None
