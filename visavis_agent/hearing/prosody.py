"""Pitch and level of a voice, frame by frame: autocorrelation and RMS every 10 ms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, sample_time
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.hearing.resampling import Pcm
from visavis_agent.hearing.vad import SILENCE_DBFS

Float = npt.NDArray[np.float32]

HOP = 160
HOP_NS = 10 * MS
WINDOW = 640
F0_LOW, F0_HIGH = 75.0, 500.0

_FFT = 2048
_LAG_LOW, _LAG_HIGH = int(MICROPHONE_RATE / F0_HIGH), int(MICROPHONE_RATE / F0_LOW)
# A voiced frame correlates with itself one period later; the best lag may be two periods, so the first peak
# that comes close to the best one counts (plain argmax errs by an octave in a fifth of the frames).
_VOICED = 0.45
_FIRST_PEAK = 0.9
_AUDIBLE_DBFS = -50.0

_HANN = np.hanning(WINDOW)
_HANN_ACF = np.fft.irfft(np.abs(np.fft.rfft(_HANN, _FFT)) ** 2)[:WINDOW]
# Boersma (1993), eq. 9: divided by the window's own autocorrelation, that of the sound is unbiased.
_UNBIAS = _HANN_ACF[0] / (_HANN_ACF + 1e-6 * _HANN_ACF[0])


def analyse(pcm: Pcm) -> tuple[Float, Float]:
    """Fundamental frequency (Hz, 0 unvoiced) and level (dBFS, ≥ -120) of each window of 40 ms, every 10 ms.

    Args:
        pcm: (n,) int16 of 16 kHz; (n - 640) // 160 + 1 frames come out, none where n < 640.
    """
    if len(pcm) < WINDOW:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(pcm.astype(np.float64) / 32768, WINDOW)[::HOP]
    power = np.mean(windows**2, axis=1)
    level = np.maximum(10 * np.log10(power + 1e-20), SILENCE_DBFS)
    centred = (windows - windows.mean(axis=1, keepdims=True)) * _HANN
    correlation = np.fft.irfft(np.abs(np.fft.rfft(centred, _FFT)) ** 2)[:, :WINDOW]
    correlation = correlation * _UNBIAS / (correlation[:, :1] + 1e-12)
    f0 = [_pitch(row) if loud else 0.0 for row, loud in zip(correlation, level > _AUDIBLE_DBFS, strict=True)]
    return np.array(f0, np.float32), level.astype(np.float32)


def _pitch(correlation: npt.NDArray[np.float64]) -> float:
    """Hz of the first high peak, refined by a parabola; 0 where none is high enough."""
    lags = correlation[_LAG_LOW - 1 : _LAG_HIGH + 2]
    inner = lags[1:-1]
    peaks = np.flatnonzero((inner > lags[:-2]) & (inner >= lags[2:]))
    if not len(peaks) or inner[peaks].max() < _VOICED:
        return 0.0
    peak = peaks[inner[peaks] > _FIRST_PEAK * inner[peaks].max()][0]
    before, at, after = lags[peak : peak + 3]
    shift = 0.5 * (before - after) / (before - 2 * at + after - 1e-12)
    return float(MICROPHONE_RATE / (_LAG_LOW + peak + shift))


@dataclass(frozen=True, slots=True)
class ProsodyFrames:
    """Consecutive frames, 10 ms apart; `media_ns` is the centre of the first window."""

    media_ns: int
    f0_hz: Float
    level_dbfs: Float


class ProsodyTrack:
    """Analyses a stream piece by piece; the frames are those of the whole."""

    def __init__(self) -> None:
        self._kept = np.zeros(0, np.int16)
        self._start_ns = 0
        self._hops = 0

    def begin(self, media_ns: int) -> None:
        """The next sample is heard at `media_ns`."""
        self._kept, self._start_ns, self._hops = np.zeros(0, np.int16), media_ns, 0

    def push(self, pcm: Pcm) -> ProsodyFrames | None:
        """The frames that this piece completes."""
        self._kept = np.concatenate([self._kept, pcm])
        f0, level = analyse(self._kept)
        if not len(f0):
            return None
        centre = sample_time(self._hops * HOP + WINDOW // 2, MICROPHONE_RATE)
        self._kept = self._kept[len(f0) * HOP :]
        self._hops += len(f0)
        return ProsodyFrames(self._start_ns + centre, f0, level)
