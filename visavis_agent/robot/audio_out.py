"""The audio_out stage: the agent's voice for a robot's own loudspeaker (audio_common_msgs/AudioData)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    DevicesEnabled,
    Lane,
    Playback,
    PlaybackStatus,
    Record,
    RobotVoice,
    SinkState,
    SpeechAudio,
    TurnState,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.hearing.resampling import Resampler

_TICK_NS = 20 * MS
_JUMP_S = 0.05
_STREAMS_KEPT = 8
Key = tuple[ReplyId, Lane]
Pcm = npt.NDArray[np.int16]


@dataclass(frozen=True)
class AudioOutSettings:
    """Settings of the audio_out stage; the robot gets raw 16 bit samples, little-endian, mono, 16 kHz."""

    enabled: bool = setting(False, "send the voice to the topic audio_out; set playback.output to none then")
    ahead_ms: float = setting(
        40.0, "how early sound is sent: what the robot's player buffers", unit="ms", low=20.0, high=500.0
    )


class AudioOutStage(Stage):
    """Sends what playback says is audible, when it is: the media clock plays, the robot follows.

    A hold or a flush ends the sending at once; what the robot has buffered by then is still heard.
    """

    settings_type = AudioOutSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        SpeechAudio: "on_audio",
        PlaybackStatus: "on_status",
        TurnState: "on_turn",
        DevicesEnabled: "on_enabled",
    }

    def __init__(self, settings: AudioOutSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._streams: dict[Key, _Stream] = {}
        self._status: PlaybackStatus | None = None
        self._muted = False
        self._tick: Handle | None = None

    @classmethod
    def idle(cls, settings: Any) -> bool:
        return not settings.enabled

    def stop(self) -> None:
        self._status = None
        self._streams.clear()
        if self._tick is not None:
            self._tick.cancel()

    def on_audio(self, audio: SpeechAudio) -> None:
        if self.settings.enabled:
            self._streams.setdefault((audio.id, audio.lane), _Stream(audio.sample_rate)).add(audio)
            while len(self._streams) > _STREAMS_KEPT:
                del self._streams[min(self._streams)]

    def on_status(self, status: PlaybackStatus) -> None:
        before, sounding = self._status, status.state is SinkState.PLAYING and not status.starved
        self._status = status if sounding else None
        stream = self._streams.get((status.id, status.lane))
        if sounding and before is None and stream is not None:
            stream.restart(status.sample)
        self._send()

    def on_turn(self, turn: TurnState) -> None:
        self._streams = {key: stream for key, stream in self._streams.items() if key[0] >= turn.id}
        if turn.playback is Playback.HOLD:
            self._status = None

    def on_enabled(self, devices: DevicesEnabled) -> None:
        self._muted = not devices.sound

    def _send(self) -> None:
        """Send what is due within the next moment, and come back."""
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
        status = self._status
        stream = None if status is None else self._streams.get((status.id, status.lane))
        if status is None or stream is None:
            return
        ahead_ns = round(self.settings.ahead_ms * MS)
        until = status.sample + (self.host.now() + ahead_ns - status.media_ns) * stream.rate // SECOND
        if status.sample > stream.sent + _JUMP_S * stream.rate:
            stream.restart(status.sample)  # it was not told here, or is late
        pcm = stream.take(until)
        if len(pcm) and not self._muted:
            data = pcm.astype("<i2").view(np.uint8)
            self.host.emit(RobotVoice(media_ns=self.host.now(), session=status.session, data=data))
        self._tick = self.host.at(self.host.now() + _TICK_NS, self._send)


class _Stream:
    """The sound of a reply, and how far it was sent."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.sent = 0
        self._pieces: list[SpeechAudio] = []
        self._resampler = Resampler()

    def add(self, audio: SpeechAudio) -> None:
        if audio.sample_rate == self.rate and len(audio.pcm):
            self._pieces.append(audio)

    def restart(self, sample: int) -> None:
        """Go on from another sample."""
        self.sent, self._resampler = sample, Resampler()

    def take(self, until: int) -> Pcm:
        """Samples up to `until` that were not sent yet, at 16 kHz."""
        parts = [np.zeros(0, np.int16)]
        for piece in self._pieces:
            begin, end = max(self.sent, piece.first_sample), min(until, piece.first_sample + len(piece.pcm))
            if begin < end:
                parts.append(piece.pcm[begin - piece.first_sample : end - piece.first_sample])
                self.sent = end
        pcm = np.concatenate(parts)
        return self._resampler.pcm(pcm, self.rate) if len(pcm) else pcm
