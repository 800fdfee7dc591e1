"""A microphone of the machine: what its thread brings waits in a ring for the stage."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, sample_time
from visavis_agent.core.queues import SampleRing
from visavis_agent.core.records import MICROPHONE_RATE, Level, MicrophoneAudio
from visavis_agent.devices.keeper import Keeper, Report
from visavis_agent.devices.portaudio import Block, Callback, SoundPort, SoundStream
from visavis_agent.devices.sample_clock import SampleClock
from visavis_agent.hearing.resampling import Resampler

BLOCK = 512
_RING_S = 2
_RATES = (MICROPHONE_RATE, 48_000, 44_100)
_GAP_NS = 15 * MS

Pcm = npt.NDArray[np.int16]


class DeviceMicrophone:
    """Implements AudioSource (core/ports.py): blocks of 32 ms at 16 kHz, stamped with the first sample's media time.

    Args:
        port: opens devices.
        now: the media clock, ns.
        report: takes what is to be said, on any thread.
        ready: told, on the device's thread, that there may be something to read.
        device: part of the name as ALSA tells it, "pulse:NAME" for a source of PulseAudio or PipeWire, or
            empty for the default.
        latency_s: of the device's buffer.
        missed: how bad it is when it is not there from the start.
    """

    def __init__(
        self,
        port: SoundPort,
        now: Callable[[], int],
        report: Report,
        ready: Callable[[], None],
        device: str = "",
        latency_s: float = 0.03,
        missed: Level = Level.WARN,
    ) -> None:
        self._port = port
        self._report = report
        self._ready = ready
        self._device = device
        self._latency_s = latency_s
        self._lock = threading.Lock()
        self._ended_ns: int | None = None
        self._tape = _Tape(MICROPHONE_RATE)
        name = f"the microphone {device!r}" if device else "the microphone"
        self.keeper: Keeper[SoundStream] = Keeper(name, self._open, report, missed)

    def open(self) -> None:
        self.keeper.start()

    def close(self) -> None:
        self.keeper.stop()

    def read(self) -> MicrophoneAudio | None:
        """The next block, or None when there is none yet. Stage thread only."""
        with self._lock:
            tape = self._tape
            block = tape.read()
        if block is None:
            return None
        pcm, media_ns, lost = block
        if lost and self._ended_ns is not None:  # at the start the other stages of the process load their engines
            milliseconds = sample_time(lost, tape.rate) // MS
            self._report(Level.WARN, f"{milliseconds} ms of the microphone's sound were not fetched in time")
        late_ns = 0 if self._ended_ns is None else media_ns - self._ended_ns
        self._ended_ns = media_ns + sample_time(BLOCK, MICROPHONE_RATE)
        gap_ns = late_ns if lost or late_ns > _GAP_NS else 0
        return MicrophoneAudio(media_ns=media_ns, pcm=pcm, gap_ns=max(0, gap_ns))

    # ----------------------------------------------------------------------------------------- device's threads
    def _open(self) -> SoundStream:
        return self._port.open_input(self._device, _RATES, self._latency_s, self._begin)

    def _begin(self, rate: int) -> Callback:
        with self._lock:
            self._tape = tape = _Tape(rate)
        return lambda block, media_ns, torn: self._take(tape, block, media_ns, torn)

    def _take(self, tape: _Tape, block: Block, media_ns: int, torn: bool) -> None:
        mono = block[:, 0] if block.shape[1] == 1 else block.astype(np.int32).mean(axis=1).astype(np.int16)
        with self._lock:
            tape.write(mono, media_ns, torn)
        self._ready()


class _Tape:
    """The sound of one stream, from the device's rate to 16 kHz; the caller holds the lock."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._ring = SampleRing(_RING_S * rate)
        self._clock = SampleClock(rate)
        self._written = 0
        self._taken = 0
        self._resampler = Resampler()
        self._pending: Pcm = np.zeros(0, np.int16)
        self._origin = 0
        self._sent = 0

    def write(self, pcm: Pcm, media_ns: int, torn: bool) -> None:
        self._clock.report(self._written, media_ns, torn)
        self._ring.write(pcm)
        self._written += len(pcm)

    def read(self) -> tuple[Pcm, int, int] | None:
        """A block, the media time of its first sample, and how many frames were lost right before it."""
        lost = 0
        while len(self._pending) < BLOCK:
            wanted = -(-(BLOCK - len(self._pending)) * self.rate // MICROPHONE_RATE)
            got = self._ring.read(wanted)
            if got is None:
                return None
            pcm, missing = got
            if missing:
                lost += missing
                self._resampler.flush()
                self._begin_at(self._taken + missing)
            self._taken += missing + len(pcm)
            self._pending = np.concatenate([self._pending, self._resampler.pcm(pcm, self.rate)])
        block, self._pending = self._pending[:BLOCK], self._pending[BLOCK:]
        media_ns = self._clock.time(self._origin + self._sent * self.rate // MICROPHONE_RATE)
        self._sent += BLOCK
        return block, media_ns, lost

    def _begin_at(self, frame: int) -> None:
        """What is pending from here on begins with the device's frame `frame`."""
        self._origin, self._sent = frame, 0
        self._pending = np.zeros(0, np.int16)
