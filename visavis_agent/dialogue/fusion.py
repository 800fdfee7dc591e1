"""What the visitor feels, fused from words, voice and face, each of which may be broken.

Late fusion as EAI-Avatar §3.2 asks for. Each source either works, and then says something about the one feeling
behind all of them, or is broken, and then says nothing. So the fused distribution is, for rates π of feelings and
sources i that say p_i and work with probability t_i,

    P(y) ∝ π(y) Π_i [ t_i · p_i(y) / π(y) + 1 - t_i ],

the product rule (Kittler, Hatef, Duin and Matas 1998, On combining classifiers) with a way out for each source.
Who feels something may say nothing of it: a plain question in a sad voice contradicts nothing. So what sounds calm says
the less of the feeling the more another source tells of one, and nothing of valence, arousal and dominance.
How far each can be believed is learnt from exchange to exchange: by Bayes' rule the odds of working rise by what the
source says under what the others say, and fall the more it only repeats itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTION_RATES, EMOTIONS, Emotion

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a source beforehand.

    Attributes:
        half_life_s: how long a reading stays half as good as new.
        works: probability that it works at all.
        calibrated: its distribution already holds how sure it is; else its confidence says so.
        tells: how well it tells valence, arousal and dominance, each 0–1.
    """

    half_life_s: float
    works: float
    calibrated: bool
    tells: tuple[float, float, float]


RATES: Shares = np.array(EMOTION_RATES)
# A face changes within seconds, words colour a whole exchange. Only the reader of words was validated on people, and
# what it tells is its correlation with EmoBank's ratings. A face tells valence, a voice arousal (Gunes and Schuller
# 2013, Categorical and dimensional affect analysis in continuous input); neither reader here knows dominance.
SOURCES: dict[str, Source] = {
    "face": Source(2.0, 0.8, calibrated=False, tells=(0.7, 0.4, 0.0)),
    "voice": Source(8.0, 0.8, calibrated=False, tells=(0.2, 0.7, 0.0)),
    "words": Source(12.0, 0.9, calibrated=True, tells=(0.7, 0.45, 0.4)),
}
_AXES = ("valence", "arousal", "dominance")
# What ends an exchange: then all have spoken.
_LAST = "words"
# What was learnt of a source fades with each exchange and each visitor, so that one that works again is believed again.
_KEPT = 0.99
_KEPT_FOR_NEXT = 0.9
_MOST_ODDS = 5.0
_HABIT_KEPT = 0.85
_HABIT_BEGIN = 1.5
_HABIT_WEIGHT = 5.0
# Who feels something may say or show nothing of it.
_CALM_HIDES = 0.65
_CALMEST = 0.99
_DOUBTED = 0.1
_NOTHING = 1e-3
_LEAST = 1e-3  # nobody is that sure


@dataclass(slots=True)
class _Heard:
    """What one source says, and what was learnt of it: log-odds that it works, and a running sum of what it said."""

    source: Source
    odds: float
    habit: Shares
    emotion: Emotion = Emotion()
    media_ns: int = 0
    perceived: float = 1.0

    @property
    def works(self) -> float:
        return 1 / (1 + math.exp(-self.odds))

    def believed(self, kept: float) -> float:
        """The log-odds after some of what was learnt has faded."""
        prior = _log_odds(self.source.works)
        return prior + kept * (self.odds - prior)

    @property
    def calm(self) -> float:
        return self.emotion.probability("neutral")

    def tells(self, axis: int) -> float:
        """How much it tells of valence, arousal or dominance, 0–1."""
        return self.source.tells[axis] * (1.0 - min(self.calm, _CALMEST))

    def fresh(self, now_ns: int) -> float:
        age = max(0, now_ns - self.media_ns) / SECOND
        return math.pow(0.5, age / self.source.half_life_s)

    def evidence(self) -> Shares:
        """What the reading says of each label beyond the rates, (7,), mean 1 under RATES."""
        said = np.maximum(self.emotion.distribution, _LEAST)
        return said / said.sum() / RATES


class Fusion:
    """The sources "face", "voice" and "words" of one visitor; any may be missing, stale, unsure or broken."""

    def __init__(self) -> None:
        self._heard = {
            name: _Heard(source, _log_odds(source.works), _HABIT_BEGIN * RATES) for name, source in SOURCES.items()
        }

    def clear(self) -> None:
        """Forget the visitor: somebody else stands there. What is broken is likely to be broken still."""
        for name, heard in self._heard.items():
            odds = heard.believed(_KEPT_FOR_NEXT)
            self._heard[name] = _Heard(heard.source, odds, _HABIT_BEGIN * RATES)

    def update(self, source: str, emotion: Emotion, media_ns: int, perceived: float = 1.0) -> None:
        """Take the newest reading of a source; KeyError for an unknown source.

        Args:
            perceived: probability that what was read is what there was: words may have been misheard.
        """
        heard = self._heard[source]
        heard.emotion, heard.media_ns, heard.perceived = emotion, media_ns, min(1.0, max(0.0, perceived))
        if source == _LAST:
            self._learn(media_ns)

    def weights(self, now_ns: int) -> dict[str, float]:
        """What each source counts at `now_ns`, 0–1: the explanation of the fused emotion."""
        weights = {
            name: heard.works * heard.perceived * heard.emotion.confidence * heard.fresh(now_ns)
            for name, heard in self._heard.items()
        }
        return {name: weight for name, weight in sorted(weights.items()) if weight > _NOTHING}

    @property
    def doubted(self) -> tuple[str, ...]:
        """The sources that look broken."""
        return tuple(sorted(name for name, heard in self._heard.items() if heard.works < _DOUBTED))

    def fused(self, now_ns: int) -> Emotion:
        """The visitor's emotion; confidence 0 and neutral when no source says anything.

        Intensity and confidence are means weighted by `weights`: two weak readings make no strong one. Valence, arousal
        and dominance are means of what each source tells of them beyond being calm. How much is known at all is in the
        confidence; the distribution is the strongest source's, corrected by the others.
        """
        weights = self.weights(now_ns)
        total = sum(weights.values())
        if total <= 0.0:
            return Emotion()
        valence, arousal, dominance = (self._told(weights, axis) for axis in range(3))
        intensity = sum(weight * self._heard[name].emotion.intensity for name, weight in weights.items()) / total
        return Emotion.of(
            dict(zip(EMOTIONS, map(float, self._pooled(self._shares(weights, now_ns))), strict=True)),
            intensity=intensity,
            valence=valence,
            arousal=arousal,
            dominance=dominance,
            confidence=sum(weight**2 for weight in weights.values()) / total,
        )

    def tone(self, now_ns: int) -> float:
        """How much of the fused arousal comes from how something is said, and not from the words, 0–1."""
        parts = self._parts(self.weights(now_ns), _AXES.index("arousal"))
        adds = {name: part * abs(self._heard[name].emotion.arousal) for name, part in parts.items()}
        total = sum(adds.values())
        return 1.0 - adds.get("words", 0.0) / total if total > 0.0 else 0.0

    def _told(self, weights: Mapping[str, float], axis: int) -> float:
        """Valence, arousal or dominance, -1–1; 0 where nobody tells it."""
        parts = self._parts(weights, axis)
        total = sum(parts.values())
        if total <= 0.0:
            return 0.0
        said = {name: float(getattr(self._heard[name].emotion, _AXES[axis])) for name in parts}
        return sum(part / total * said[name] for name, part in parts.items())

    def _parts(self, weights: Mapping[str, float], axis: int) -> dict[str, float]:
        """What each source counts for valence, arousal or dominance."""
        return {name: weight * self._heard[name].tells(axis) for name, weight in weights.items()}

    def _shares(self, names: Iterable[str], now_ns: int) -> dict[str, float]:
        """How far each source's distribution counts, 0–1; all of it for a single one."""
        beliefs = self._beliefs(names, now_ns)
        best = max(beliefs.values())
        sure = {name: self._sure(name, now_ns) for name in beliefs}
        felt = {name: sure[name] * (1.0 - self._heard[name].calm) for name in beliefs}
        shares = {}
        for name in beliefs:
            told = max((felt[other] for other in felt if other != name), default=0.0)
            shares[name] = min(1.0, sure[name] / best) * (1 - _CALM_HIDES * self._heard[name].calm * told)
        return shares

    def _pooled(self, shares: Mapping[str, float]) -> Shares:
        """The distribution (7,) of sources that work with the probabilities given."""
        pool = RATES
        for name, share in shares.items():
            pool = pool * (share * self._heard[name].evidence() + 1 - share)
        return pool / pool.sum()

    def _beliefs(self, names: Iterable[str], now_ns: int) -> dict[str, float]:
        return {name: self._sure(name, now_ns) * (1 - _CALM_HIDES * self._heard[name].calm) for name in names}

    def _sure(self, name: str, now_ns: int) -> float:
        """How surely a source says what it says, 0–1."""
        heard = self._heard[name]
        sure = 1.0 if heard.source.calibrated else heard.emotion.confidence
        return heard.works * heard.perceived * heard.fresh(now_ns) * sure

    def _learn(self, now_ns: int) -> None:
        """After an exchange: who agreed with the others, and who said what he always says?"""
        beliefs = self._beliefs(self.weights(now_ns), now_ns)
        if len(beliefs) < 2:
            return
        gains = {name: self._gain(name, beliefs) for name in beliefs}
        for name, gain in gains.items():
            heard = self._heard[name]
            heard.odds = min(_MOST_ODDS, max(-_MOST_ODDS, heard.believed(_KEPT) + gain))
            heard.habit = _HABIT_KEPT * heard.habit + np.array(heard.emotion.distribution)

    def _gain(self, name: str, beliefs: Mapping[str, float]) -> float:
        """Log of how much likelier a source's reading is if it works than if it is broken."""
        heard = self._heard[name]
        evidence = heard.evidence()
        others = {other: belief for other, belief in beliefs.items() if other != name}
        agrees = float(self._pooled(others) @ evidence)
        repeats = float(heard.habit @ evidence / heard.habit.sum())
        gain = math.log(agrees) - _HABIT_WEIGHT * math.log(repeats)
        if agrees > 1.0:
            gain = max(0.0, gain)  # who is sad for long looks and sounds sad again and again
        # Calm words with a sad face contradict nothing.
        felt = max(belief * (1.0 - self._heard[other].calm) for other, belief in others.items())
        return (1.0 - heard.calm) * felt * gain


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))
