"""Pitch of the agent's own voice, for accents: autocorrelation with the first strong peak."""

from __future__ import annotations

import math
import statistics

import numpy as np
import numpy.typing as npt

HOP = 0.010
"""Distance of pitch frames, s."""
_WINDOW = 0.040
_LOWEST, _HIGHEST = 75.0, 500.0
_VOICED = 0.45
_FIRST_PEAK = 0.9
_SILENT_DB = -50.0
_ANALYSIS_RATE = 8000
_KEPT = 3000


Contour = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def track(pcm: npt.NDArray[np.int16], sample_rate: int) -> Contour:
    """Times (s, from the first sample) and fundamental frequencies (Hz, 0 where unvoiced) every 10 ms or so.

    Autocorrelation divided by that of the window (Boersma 1993); the first local peak above 0.9 of the
    highest one is taken, because the highest is often an octave below.
    """
    step = max(1, round(sample_rate / _ANALYSIS_RATE))
    rate = sample_rate / step
    usable = len(pcm) // step * step
    signal = pcm[:usable].reshape(-1, step).mean(1) / 32768.0
    length, hop = round(_WINDOW * rate), round(HOP * rate)
    if len(signal) < length:
        return np.zeros(0), np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(signal, length)[::hop]
    times = (np.arange(len(frames)) * hop + 0.5 * length) / rate
    return times, _frequencies(frames, rate, length)


def _frequencies(frames: npt.NDArray[np.float64], rate: float, length: int) -> npt.NDArray[np.float64]:
    window = np.hanning(length)
    size = 1 << (2 * length - 1).bit_length()
    low, high = int(rate / _HIGHEST), int(rate / _LOWEST)
    windowed = (frames - frames.mean(1, keepdims=True)) * window
    correlation = np.fft.irfft(np.abs(np.fft.rfft(windowed, size)) ** 2, size)[:, : high + 2]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2, size)[: high + 2]
    normalised = correlation / (correlation[:, :1] + 1e-12) / (own / own[0])
    level = 10.0 * np.log10((frames * frames).mean(1) + 1e-12)
    out = np.zeros(len(frames))
    inside = normalised[:, low : high + 1]
    peaks = (inside > normalised[:, low - 1 : high]) & (inside >= normalised[:, low + 1 : high + 2])
    best = np.where(peaks, inside, 0.0).max(1)
    first = np.argmax(peaks & (inside > _FIRST_PEAK * best[:, None]), axis=1) + low
    for i in np.nonzero((best > _VOICED) & (level > _SILENT_DB))[0]:
        k = int(first[i])
        left, middle, right = normalised[i, k - 1], normalised[i, k], normalised[i, k + 1]
        curve = left - 2.0 * middle + right
        shift = 0.5 * (left - right) / curve if curve < 0.0 else 0.0
        out[i] = rate / (k + shift)
    return out


class PitchContour:
    """Pitch of a reply in semitones over its median; the last half minute is kept."""

    def __init__(self) -> None:
        self._semitones: dict[int, float] = {}
        self._median = 0.0

    def add(self, start: float, contour: Contour) -> None:
        """Take the pitch of a piece that starts at reply time `start`, s."""
        for time, hertz in zip(*contour, strict=True):
            if hertz > 0.0:
                self._semitones[round((start + time) / HOP)] = 12.0 * math.log2(hertz)
        for frame in list(self._semitones)[:-_KEPT]:
            del self._semitones[frame]
        if self._semitones:
            self._median = statistics.median(self._semitones.values())

    def at(self, time: float) -> float | None:
        """Semitones over the median at reply time `time`, s; None where unvoiced or unknown."""
        value = self._semitones.get(round(time / HOP))
        return None if value is None else value - self._median

    def peak(self, start: float, end: float) -> float | None:
        """The highest pitch on [start, end], s, in semitones over the median; None if unvoiced."""
        frames = range(round(start / HOP), round(end / HOP) + 1)
        found = [self._semitones[frame] for frame in frames if frame in self._semitones]
        return max(found) - self._median if found else None
