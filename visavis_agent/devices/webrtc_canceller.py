"""What is known of the room takes most of the echo out, WebRTC's canceller (AEC3, of LiveKit's package) the rest."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.devices.echo import Cancelled
from visavis_agent.devices.echo_path import FRAME, EchoPath

Pcm = npt.NDArray[np.int16]


class WebRtcCanceller:
    """Takes what was played out of what was recorded; the echo may be late by up to half a second less its tail.

    AEC3 alone knows 50 ms of a room and suppresses all that its reverberation may have left: a visitor with it. The
    way through the room is learned for ten times that before it (`EchoPath`), and what AEC3 is told to take out is the
    echo so found, which is as late and as long as what is left of it.

    Raises:
        EngineError: livekit is not installed.
    """

    def __init__(self) -> None:
        try:
            rtc: Any = importlib.import_module("livekit.rtc")
            self._module = rtc.AudioProcessingModule(echo_cancellation=True)
        except Exception as error:  # a library that does not load says so in many ways
            raise EngineError(f"there is no echo canceller ({error})", "livekit", "Run `make env`") from None
        self._frame = rtc.AudioFrame
        self._path = EchoPath()

    def cancel(self, recorded: Pcm, played: Pcm) -> Cancelled:
        """What the microphone recorded, and what the loudspeaker played at that time; (160,) int16 each."""
        rest, echo = self._path.subtract(recorded, played)
        far, near = self._of(echo), self._of(rest)
        self._module.process_reverse_stream(far)
        self._module.set_stream_delay_ms(0)
        self._module.process_stream(near)
        return Cancelled(rest, np.frombuffer(near.data, np.int16))

    def _of(self, pcm: Pcm) -> Any:
        return self._frame(bytearray(pcm.astype("<i2").tobytes()), MICROPHONE_RATE, 1, FRAME)
