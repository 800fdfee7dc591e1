"""WebRTC's echo canceller (AEC3), from the audio processing that LiveKit's package carries."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MICROPHONE_RATE

Pcm = npt.NDArray[np.int16]
FRAME = MICROPHONE_RATE // 100
"""Samples of 10 ms, in which it works."""


class WebRtcCanceller:
    """Takes what was played out of what was recorded; it finds delays of up to 0.3 s itself.

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

    def cancel(self, recorded: Pcm, played: Pcm) -> Pcm:
        """(160,) int16 of the microphone without the echo of `played`, which sounded at the same time or earlier."""
        far, near = self._of(played), self._of(recorded)
        self._module.process_reverse_stream(far)
        self._module.set_stream_delay_ms(0)
        self._module.process_stream(near)
        return np.frombuffer(near.data, np.int16)

    def _of(self, pcm: Pcm) -> Any:
        return self._frame(bytearray(pcm.astype("<i2").tobytes()), MICROPHONE_RATE, 1, FRAME)
