"""The way from a loudspeaker through the room to a microphone, learned while the agent speaks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

from visavis_agent.core.records import MICROPHONE_RATE

Pcm = npt.NDArray[np.int16]
FRAME = MICROPHONE_RATE // 100
"""Samples of 10 ms, in which it works."""
_PARTITIONS = 50  # of 10 ms: delay and reverberation of up to half a second
# A room keeps its echo for some seconds: of a partition's response this much is still true 10 ms later.
_KEPT = 0.9985
_FIRST_VARIANCE = 0.03  # of a partition's response before anything was heard
_NOISE_KEPT = 0.97
_OVERLAP = 0.5  # samples of a frame among those of its transform
_SMOOTH = 0.3
_SILENT = 1e-9


class EchoPath:
    """Half a second of impulse response, followed by a Kalman filter in the frequency domain.

    Partitioned blocks with overlap-save, covariances diagonal over frequencies and partitions; the power of what is
    left stands for the noise, so that a visitor who speaks slows it down instead of leading it astray (Enzner & Vary,
    "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free telephones", Signal Processing
    86(6), 2006; Kuech, Mabande & Enzner, "State-space architecture of the partitioned-block-based acoustic echo
    controller", ICASSP 2014).
    """

    def __init__(self) -> None:
        shape = _PARTITIONS, FRAME + 1
        self._played = np.zeros(2 * FRAME, np.float32)
        self._spectra = np.zeros(shape, np.complex64)
        self._response = np.zeros(shape, np.complex64)
        self._variance = np.full(shape, _FIRST_VARIANCE, np.float32)
        self._noise = np.zeros(FRAME + 1, np.float32)
        self._before = self._after = 0.0

    def subtract(self, recorded: Pcm, played: Pcm) -> tuple[Pcm, Pcm]:
        """The recording without the echo, and the echo.

        Args:
            recorded: (160,) int16 at 16 kHz.
            played: (160,) int16 that the loudspeaker played at the same time.

        Returns:
            Both (160,) int16. Where the response is so wrong that it adds to the sound, the recording as it is.
        """
        sound = recorded.astype(np.float32) / 32768
        echo = self._predict(played)
        rest = sound - echo
        self._learn(rest)
        self._before += _SMOOTH * (float(sound @ sound) - self._before)
        self._after += _SMOOTH * (float(rest @ rest) - self._after)
        return _pcm(rest if self._after < self._before else sound), _pcm(echo)

    def _predict(self, played: Pcm) -> npt.NDArray[np.float32]:
        self._played = np.concatenate([self._played[FRAME:], played.astype(np.float32) / 32768])
        self._spectra = np.roll(self._spectra, 1, axis=0)
        self._spectra[0] = scipy.fft.rfft(self._played)
        echo = scipy.fft.irfft((self._spectra * self._response).sum(axis=0))
        return np.asarray(echo[FRAME:], np.float32)

    def _learn(self, rest: npt.NDArray[np.float32]) -> None:
        error = scipy.fft.rfft(np.concatenate([np.zeros_like(rest), rest]))
        self._noise += (1 - _NOISE_KEPT) * (_power(error) - self._noise)
        power = _power(self._spectra)
        if not power.any():
            return  # nothing was played: nothing to learn, nothing to forget
        step = self._variance / ((self._variance * power).sum(axis=0) + self._noise + _SILENT)
        change = scipy.fft.irfft(step * self._spectra.conj() * error, axis=1)
        change[:, FRAME:] = 0.0
        self._response = _KEPT * (self._response + scipy.fft.rfft(change, axis=1))
        known = np.maximum(1.0 - _OVERLAP * step * power, 0.0)
        self._variance = _KEPT**2 * known * self._variance + (1 - _KEPT**2) * _power(self._response) + _SILENT


def _power(spectrum: npt.NDArray[np.complex64]) -> npt.NDArray[np.float32]:
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag), np.float32)


def _pcm(sound: npt.NDArray[np.float32]) -> Pcm:
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
