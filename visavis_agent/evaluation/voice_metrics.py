"""What is measured on a voice's sound: pitch and its range, level, tempo; and how far found phones are off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from visavis_agent.core.phones import SILENCE
from visavis_agent.speech.voices import Speech


def pitches(speech: Speech) -> npt.NDArray[np.float64]:
    """F0 of the voiced 40 ms frames, Hz, by autocorrelation over the window's own (Boersma, 1993)."""
    rate, size = speech.sample_rate, round(0.04 * speech.sample_rate)
    window = np.hanning(size)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 4 * size)) ** 2)[:size]
    own /= own[0]
    low, high = round(rate / 500), round(rate / 70)
    found = []
    for start in range(0, len(speech.pcm) - size, size // 4):
        frame = speech.pcm[start : start + size].astype(np.float64)
        frame -= frame.mean()
        if np.sqrt(np.mean(frame**2)) < 300:
            continue
        power = np.abs(np.fft.rfft(frame * window, 4 * size)) ** 2
        correlation = np.fft.irfft(power)[:size]
        section = (correlation / correlation[0] / np.maximum(own, 1e-3))[low:high]
        peaks = np.flatnonzero((section[1:-1] >= section[:-2]) & (section[1:-1] >= section[2:])) + 1
        strong = peaks[section[peaks] > 0.9 * section.max()]
        if section.max() > 0.6 and len(strong):
            found.append(rate / (low + strong[0]))
    return np.array(found)


def loudness(speech: Speech) -> float:
    """RMS over the sound, dB of full scale."""
    return float(20 * np.log10(np.sqrt(np.mean((speech.pcm / 32768.0) ** 2))))


def heard(said: Sequence[Speech]) -> dict[str, float]:
    """Of some sentences together: pitch (median F0, Hz), range (its 10th to 90th percentile, semitones), rate (phones a
    second without silence) and level (dB of full scale).
    """
    f0 = np.concatenate([pitches(speech) for speech in said])
    phones = [(mark.end - mark.start) / s.sample_rate for s in said for mark in s.phones if mark.phone != SILENCE]
    return {
        "pitch_hz": float(np.median(f0)),
        "range_st": float(12 * np.subtract(*np.percentile(np.log2(f0), [90, 10]))),
        "rate": len(phones) / sum(phones),
        "level_db": float(np.mean([loudness(speech) for speech in said])),
    }


def onsets(speech: Speech) -> npt.NDArray[np.float64]:
    """When each phone but silence begins, s."""
    return np.array([mark.start for mark in speech.phones if mark.phone != SILENCE]) / speech.sample_rate


def word_onsets(speech: Speech) -> npt.NDArray[np.float64]:
    """When each word begins, s."""
    return np.array([mark.start for mark in speech.words]) / speech.sample_rate
