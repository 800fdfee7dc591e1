"""Emotion in the voice: a distribution and its intensity become rate, pitch, range, level and pauses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from visavis_agent.core.emotion import EMOTIONS, Emotion


@dataclass(frozen=True, slots=True)
class Prosody:
    """How something is said, relative to the voice's neutral speech, on axes on which blending is linear.

    Attributes:
        rate: octaves of speaking rate; +1 is twice as fast.
        pitch: semitones of mean F0.
        range: octaves of F0 excursion about its mean; +1 is twice as wide, -1 half.
        level: dB.
        pause: octaves of pause length between clauses.
    """

    rate: float = 0.0
    pitch: float = 0.0
    range: float = 0.0
    level: float = 0.0
    pause: float = 0.0

    @property
    def rate_factor(self) -> float:
        """Speaking rate relative to neutral."""
        return 2.0**self.rate

    @property
    def pitch_factor(self) -> float:
        """Mean F0 relative to neutral."""
        return 2.0 ** (self.pitch / 12.0)

    @property
    def range_factor(self) -> float:
        """F0 excursion, as a share of the mean, relative to neutral."""
        return 2.0**self.range

    @property
    def level_factor(self) -> float:
        """Amplitude relative to neutral."""
        return math.pow(10.0, self.level / 20.0)

    @property
    def pause_factor(self) -> float:
        """Pause length relative to neutral."""
        return 2.0**self.pause


NEUTRAL_PROSODY = Prosody()

# Directions after Murray and Arnott (1993), "Toward the simulation of emotion in synthetic speech: a review
# of the literature on human vocal emotion", JASA 93(2) (disgust is narrower here than there), and for rate
# and range Mozziconacci (1998), "Speech variability and emotion: production and perception", PhD thesis,
# Eindhoven. Sizes are the settings with which an embedded synthesiser was heard to express each emotion,
# turned into ratios: rate 165 words a minute when neutral, 0.24 semitones per pitch unit, range and volume
# proportional. Pauses go against activation, as in Schröder (2004), "Speech and emotion research", PhD
# thesis, Saarbrücken.
EMOTION_PROSODY: Mapping[str, Prosody] = {
    "neutral": NEUTRAL_PROSODY,
    "joy": Prosody(rate=0.20, pitch=4.3, range=0.68, level=0.8, pause=-0.3),
    "sadness": Prosody(rate=-0.40, pitch=-3.6, range=-1.3, level=-2.5, pause=0.6),
    "anger": Prosody(rate=0.28, pitch=1.2, range=0.77, level=3.5, pause=-0.5),
    "fear": Prosody(rate=0.38, pitch=7.2, range=0.26, level=-1.4, pause=-0.3),
    "surprise": Prosody(rate=0.17, pitch=7.7, range=0.98, level=1.2, pause=-0.2),
    "disgust": Prosody(rate=-0.29, pitch=-4.8, range=-0.74, level=-0.4, pause=0.4),
}


# What arousal, valence and dominance add, each at its full, after the rules of Schröder (2004), as above, in the form
# that the MARY synthesiser has: pitch +30 % with arousal, +10 % with valence, -10 % with dominance; rate +50 % and
# +20 %; range doubled, level +33 of 50 and pauses -20 % with arousal. Straight lines here, on logarithmic axes, through
# what they give at +1.
AROUSAL_PROSODY = Prosody(rate=0.585, pitch=4.54, range=1.0, level=4.4, pause=-0.32)
VALENCE_PROSODY = Prosody(rate=0.263, pitch=1.65)
DOMINANCE_PROSODY = Prosody(pitch=-1.65)


def prosody_of(emotion: Emotion) -> Prosody:
    """The prosody of a mixture: the table's rows, and the dimensions, weighted by the distribution.

    Each label weighs its share, all of them together no more than the intensity. What is left to "neutral" is not
    without feeling where valence, arousal or dominance say so: it follows the dimensions, which have their own size.
    Linear on every axis, so that a mixture lies between what it is mixed of.
    """
    neutral = emotion.distribution[0]
    held = min(1.0, emotion.intensity / (1.0 - neutral)) if neutral < 1.0 else 0.0
    parts = [(held * p, EMOTION_PROSODY[label]) for p, label in zip(emotion.distribution, EMOTIONS, strict=True)]
    parts += [
        (neutral * emotion.arousal, AROUSAL_PROSODY),
        (neutral * emotion.valence, VALENCE_PROSODY),
        (neutral * emotion.dominance, DOMINANCE_PROSODY),
    ]

    def blend(axis: str) -> float:
        return float(sum(weight * getattr(row, axis) for weight, row in parts))

    return Prosody(blend("rate"), blend("pitch"), blend("range"), blend("level"), blend("pause"))
