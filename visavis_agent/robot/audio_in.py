"""The audio_in stage: a robot's own microphone (audio_common_msgs/AudioData) as the agent's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from visavis_agent.core.clock import sample_time
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import MicrophoneAudio, Record, RobotSound
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Host, Stage

_LONGEST_S = 5


@dataclass(frozen=True)
class AudioInSettings:
    """Settings of the audio_in stage. AudioData says nothing about its format: it is told here."""

    enabled: bool = setting(False, "hear the topic audio_in; leave the stage microphone out then")
    sample_rate: int = setting(16_000, "of the robot's microphone", unit="Hz", low=8000, high=192_000)
    channels: int = setting(1, "of the robot's microphone, interleaved; their mean is heard", low=1, high=32)


class AudioInStage(Stage):
    """Takes raw signed 16 bit samples, little-endian, as audio_capture sends them with format wave.

    A block's last sample is taken to be now: the message has no time of its own.
    """

    settings_type = AudioInSettings
    handlers: ClassVar[dict[type[Record], str]] = {RobotSound: "on_sound"}

    def __init__(self, settings: AudioInSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._rest = b""

    @classmethod
    def idle(cls, settings: Any) -> bool:
        return not settings.enabled

    def start(self) -> None:
        self._rest = b""

    def on_sound(self, sound: RobotSound) -> None:
        settings: AudioInSettings = self.settings
        data = self._rest + sound.data.tobytes()
        frame = 2 * settings.channels
        whole = len(data) - len(data) % frame
        self._rest = data[whole:]
        frames = np.frombuffer(data[:whole], "<i2").reshape(-1, settings.channels)
        if len(frames) > _LONGEST_S * settings.sample_rate:
            raise InputError(
                f"{len(frames)} samples at once", "audio_in", f"Send blocks of {_LONGEST_S} s at most, better of 20 ms"
            )
        if not len(frames):
            return
        mono = frames[:, 0] if settings.channels == 1 else frames.astype(np.int32).mean(axis=1).astype(np.int16)
        begin_ns = self.host.now() - sample_time(len(mono), settings.sample_rate)
        pcm = np.ascontiguousarray(mono, np.int16)
        rate = settings.sample_rate
        self.host.emit(MicrophoneAudio(media_ns=begin_ns, session=sound.session, pcm=pcm, sample_rate=rate))
