"""The bound of the fusion bench: what no rule can avoid to lose when either of two sources may be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.evaluation.bench_fusion import _unavoidable

LABELS = np.random.default_rng(3).integers(0, len(EMOTIONS), 4000)


def says(label: int, share: float) -> Emotion:
    rest = (1 - share) / (len(EMOTIONS) - 1)
    return Emotion.of({name: share if k == label else rest for k, name in enumerate(EMOTIONS)}, confidence=1.0)


def test_of_two_that_are_always_right_one_must_lose_where_they_differ() -> None:
    sure = [says(label, 1.0) for label in LABELS]
    drop = _unavoidable(sure, sure, LABELS, np.random.default_rng(0))
    assert drop == pytest.approx((1 - 1 / len(EMOTIONS)) / 2, abs=0.02)


def test_beside_one_that_hardly_knows_little_is_lost() -> None:
    sure, vague = [says(label, 0.99) for label in LABELS], [says(label, 0.15) for label in LABELS]
    guessing = [vague[int(k)] for k in np.random.default_rng(1).permutation(len(vague))]
    drop = _unavoidable(sure, guessing, LABELS, np.random.default_rng(0))
    assert drop == pytest.approx(0.0, abs=0.02)
