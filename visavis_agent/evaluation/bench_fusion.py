"""How the fusion of feelings fares when a source is broken: lines with a label, a simulated face, a simulated voice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.emotion import emotion_from
from visavis_agent.dialogue.fusion import RATES, Fusion
from visavis_agent.evaluation.emotion_data import Array

VISIT = 30
_EXCHANGE_NS = 15 * SECOND
_RIGHT = {"face": 0.55, "voice": 0.45}
_STUCK_AT = {"words": 0.9, **_RIGHT}
_Readings = Sequence[Emotion]


def fusion(words: Array, truth: Array, rng: np.random.Generator) -> dict[str, Any]:
    """Shares of lines read right, 0–1: of each source alone, of words and face, and of all three.

    Args:
        words: what the net says of each line, (n, 7).
        truth: its labels, (n, 7), 0 or 1; lines with several are left out.
        rng: of the lines' order, the simulated face and voice, and random readings.
    """
    rows = rng.permutation(np.flatnonzero(truth.sum(1) == 1))
    labels = truth[rows].argmax(1)
    read = [emotion_from(dict(zip(EMOTIONS, words[row], strict=True)), float(words[row].max())) for row in rows]
    sources: dict[str, _Readings] = {"words": read}
    for name, right in _RIGHT.items():
        sources[name] = [_seen(label if rng.random() < right else int(rng.integers(7)), right) for label in labels]
    alone = {name: _share(readings, labels) for name, readings in sources.items()}
    pair = {name: sources[name] for name in ("words", "face")}
    unavoidable = _unavoidable(read, sources["face"], labels, np.random.default_rng(0))
    return {
        "alone": {name: round(share, 3) for name, share in alone.items()},
        "two": _broken(pair, alone, labels, rng) | {"unavoidable_drop": unavoidable},
        "three": _broken(sources, alone, labels, rng),
    }


def _unavoidable(one: _Readings, other: _Readings, labels: Array, rng: np.random.Generator) -> float:
    """What any rule loses of two sources, on the mean, when either says what belongs to other lines.

    Whichever it is, the pairs of readings are the same, so one answer has to serve both cases. The best is the label
    with the largest sum of what both say, and the loss is counted against the source that works.
    """
    mixed = rng.permutation(len(labels))
    first, second = (np.array([reading.distribution for reading in readings]) for readings in (one, other))
    said = (first + second[mixed]).argmax(1)
    best = _share(one, labels) + _share(other, labels)
    return round((best - float(np.mean(said == labels)) - float(np.mean(said == labels[mixed]))) / 2, 3)


def _broken(
    sources: dict[str, _Readings], alone: dict[str, float], labels: Array, rng: np.random.Generator
) -> dict[str, float]:
    """Shares read right with all sources, and with one that is stuck on a label or says what fits another line.

    `worst_drop` is the most that is lost against the best of the others alone, `worst_drop_stuck` among the stuck.
    """
    figures = {"all": _right(sources, labels)}
    drops: dict[str, float] = {}
    for name, readings in sources.items():
        best = max(alone[other] for other in sources if other != name)
        stuck = [_right(sources | {name: [_seen(label, _STUCK_AT[name])] * len(labels)}, labels) for label in range(7)]
        mixed_up = [readings[int(k)] for k in rng.permutation(len(readings))]
        figures[f"{name}_stuck"], figures[f"{name}_stuck_worst"] = float(np.mean(stuck)), min(stuck)
        figures[f"{name}_mixed_up"] = _right(sources | {name: mixed_up}, labels)
        drops[f"{name}_stuck"] = best - min(stuck)
        drops[f"{name}_mixed_up"] = best - figures[f"{name}_mixed_up"]
    figures["worst_drop_stuck"] = max(drop for kind, drop in drops.items() if kind.endswith("_stuck"))
    figures["worst_drop"] = max(drops.values())
    return {name: round(figure, 3) for name, figure in figures.items()}


def _share(readings: Sequence[Emotion], labels: Array) -> float:
    return float(np.mean([EMOTIONS[label] == reading.label for reading, label in zip(readings, labels, strict=True)]))


def _right(sources: dict[str, _Readings], labels: Array) -> float:
    """The share of lines that the fusion reads right; somebody new comes every 30 lines."""
    said = []
    pool = Fusion()
    for number in range(len(labels)):
        if number % VISIT == 0:
            pool.clear()
        now = number * _EXCHANGE_NS
        for name in ("face", "voice", "words"):  # words come last
            if name in sources:
                pool.update(name, sources[name][number], now)
        said.append(EMOTIONS.index(pool.fused(now).label))
    return float(np.mean(np.array(said) == labels))


def _seen(label: int, share: float) -> Emotion:
    """What a reader says that is right with `share`, guesses otherwise, and knows both that and the rates (Bayes)."""
    weights = RATES * (1 - share) / len(EMOTIONS)
    weights[label] += RATES[label] * share
    return emotion_from(dict(zip(EMOTIONS, map(float, weights), strict=True)), 1.0)
