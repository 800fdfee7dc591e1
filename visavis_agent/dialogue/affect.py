"""What the agent feels: a mood in pleasure-arousal-dominance space, moved by the visitor and its own words.

Each step is the preceding mood plus a variation that the context triggers and the personality shapes (Wen, Cao, Yang,
Liu and Shen 2021, Automatically select emotion for response via personality-affected emotion transition). The mood
returns to the baseline of the personality; display rules decide how much of it is shown.
"""

from __future__ import annotations

import math

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.emotion import PROTOTYPES, Pad
from visavis_agent.dialogue.persona import DisplayRules, Personality

# A temperament is what emotions average to; as a feeling of the moment it is faint.
BASELINE_SHARE = 0.5
# Feelings of the neurotic last longer (Kuppens, Allen and Sheeber 2010, Emotional inertia).
DECAY_S = 15.0
LINGERING = 0.3
CONTAGION = 0.6
APPRAISAL = 0.6
# The arousal from which on a tone calls for a whole step.
CLEAR_TONE = 0.35
SHARPNESS = 8
CALM = 0.02

# What a helpful person feels in the face of it (Hatfield, Cacioppo and Rapson 1993 on contagion); anger, fear
# and disgust are answered with concern, not with the same.
REACTIONS: dict[str, Pad] = {
    "neutral": (0.0, 0.0, 0.0),
    "joy": PROTOTYPES["joy"],
    "sadness": (-0.60, -0.22, -0.28),
    "anger": (-0.30, 0.05, -0.20),
    "fear": (-0.35, 0.08, -0.20),
    "surprise": (0.25, 0.35, 0.0),
    "disgust": (-0.25, -0.05, -0.05),
}


def temperament(personality: Personality) -> Pad:
    """Big Five → pleasure, arousal, dominance (Mehrabian 1996, Analysis of the Big-five Personality Factors).

    Mehrabian's fifth factor is emotional stability, the opposite of neuroticism: pleasant and unarousable.
    """
    o, c, e = personality.openness, personality.conscientiousness, personality.extraversion
    a, stability = personality.agreeableness, -personality.neuroticism
    pleasure = 0.21 * e + 0.59 * a + 0.19 * stability
    arousal = 0.15 * o + 0.30 * a - 0.57 * stability
    dominance = 0.25 * o + 0.17 * c + 0.60 * e - 0.32 * a
    return _clipped((pleasure, arousal, dominance))


def sensitivity(personality: Personality) -> Pad:
    """How far a variation moves each axis, 1 for an average person.

    The agreeable feel with others more (Graziano, Habashi, Sheese and Tobin 2007), the neurotic are more easily aroused
    (Mehrabian 1996: trait arousability).
    """
    a, n = personality.agreeableness, personality.neuroticism
    return (1.0 + 0.5 * a, 1.0 + 0.3 * a + 0.3 * n, 1.0 + 0.5 * a)


class AgentAffect:
    """The agent's feeling over media time.

    Args:
        personality: sets the baseline, how far a visitor's mood carries over, and how long a feeling lasts.
        display: the most that is shown of each emotion.
        now_ns: media time of the start.
    """

    def __init__(self, personality: Personality, display: DisplayRules, now_ns: int = 0) -> None:
        p, a, d = temperament(personality)
        self._baseline: Pad = (BASELINE_SHARE * p, BASELINE_SHARE * a, BASELINE_SHARE * d)
        self._display = display
        self._sensitivity = sensitivity(personality)
        self._decay_s = DECAY_S * (1.0 + LINGERING * personality.neuroticism)
        self._state = self._baseline
        self._now = now_ns

    @property
    def state(self) -> Pad:
        """Pleasure, arousal, dominance, each -1–1."""
        return self._state

    @property
    def calm(self) -> bool:
        """Whether the mood is back at its baseline."""
        return math.dist(self._state, self._baseline) < CALM

    def advance(self, now_ns: int) -> None:
        """Let time pass: exponential return to the baseline."""
        kept = math.exp(-max(0, now_ns - self._now) / SECOND / self._decay_s)
        self._state = _towards(self._baseline, self._state, kept)
        self._now = max(self._now, now_ns)

    def hold(self, now_ns: int) -> None:
        """Let time pass without calming down."""
        self._now = max(self._now, now_ns)

    def give_way(self) -> None:
        """Another's trouble ends one's own gladness: no more pleasure than the personality has."""
        pleasure, arousal, dominance = self._state
        self._state = (min(pleasure, self._baseline[0]), arousal, dominance)

    def feel_with(self, visitor: Emotion, tone: float = 1.0) -> None:
        """Contagion: one step towards what the visitor's emotion calls for, as far as it is certain.

        Args:
            tone: how much of his arousal he shows in how he speaks, 0–1; that of mere words is in their label.
        """
        calls = [
            (share * visitor.confidence, REACTIONS[label])
            for label, share in zip(EMOTIONS, visitor.distribution, strict=True)
            if label != "neutral"
        ]
        calls.append((tone * visitor.probability("neutral") * _clear(visitor.arousal), _tone(visitor)))
        called = sum(share for share, _ in calls)
        if called <= 0.0:
            return
        target = tuple(sum(share * reaction[axis] for share, reaction in calls) / called for axis in range(3))
        axes = zip(self._state, target, self._sensitivity, strict=True)
        p, a, d = (here + min(1.0, CONTAGION * called * gain) * (there - here) for here, there, gain in axes)
        self._state = _clipped((p, a, d))

    def appraise(self, label: str) -> None:
        """The agent's own answer carries a feeling: go most of the way there."""
        if label:
            self._state = _towards(self._state, PROTOTYPES[label], APPRAISAL)

    def shown(self) -> Emotion:
        """The feeling after the display rules.

        The direction in PAD space tells which emotion, the length how much of it: label k weighs
        |s| / |p_k| · max(0, cos(s, p_k))^8 for state s and prototype p_k, neutral gets what is left of 1.
        """
        felt = _weights(self._state)
        shown = {label: min(share, self.limit(label)) for label, share in felt.items()}
        total = sum(felt.values())
        share = sum(shown.values()) / total if total > 0.0 else 1.0
        pleasure, arousal, dominance = (share * axis for axis in self._state)
        return Emotion.of(
            {"neutral": max(0.0, 1.0 - sum(shown.values()))} | shown,
            intensity=min(1.0, sum(shown.values())),
            valence=pleasure,
            arousal=arousal,
            dominance=dominance,
            confidence=1.0,
        )

    def expressed(self, label: str) -> Emotion:
        """An emotion asked for by markup, after the display rules."""
        strength = 0.85 * self.limit(label) if label != "neutral" else 0.0
        pleasure, arousal, dominance = (strength * axis for axis in PROTOTYPES[label])
        return Emotion.of(
            {"neutral": 1.0 - strength, label: strength} if strength else {"neutral": 1.0},
            intensity=strength,
            valence=pleasure,
            arousal=arousal,
            dominance=dominance,
            confidence=1.0,
        )

    def limit(self, label: str) -> float:
        """The most that is shown of an emotion, 0–1."""
        return float(getattr(self._display, label, 1.0))


def _clear(arousal: float) -> float:
    """How much a tone calls for, 0–1: a slight one next to nothing."""
    return min(1.0, abs(arousal) / CLEAR_TONE) ** 2


def _tone(visitor: Emotion) -> Pad:
    """What the tone of somebody calls for of whom no label is known.

    Partners in talk converge in loudness, pitch and rate (Levitan and Hirschberg 2011): the agent's arousal follows.
    Whether it is pleasant a voice hardly tells; so a lively one is met with warmth, a subdued one without a smile.
    """
    return _clipped((visitor.valence + visitor.arousal, visitor.arousal, 0.4 * visitor.arousal))


def _weights(state: Pad) -> dict[str, float]:
    length = math.hypot(*state)
    weights: dict[str, float] = {}
    for label, prototype in PROTOTYPES.items():
        size = math.hypot(*prototype)
        if label == "neutral" or length < 1e-9:
            continue
        cosine = sum(a * b for a, b in zip(state, prototype, strict=True)) / (length * size)
        weights[label] = length / size * max(0.0, cosine) ** SHARPNESS
    total = sum(weights.values())
    return {label: weight / max(total, 1.0) for label, weight in weights.items()}


def _towards(start: Pad, goal: Pad, share: float) -> Pad:
    moved = [a + min(1.0, share) * (b - a) for a, b in zip(start, goal, strict=True)]
    return _clipped((moved[0], moved[1], moved[2]))


def _clipped(pad: Pad) -> Pad:
    p, a, d = (min(1.0, max(-1.0, axis)) for axis in pad)
    return (p, a, d)
