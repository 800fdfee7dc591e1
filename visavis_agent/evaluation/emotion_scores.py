"""How good readings of feelings are: F1 with thresholds, calibration, correlation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_BINS = 15


def thresholds(probabilities: Array, labels: Array) -> Array:
    """For each label the probability from which on taking it for true gives the best F1; both (n, labels)."""
    best = []
    for column, truth in zip(probabilities.T, labels.T, strict=True):
        order = np.argsort(-column)
        hits = np.cumsum(truth[order])
        scores = 2 * hits / (np.arange(1, len(order) + 1) + truth.sum())
        best.append(column[order[int(scores.argmax())]])
    return np.array(best, np.float32)


def f1(probabilities: Array, labels: Array, limits: Array) -> Array:
    """F1 of each label, 0–1; all (n, labels) but the limits, (labels,)."""
    said = probabilities >= limits
    hits = (said * labels).sum(0)
    return np.asarray(2 * hits / np.maximum(1, said.sum(0) + labels.sum(0)), np.float32)


def calibration_error(probabilities: Array, labels: Array) -> float:
    """Expected calibration error (Guo et al. 2017) over all labels as separate yes-or-no questions, 15 bins."""
    said, truth = probabilities.ravel(), labels.ravel()
    place = np.minimum((said * _BINS).astype(int), _BINS - 1)
    error = 0.0
    for k in range(_BINS):
        here = place == k
        if here.any():
            error += here.mean() * abs(float(said[here].mean()) - float(truth[here].mean()))
    return error


def correlations(said: Array, truth: Array) -> Array:
    """Pearson's r of each column."""
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(said.T, truth.T, strict=True)], np.float32)
