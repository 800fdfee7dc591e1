"""The steady noise of a room is taken out of what the recogniser hears."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.hearing.intake import FRAME
from visavis_agent.hearing.resampling import Pcm

_BLOCK = MICROPHONE_RATE // 100
# As many samples are ahead that each frame finds its blocks complete: the greatest remainder of k · FRAME / _BLOCK.
_AHEAD = 128


class Denoiser:
    """WebRTC's noise suppressor (a Wiener filter on a noise spectrum that it learns all the time), 14 ms late.

    Args:
        level: 1 to 4, by 6, 12, 18 or 21 dB at most.

    Raises:
        EngineError: webrtc-noise-gain is not installed.
    """

    def __init__(self, level: int) -> None:
        try:
            module: Any = importlib.import_module("webrtc_noise_gain")
        except ImportError as error:
            raise EngineError(
                f"there is no noise suppressor ({error})", "webrtc-noise-gain", "Run `make env`"
            ) from None
        self._processor = module.AudioProcessor(0, level)  # 0: no gain control, which would move the voice's level
        self._waiting = np.zeros(0, np.int16)
        self._ready = np.zeros(_AHEAD, np.int16)

    def frame(self, pcm: Pcm) -> Pcm:
        """(512,) int16 at 16 kHz of the stream, less noise."""
        waiting = np.concatenate([self._waiting, pcm])
        whole = len(waiting) // _BLOCK * _BLOCK
        blocks = [self._processor.Process10ms(block.tobytes()).audio for block in waiting[:whole].reshape(-1, _BLOCK)]
        ready = np.concatenate([self._ready, *(np.frombuffer(block, np.int16) for block in blocks)])
        self._waiting, self._ready = waiting[whole:], ready[FRAME:]
        return ready[:FRAME]
