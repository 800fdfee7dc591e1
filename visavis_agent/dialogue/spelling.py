"""Likeness by letters: a known question still matches when a recogniser got its words slightly wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from visavis_agent.dialogue.words import normalise


class Spelling:
    """Cosine of letter trigrams, weighted by their rarity (TF-IDF; Salton and Buckley 1988).

    Trigrams cross word boundaries, so "die no soar" and "dinosaur" keep something in common.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        grams = [_trigrams(sentence) for sentence in sentences]
        self._index = {gram: k for k, gram in enumerate(sorted(set().union(*grams)))}
        self._unknown = math.log(max(len(sentences), 2)) ** 2
        matrix = np.zeros((len(sentences), len(self._index)), np.float32)
        for row, found in enumerate(grams):
            matrix[row, [self._index[gram] for gram in found]] = 1.0
        # The 1 keeps a weight for trigrams of every sentence, and for a persona of one sentence.
        self._weights = np.log((len(sentences) + 1) / np.maximum(matrix.sum(axis=0), 1.0)).astype(np.float32)
        matrix *= self._weights
        self._matrix = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)

    def similarities(self, text: str) -> npt.NDArray[np.float32]:
        """(sentences,) 0–1: likeness of `text` to each sentence; trigrams never seen count as unlike."""
        found = _trigrams(text)
        columns = sorted(self._index[gram] for gram in found if gram in self._index)
        weights = self._weights[columns]
        length = math.sqrt(float(weights @ weights) + self._unknown * (len(found) - len(columns)))
        return np.asarray(self._matrix[:, columns] @ weights / max(length, 1e-9), np.float32)


def _trigrams(text: str) -> set[str]:
    padded = f" {normalise(text)} "
    return {padded[k : k + 3] for k in range(len(padded) - 2)}
