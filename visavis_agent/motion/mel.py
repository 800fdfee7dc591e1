"""Log-mel spectra of a sound of any rate, block by block: what the net that moves the lips from sound hears.

A frame ends every 10 ms and looks back over 25 ms (Hann), so it knows nothing of what is still to come. Bands are
triangles on the mel scale (Stevens, Volkmann and Newman 1937, in O'Shaughnessy's form, 1987) in Hz, whatever the
rate: nothing has to be resampled. What a band above half the rate would hear counts as silence.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
BANDS = 40
FRAMES_PER_SECOND = 100
LOWEST_RATE = 8000
"""Hz; less than that leaves too little of speech."""
_WINDOW_S = 0.025
_LOW_HZ, _HIGH_HZ = 60.0, 7600.0
_FLOOR = 1e-9
_MIDDLE, SPREAD = 13.0, 4.0
SILENT = (float(np.log(_FLOOR)) + _MIDDLE) / SPREAD
"""What a band of a silent frame holds."""


def mel(frequency: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Hz to mel."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(frequency, np.float64) / 700.0))


@lru_cache(maxsize=32)
def _bank(rate: int, warp: float) -> tuple[Array, Array]:
    """The window, and (bins, bands) weights from power spectrum to band power."""
    length = round(_WINDOW_S * rate)
    size = 1 << (length - 1).bit_length()
    window = np.hanning(length + 2)[1:-1]
    bins = np.fft.rfftfreq(size, 1.0 / rate)
    edges = warp * 700.0 * (10.0 ** (np.linspace(mel(_LOW_HZ), mel(_HIGH_HZ), BANDS + 2) / 2595.0) - 1.0)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (bins[:, None] - low) / (centre - low), (high - bins[:, None]) / (high - centre)
    weights = np.maximum(0.0, np.minimum(rise, fall)) / (rate * float((window * window).sum()))
    # In units of power per band: two sides of the spectrum, bins of rate / size Hz.
    return window.astype(np.float32), (weights * 2.0 * rate / size).astype(np.float32)


class MelStream:
    """Turns the blocks of one sound into frames.

    Args:
        rate: of the sound, Hz; at least LOWEST_RATE.
        warp: factor on the bands' frequencies, as another length of the speaker's throat would have it
            (training only).
    """

    def __init__(self, rate: int, warp: float = 1.0) -> None:
        self._rate = rate
        self._window, self._weights = _bank(rate, warp)
        self._size = 2 * (len(self._weights) - 1)
        self._kept = np.zeros(len(self._window), np.float32)
        self._end = 0
        self._frames = 0

    def feed(self, pcm: npt.NDArray[np.int16]) -> Array:
        """(n, BANDS) frames that end within the next samples, int16; about -1.9 (silence) to 2.5 (loud)."""
        sound = np.concatenate([self._kept, pcm.astype(np.float32) / 32768.0])
        begin = self._end - len(self._kept)
        self._end += len(pcm)
        count = self._end * FRAMES_PER_SECOND // self._rate - self._frames
        ends = (np.arange(self._frames + 1, self._frames + 1 + count) * self._rate) // FRAMES_PER_SECOND - begin
        self._frames += count
        self._kept = sound[max(0, len(sound) - 2 * len(self._window)) :]
        if not count:
            return np.zeros((0, BANDS), np.float32)
        rows = sound[ends[:, None] + np.arange(-len(self._window), 0)] * self._window
        spectrum = np.fft.rfft(rows, self._size)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ self._weights
        return np.asarray((np.log(power + _FLOOR) + _MIDDLE) / SPREAD, np.float32)
