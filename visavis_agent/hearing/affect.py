"""Voice affect, version 1: how aroused a voice sounds, against the speaker's own running baseline.

A hand-made reading of what reviews of vocal emotion agree on (Juslin and Laukka 2003, table 7; Goudbeek and
Scherer 2010): arousal raises pitch, level, pitch range and rate. Valence hardly shows in these four, so it
is only hinted at. It has not been validated on labelled speech; its confidence never exceeds 0.3 and
consumers must weigh it so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from visavis_agent.core.emotion import Emotion
from visavis_agent.hearing.prosody import HOP_NS, ProsodyFrames

# Pitch (semitones re 100 Hz), level of voiced frames (dBFS), pitch range (SD, semitones), rate (syllables/s):
# how much one calm speaker varies from utterance to utterance, and what is typical of calm speech. Usual
# pitch and level are the speaker's and the room's own.
_SPREAD = np.array([2.0, 4.0, 0.9, 0.9])
_TYPICAL = np.array([np.nan, np.nan, 2.6, 4.0])
_AROUSAL = np.array([0.35, 0.35, 0.15, 0.15])
_VALENCE = np.array([0.2, -0.2, 0.2, 0.0])
_VALENCE_RANGE = 0.4
_MINIMUM_VOICED_S = 0.4
_KNOWN_S = 5.0
_ENOUGH_S = 1.5
_MEMORY_S = 60.0
_CONFIDENCE = 0.3

# Places of the labels on the plane of valence and arousal, after Russell and Mehrabian (1977), rounded.
_PLACES = {
    "neutral": (0.0, 0.0),
    "joy": (0.8, 0.5),
    "sadness": (-0.6, -0.3),
    "anger": (-0.5, 0.6),
    "fear": (-0.6, 0.6),
    "surprise": (0.4, 0.7),
    "disgust": (-0.6, 0.35),
}
_PLACE_WIDTH = 0.45

Features = npt.NDArray[np.float64]


def features_of(f0_hz: npt.NDArray[np.float32], level_dbfs: npt.NDArray[np.float32]) -> Features | None:
    """Pitch, level, range and rate (4,) of frames 10 ms apart; None with under 0.4 s of voiced sound."""
    voiced = f0_hz > 0
    seconds_per_frame = HOP_NS / 1e9
    if np.count_nonzero(voiced) * seconds_per_frame < _MINIMUM_VOICED_S:
        return None
    semitones = 12 * np.log2(f0_hz[voiced].astype(np.float64) / 100)
    low, high = np.percentile(semitones, [5, 95])
    # De Jong and Wempe (2009): syllable nuclei are voiced peaks of the level with a dip of 2 dB around them.
    smooth = np.convolve(level_dbfs.astype(np.float64), np.ones(5) / 5, mode="same")
    peaks, _ = find_peaks(smooth, prominence=2.0, distance=8)
    spoken = np.count_nonzero(level_dbfs > level_dbfs.max() - 30) * seconds_per_frame
    rate = np.count_nonzero(voiced[peaks]) / spoken
    spread = float(np.std(np.clip(semitones, low, high)))
    return np.array([np.median(semitones), np.mean(level_dbfs[voiced]), spread, rate])


@dataclass
class Baseline:
    """How one speaker usually sounds: means of the features, weighted by voiced time over about a minute."""

    means: Features
    seconds: float = 0.0

    def learn(self, features: Features, voiced_s: float) -> None:
        self.seconds = min(self.seconds + voiced_s, _MEMORY_S)
        share = min(1.0, voiced_s / self.seconds)
        known = np.where(np.isnan(self.means), features, self.means)
        self.means = known + share * (features - known)


class VoiceAffectEstimator:
    """Collects an utterance's prosody and says how it sounds."""

    def __init__(self) -> None:
        self._f0: list[npt.NDArray[np.float32]] = []
        self._level: list[npt.NDArray[np.float32]] = []
        self.forget()

    def forget(self) -> None:
        """Somebody else will speak."""
        self._baseline = Baseline(_TYPICAL.copy())
        self.begin()

    def begin(self) -> None:
        """A new utterance."""
        self._f0, self._level = [], []

    def push(self, frames: ProsodyFrames) -> None:
        self._f0.append(frames.f0_hz)
        self._level.append(frames.level_dbfs)

    def estimate(self) -> Emotion:
        """The emotion of the utterance so far; confidence 0 where too little was voiced."""
        features = self._features()
        if features is None:
            return Emotion()
        known = min(1.0, self._baseline.seconds / _KNOWN_S)
        # Speakers differ more from each other than one does from himself.
        shift = (0.4 + 0.6 * known) * np.nan_to_num((features - self._baseline.means) / _SPREAD)
        arousal = float(np.tanh(_AROUSAL @ shift))
        valence = _VALENCE_RANGE * float(np.tanh(_VALENCE @ shift))
        enough = min(1.0, self._voiced_s() / _ENOUGH_S)
        return Emotion.of(
            _weights(valence, arousal),
            intensity=min(1.0, float(np.hypot(valence, arousal))),
            valence=valence,
            arousal=arousal,
            confidence=_CONFIDENCE * (0.2 + 0.8 * known * enough),
        )

    def end(self) -> None:
        """The utterance is over and belongs to the speaker's baseline from now on."""
        features = self._features()
        if features is not None:
            self._baseline.learn(features, self._voiced_s())
        self.begin()

    def _features(self) -> Features | None:
        if not self._f0:
            return None
        return features_of(np.concatenate(self._f0), np.concatenate(self._level))

    def _voiced_s(self) -> float:
        return sum(int(np.count_nonzero(f0)) for f0 in self._f0) * HOP_NS / 1e9


def _weights(valence: float, arousal: float) -> dict[str, float]:
    """Closeness of each label to a place on the plane."""
    return {
        label: float(np.exp(-((valence - v) ** 2 + (arousal - a) ** 2) / (2 * _PLACE_WIDTH**2)))
        for label, (v, a) in _PLACES.items()
    }
