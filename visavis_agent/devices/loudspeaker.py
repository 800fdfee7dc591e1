"""A loudspeaker of the machine as the agent's sink. It may get lost and come back in the middle of a word."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from visavis_agent.core.clock import MS, sample_time
from visavis_agent.core.records import Level, PlaybackStatus, SpeechAudio
from visavis_agent.devices.keeper import Keeper, Report
from visavis_agent.devices.portaudio import Block, Callback, SoundPort, SoundStream
from visavis_agent.devices.voice_queue import Pcm, VoiceQueue

RATE = 48_000
_OTHER_RATES = (44_100, 16_000)


class DeviceSink:
    """Implements AudioSink (core/ports.py) on a sound device.

    While the device is not there the reply goes on in silence, so that the conversation does not stand still.

    Args:
        port: opens devices.
        now: the media clock, ns.
        report: takes what is to be said, on any thread.
        device: part of the name as ALSA tells it, "pulse:NAME" for a sink of PulseAudio or PipeWire, or
            empty for the default.
        latency_s: of the device's buffer.
        lead_ns: from the decision to play to the first sample, at least.
        sounded: told from when to when (media time, ns) a block with the voice is audible; on the device's
            thread.
        missed: how bad it is when it is not there from the start.
        played: given every block, silence included, with its rate, when it is heard, and whether sound was lost before
            it; on the device's thread.
    """

    def __init__(
        self,
        port: SoundPort,
        now: Callable[[], int],
        report: Report,
        device: str = "",
        latency_s: float = 0.03,
        lead_ns: int = 60 * MS,
        sounded: Callable[[int, int], None] | None = None,
        missed: Level = Level.WARN,
        played: Callable[[Pcm, int, int, bool], None] | None = None,
    ) -> None:
        self.muted = False
        """Whether silence is sounded in the voice's place."""
        self.underruns = 0
        """How often the voice had a hole because the device was not served in time."""
        self._port = port
        self._report = report
        self._device = device
        self._latency_s = latency_s
        self._sounded = sounded
        self._played = played
        self._voiced = False
        self._gain = 1.0
        self._queue = VoiceQueue(now, RATE, lead_ns)
        name = f"the loudspeaker {device!r}" if device else "the loudspeaker"
        self.keeper: Keeper[SoundStream] = Keeper(name, self._open, report, missed)

    @property
    def there(self) -> bool:
        """Whether the device is open."""
        return self.keeper.device is not None

    def open(self) -> None:
        self.keeper.start()

    def close(self) -> None:
        self.keeper.stop()

    # ------------------------------------------------------------------------------------------------ AudioSink
    def write(self, audio: SpeechAudio) -> bool:
        self._pass_time()
        return self._queue.write(audio)

    def hold(self) -> None:
        self._pass_time()
        self._queue.hold()

    def resume(self) -> None:
        self._pass_time()
        self._queue.resume()

    def flush(self) -> None:
        self._pass_time()
        self._queue.flush()

    def status(self) -> PlaybackStatus:
        self._pass_time()
        return self._queue.status()

    def _pass_time(self) -> None:
        if not self.there:
            self._queue.pass_time()

    # --------------------------------------------------------------------------------------- the device's threads
    def _open(self) -> SoundStream:
        rates = tuple(dict.fromkeys((self._queue.rate, RATE, *_OTHER_RATES)))
        return self._port.open_output(self._device, rates, self._latency_s, self._begin)

    def _begin(self, rate: int) -> Callback:
        if rate != self._queue.rate:
            self._queue.restart(rate)
        return self._play

    def _play(self, block: Block, media_ns: int, torn: bool) -> None:
        pcm, voiced = self._queue.render(len(block), media_ns, torn)
        goal = 0.0 if self.muted else 1.0
        if goal != self._gain:
            pcm = (pcm * np.linspace(self._gain, goal, len(pcm))).astype(np.int16)
            self._gain = goal
        elif self.muted:
            pcm = np.zeros_like(pcm)
        block[:] = pcm[:, None]
        if self._played is not None:
            self._played(pcm, self._queue.rate, media_ns, torn)
        if torn and (voiced or self._voiced):
            self._count_underrun()
        self._voiced = voiced > 0
        if voiced and not self.muted and self._sounded is not None:
            self._sounded(media_ns, media_ns + sample_time(len(block), self._queue.rate))

    def _count_underrun(self) -> None:
        self.underruns += 1
        if self.underruns & (self.underruns - 1) == 0:
            problem = f"{self.keeper.name} ran dry {self.underruns} times while the agent spoke"
            self._report(Level.WARN, f"{problem}: the machine is too busy; a higher latency_ms helps")
