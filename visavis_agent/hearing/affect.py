"""Voice affect: how aroused a voice sounds, against what is expected of the speaker.

A hand-made reading of what reviews of vocal emotion agree on (Juslin and Laukka 2003, table 7; Goudbeek and
Scherer 2010): arousal raises pitch, level, pitch range and rate. Valence hardly shows in these four, so it is only
hinted at. It has not been validated on labelled speech; its confidence never exceeds 0.6, and consumers weigh it so.

What is expected begins with what is usual among speakers and becomes what is usual with this one. A deviation counts in
units of how much calm speech varies and how little is known of the speaker, together: range and rate say something of
the first sentence, pitch once it is known whether the voice is a low or a high one, which its floor tells
(Traunmüller and Eriksson 1995: excitement stretches the voice upwards from a floor that hardly moves), and level
nothing until the speaker has been heard before. Who sounds excited from his first word to his last is taken for excited
only as far as he differs from others; so are children, whose voices are higher than the high ones here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import EMOTION_RATES, EMOTIONS, Emotion
from visavis_agent.hearing.prosody import HOP_NS, ProsodyFrames
from visavis_agent.hearing.voice_features import Feature, Features, features_of

# By Feature: what is usual, how much speakers differ, how much one varies while calm, and while he is not. Pitch and
# floor are those of low voices; the level depends on the microphone.
_USUAL = np.array([1.4, -27.0, 2.7, 3.6, -1.4])
_DIFFER = np.array([2.3, 1000.0, 0.45, 0.9, 3.0])
_CALM = np.array([2.0, 4.0, 0.4, 0.9, 2.0])
_MOVED = np.array([3.0, 5.0, 0.6, 0.9, 3.0])
# Median pitch of adults: about 110 and 200 Hz. How far the high voices lie above the low ones, in semitones.
_HIGHER_ST = 10.6
_AROUSAL = np.array([0.3, 0.25, 0.25, 0.1, 0.0])
_VALENCE = np.array([0.3, -0.2, 0.3, 0.0, 0.0])
_VALENCE_RANGE = 0.4
# How far the sum of shifts, so weighed, strays in calm speech, and in speech with feeling; either is as likely.
_STIRRED_CALM, _STIRRED = 0.22, 0.9
_SAYS_S = 2.0  # of voiced sound that tell once how somebody speaks
_ENOUGH_S = 1.0
_MEMORY_S = 60.0
_CONFIDENCE = 0.6

# Places of the labels on the plane of valence and arousal, after Russell and Mehrabian (1977), rounded; of valence a
# voice shows only a hint. Then how far readings stray from them.
_PLACES = {
    "neutral": (0.0, 0.0),
    "joy": (0.8, 0.5),
    "sadness": (-0.6, -0.3),
    "anger": (-0.5, 0.6),
    "fear": (-0.6, 0.6),
    "surprise": (0.4, 0.7),
    "disgust": (-0.6, 0.35),
}
_HINTED = np.array([_VALENCE_RANGE, 1.0])
_STRAY = np.array([0.3, 0.35])


@dataclass
class Baseline:
    """How one speaker usually sounds: means of the features, weighted by voiced time over about a minute."""

    means: Features = field(default_factory=lambda: np.zeros(len(Feature)))
    seconds: float = 0.0

    def learn(self, features: Features, voiced_s: float) -> None:
        self.seconds = min(self.seconds + voiced_s, _MEMORY_S)
        self.means = self.means + min(1.0, voiced_s / self.seconds) * (features - self.means)

    def expected(self, features: Features, voiced_s: float) -> tuple[Features, Features]:
        """Mean and variance, (5,) each, of what can be expected of the speaker; `features` tell his register."""
        usual, differ = _usual(self._floor(features, voiced_s))
        if self.seconds <= 0.0:
            return usual, differ
        heard = _MOVED**2 * _SAYS_S / self.seconds
        variance = 1 / (1 / differ + 1 / heard)
        return variance * (usual / differ + self.means / heard), variance

    def _floor(self, features: Features, voiced_s: float) -> float:
        total = self.seconds + voiced_s
        return float((self.seconds * self.means[Feature.FLOOR] + voiced_s * features[Feature.FLOOR]) / total)


def _usual(floor: float) -> tuple[Features, Features]:
    """Mean and variance, (5,) each, among the speakers whose voice has that floor."""
    low, spread = _USUAL[Feature.FLOOR], _DIFFER[Feature.FLOOR]
    odds = _HIGHER_ST * (floor - low - _HIGHER_ST / 2) / spread**2
    high = 1 / (1 + np.exp(-odds))
    usual, differ = _USUAL.copy(), np.square(_DIFFER)
    for which in (Feature.PITCH, Feature.FLOOR):
        usual[which] += high * _HIGHER_ST
        differ[which] += high * (1 - high) * _HIGHER_ST**2
    return usual, differ


class VoiceAffectEstimator:
    """Collects an utterance's prosody and says how it sounds."""

    def __init__(self) -> None:
        self._f0: list[npt.NDArray[np.float32]] = []
        self._level: list[npt.NDArray[np.float32]] = []
        self.forget()

    def forget(self) -> None:
        """Somebody else will speak."""
        self._baseline = Baseline()
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
        voiced_s = self._voiced_s()
        mean, variance = self._baseline.expected(features, voiced_s)
        shift = (features - mean) / np.sqrt(_CALM**2 + variance)
        stirred = float(_AROUSAL @ shift)
        moved = _moved(stirred)
        arousal = moved * float(np.tanh(stirred))
        valence = moved * _VALENCE_RANGE * float(np.tanh(_VALENCE @ shift))
        known = float(_AROUSAL @ (_CALM**2 / (_CALM**2 + variance)) / _AROUSAL.sum())
        return Emotion.of(
            _weights(valence, arousal),
            intensity=min(1.0, float(np.hypot(valence, arousal))),
            valence=valence,
            arousal=arousal,
            confidence=_CONFIDENCE * (0.4 + 0.6 * known) * min(1.0, voiced_s / _ENOUGH_S),
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


def _moved(stirred: float) -> float:
    """The probability that it is a feeling, and not how calm speech varies; 0–1."""
    calm, felt = (np.exp(-0.5 * (stirred / spread) ** 2) / spread for spread in (_STIRRED_CALM, _STIRRED))
    return float(felt / (calm + felt))


def _weights(valence: float, arousal: float) -> dict[str, float]:
    """How likely each label is, as often as it occurs and as close as its place on the plane lies."""
    here = np.array([valence, arousal])
    return {
        label: rate * float(np.exp(-0.5 * np.sum(((here - _HINTED * _PLACES[label]) / _STRAY) ** 2)))
        for label, rate in zip(EMOTIONS, EMOTION_RATES, strict=True)
    }
