"""What a stretch of speech sounds like: pitch, level, pitch range, rate, and the floor of the voice.

Fricatives and errors by an octave give pitch where none is heard, and they would be the widest range of all. So pitch
counts only where it goes on for some frames without a jump, and within an octave of the median.

The spectral measures of the eGeMAPS set (Eyben and others 2016: alpha ratio, Hammarberg index, slopes) were tried as
well. Between microphones they differ by more (20 dB in the recordings at hand) than between moods, and within the two
acted speakers they went in opposite directions, so they are left out.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from visavis_agent.hearing.prosody import HOP_NS

Features = npt.NDArray[np.float64]
Frames = npt.NDArray[np.float32]


class Feature(IntEnum):
    """Places in an array of features."""

    PITCH = 0  # median, semitones re 100 Hz
    LEVEL = 1  # mean of voiced frames, dBFS
    RANGE = 2  # from the 10th to the 90th percentile of pitch, octaves re 1 semitone
    RATE = 3  # syllables a second
    FLOOR = 4  # 10th percentile of pitch, semitones re 100 Hz


_S = HOP_NS / 1e9
_MINIMUM_VOICED_S = 0.4
_LOUD_DB = 30.0
_JUMP_ST = 3.0
_SHORTEST_RUN = 4
_OCTAVE_ST = 12.0
_NARROWEST_ST = 0.5


def features_of(f0_hz: Frames, level_dbfs: Frames) -> Features | None:
    """The features (5,) of frames 10 ms apart; None with under 0.4 s of voiced sound."""
    semitones = 12 * np.log2(np.where(f0_hz > 0, f0_hz, 100).astype(np.float64) / 100)
    voiced = _steady(semitones, (f0_hz > 0) & (level_dbfs > level_dbfs.max(initial=-np.inf) - _LOUD_DB))
    if np.count_nonzero(voiced) * _S < _MINIMUM_VOICED_S:
        return None
    floor, pitch, top = np.percentile(semitones[voiced], [10, 50, 90])
    level = float(np.mean(level_dbfs[voiced]))
    return np.array([pitch, level, np.log2(top - floor + _NARROWEST_ST), _rate(f0_hz, level_dbfs), floor])


def _steady(semitones: Features, voiced: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The frames whose pitch can be believed."""
    follows = np.zeros(len(voiced), bool)
    follows[1:] = voiced[1:] & voiced[:-1] & (np.abs(np.diff(semitones)) < _JUMP_ST)
    runs = np.cumsum(~follows)
    lengths = np.bincount(runs, voiced)
    steady = voiced & (lengths[runs] >= _SHORTEST_RUN)
    if steady.any():
        steady &= np.abs(semitones - np.median(semitones[steady])) < _OCTAVE_ST
    return steady


def _rate(f0_hz: Frames, level_dbfs: Frames) -> float:
    """De Jong and Wempe (2009): syllable nuclei are voiced peaks of the level with a dip of 2 dB around them."""
    smooth = np.convolve(level_dbfs.astype(np.float64), np.ones(5) / 5, mode="same")
    peaks, _ = find_peaks(smooth, prominence=2.0, distance=8)
    spoken = np.count_nonzero(level_dbfs > level_dbfs.max() - _LOUD_DB) * _S
    return float(np.count_nonzero(f0_hz[peaks] > 0) / spoken)
