"""Rooms between a loudspeaker and a microphone: impulse responses, delay, drift."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve

from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MICROPHONE_RATE

Sound = npt.NDArray[np.float64]
_LONGEST_S = 0.5
_MOST_REFLECTIONS = 17
_KEPT = 2 * MICROPHONE_RATE


@dataclass(frozen=True, slots=True)
class Room:
    """How an agent's loudspeaker reaches its microphone.

    Attributes:
        rt60_s: reverberation time.
        level_db: of the echo at the microphone against the loudspeaker's signal.
        delay_ms: of devices and buffers that the time stamps do not know of.
        drift_ppm: of the microphone's clock against the loudspeaker's.
    """

    rt60_s: float
    level_db: float
    delay_ms: float
    drift_ppm: float = 0.0

    def response(self, rng: np.random.Generator) -> Sound:
        """(n,) impulse response with unit energy, by the image method (Allen & Berkley 1979).

        Raises:
            EngineError: pyroomacoustics is not installed.
        """
        try:
            acoustics: Any = importlib.import_module("pyroomacoustics")
        except ImportError as error:
            raise EngineError(f"rooms cannot be simulated ({error})", "pyroomacoustics", "Run `make env`") from None
        size = rng.uniform((3.0, 3.0, 2.4), (7.0, 6.0, 3.2))
        absorption, order = acoustics.inverse_sabine(self.rt60_s, size)
        room = acoustics.ShoeBox(
            size,
            fs=MICROPHONE_RATE,
            materials=acoustics.Material(min(1.0, absorption)),
            max_order=min(order, _MOST_REFLECTIONS),
        )
        loudspeaker = rng.uniform(0.3 * size, 0.7 * size)
        room.add_source(loudspeaker)
        room.add_microphone(loudspeaker + rng.uniform((-0.3, -0.3, 0.1), (0.3, 0.3, 0.4)))
        room.compute_rir()
        found = np.asarray(room.rir[0][0], np.float64)[: round(_LONGEST_S * MICROPHONE_RATE)]
        return found / float(np.sqrt(np.square(found).sum()))


class Echo:
    """The echo of a loudspeaker's sound, block by block.

    Args:
        response: of the room, (n,).
    """

    def __init__(self, room: Room, response: Sound) -> None:
        self._room = room
        self._response = response * 10 ** (room.level_db / 20)
        self._played: Sound = np.zeros(0)
        self._first = 0
        self._count = 0

    def of(self, played: npt.NDArray[np.int16]) -> Sound:
        """What the microphone hears during the next block of the loudspeaker's sound; 16 kHz."""
        self._played = np.concatenate([self._played, played.astype(np.float64)])
        heard = np.arange(self._count - len(self._response) + 1, self._count + len(played), dtype=np.float64)
        self._count += len(played)
        delay = self._room.delay_ms * MICROPHONE_RATE / 1000
        places = heard * (1.0 + self._room.drift_ppm * 1e-6) - delay
        arriving = np.interp(places - self._first, np.arange(len(self._played)), self._played, left=0.0, right=0.0)
        forgotten = max(0, len(self._played) - _KEPT)
        self._played, self._first = self._played[forgotten:], self._first + forgotten
        return np.asarray(fftconvolve(arriving, self._response, "valid"))
