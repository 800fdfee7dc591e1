"""How the fusion of feelings fares when one of its sources is broken, on lines with a label and a simulated face."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.dialogue.emotion import emotion_from
from visavis_agent.dialogue.fusion import RATES, Fusion
from visavis_agent.evaluation.emotion_data import Array

VISIT = 30
_EXCHANGE_NS = 15 * SECOND
_FACE_RIGHT = 0.55
_STUCK_AT = 0.9
_Breakage = Callable[[Emotion], Emotion | None]


def fusion(words: Array, truth: Array, rng: np.random.Generator) -> dict[str, float]:
    """Shares of lines read right, 0–1.

    Args:
        words: what the net says of each line, (n, 7).
        truth: its labels, (n, 7), 0 or 1; lines with several are left out.
        rng: of the lines' order, the simulated face and random readings.
    """
    rows = rng.permutation(np.flatnonzero(truth.sum(1) == 1))
    labels = truth[rows].argmax(1)
    read = [emotion_from(dict(zip(EMOTIONS, words[row], strict=True)), float(words[row].max())) for row in rows]
    faces = [_seen(label if rng.random() < _FACE_RIGHT else int(rng.integers(7)), _FACE_RIGHT) for label in labels]

    def right(words_are: _Breakage, face_is: _Breakage) -> float:
        said = _visits([words_are(e) for e in read], [face_is(e) for e in faces])
        return float(np.mean(said == labels))

    only_words, only_face = _share(read, labels), _share(faces, labels)
    stuck_words = [right(_stuck(label, _STUCK_AT), _whole) for label in range(7)]
    stuck_faces = [right(_whole, _stuck(label, _FACE_RIGHT)) for label in range(7)]
    drops = [only_words - share for share in stuck_faces] + [only_face - share for share in stuck_words]
    figures = {
        "words": only_words,
        "face": only_face,
        "both": right(_whole, _whole),
        "no_face": right(_whole, _absent),
        "no_words": right(_absent, _whole),
        "face_stuck": float(np.mean(stuck_faces)),
        "face_stuck_worst": min(stuck_faces),
        "face_random": right(_whole, lambda _: _seen(int(rng.integers(7)), _FACE_RIGHT)),
        "words_stuck": float(np.mean(stuck_words)),
        "words_stuck_worst": min(stuck_words),
        "words_random": right(lambda _: read[int(rng.integers(len(read)))], _whole),
        "worst_drop": max(drops),
    }
    return {name: round(figure, 3) for name, figure in figures.items()}


def _share(readings: Sequence[Emotion], labels: Array) -> float:
    return float(np.mean([EMOTIONS[label] == reading.label for reading, label in zip(readings, labels, strict=True)]))


def _visits(words: Sequence[Emotion | None], faces: Sequence[Emotion | None]) -> Array:
    """What the fusion says of each line, (n,); somebody new comes every 30 lines."""
    said = []
    pool = Fusion()
    for number, (word, face) in enumerate(zip(words, faces, strict=True)):
        if number % VISIT == 0:
            pool.clear()
        now = number * _EXCHANGE_NS
        if face is not None:
            pool.update("face", face, now)
        if word is not None:
            pool.update("words", word, now)
        said.append(EMOTIONS.index(pool.fused(now).label))
    return np.array(said)


def _seen(label: int, share: float) -> Emotion:
    """What a reader says that is right with `share`, guesses otherwise, and knows both that and the rates (Bayes)."""
    weights = RATES * (1 - share) / len(EMOTIONS)
    weights[label] += RATES[label] * share
    return emotion_from(dict(zip(EMOTIONS, map(float, weights), strict=True)), 1.0)


def _whole(emotion: Emotion) -> Emotion | None:
    return emotion


def _absent(_: Emotion) -> Emotion | None:
    return None


def _stuck(label: int, share: float) -> _Breakage:
    return lambda _: _seen(label, share)
