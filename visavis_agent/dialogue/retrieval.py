"""Which intent a visitor means: sentence vectors over the recogniser's n-best list, letters as the rescue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from visavis_agent.core.records import Hypothesis
from visavis_agent.dialogue.embedding import WIDTH, SentenceEncoder, Vectors, encode_fixed
from visavis_agent.dialogue.markup import plain
from visavis_agent.dialogue.persona import Intent, Persona
from visavis_agent.dialogue.spelling import Spelling
from visavis_agent.dialogue.wholeness import Wholeness
from visavis_agent.dialogue.words import as_sentence, normalise

# Set on the persona's questions_dev.yaml with near copies of each question taken out of the ways to ask, and
# on the same questions as a recogniser heard them at 14 and 38 % word error. The test questions took no part.
NEIGHBOUR_PENALTY = 0.15
SPELLING_PENALTY = 0.22
BEST_HYPOTHESIS_SHARE = 0.7
ANSWER_SHARE = 0.2
LEAD_SHARE = 0.5
ANSWER_AT = 0.54
SUGGEST_AT = 0.42

MAXIMUM_HYPOTHESES = 5
MAXIMUM_WORDS = 120
CANDIDATES = 3

Scores = npt.NDArray[np.float32]


class Outcome(Enum):
    """What to do with the best candidate."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An intent and how well it fits; about 1 for a way to ask, below 0.3 for chance."""

    intent: Intent
    score: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What the visitor may mean.

    Attributes:
        candidates: the three best, best first; none when nothing was understood.
        vector: (384,) of the best hypothesis, zero when nothing was understood.
        whole: it has an answer, and nothing speaks for its going on.
    """

    outcome: Outcome
    candidates: tuple[Candidate, ...]
    vector: Vectors
    whole: bool = False


class Retriever:
    """Finds intents.

    A text is near an intent when it is near the mean of its ways to ask, or very near one of them. What all
    sentences of the persona share is removed first (Mu and Viswanath 2018, All-but-the-Top; nearest class
    mean as in Snell et al. 2017): "where is the …" then no longer looks like every other "where is the …".
    """

    def __init__(
        self,
        persona: Persona,
        encoder: SentenceEncoder,
        answer_at: float = ANSWER_AT,
        suggest_at: float = SUGGEST_AT,
    ) -> None:
        self._encoder = encoder
        self._answer_at, self._suggest_at = answer_at, suggest_at
        self._intents = persona.intents
        ways = [way for intent in persona.intents for way in intent.text.ask]
        self._exact = {normalise(way): k for k, intent in enumerate(persona.intents) for way in intent.text.ask}
        self._starts = np.cumsum([0, *(len(intent.text.ask) for intent in persona.intents[:-1])])
        vectors = encode_fixed(encoder, ways)
        self._mean = vectors.mean(axis=0)
        self._ways = _unit(vectors - self._mean)
        counts = np.array([len(intent.text.ask) for intent in persona.intents], np.float32)
        means = np.add.reduceat(vectors, self._starts) / counts[:, None]
        self._centroids = _unit(means - self._mean)
        self._answers = self._answer_vectors(encoder)
        self._spelling = Spelling(ways)
        self._wholeness = Wholeness(ways)

    def _answer_vectors(self, encoder: SentenceEncoder) -> Vectors:
        """(intents, 384): the mean of each intent's answers; of its topic when it has none."""
        texts = [intent.text.answer or (intent.text.topic,) for intent in self._intents]
        starts = np.cumsum([0, *(len(group) for group in texts[:-1])])
        vectors = encode_fixed(encoder, [plain(text) for group in texts for text in group])
        means = _unit(np.add.reduceat(vectors, starts))
        return _unit(means - means.mean(axis=0))

    def find(self, hypotheses: Sequence[Hypothesis]) -> Finding:
        """The intents nearest to what was heard; only the first 5 hypotheses and 120 words of each count."""
        texts, weights = _usable(hypotheses)
        if not texts:
            return Finding(Outcome.UNKNOWN, (), np.zeros(WIDTH, np.float32))
        vectors = self._encoder.encode([as_sentence(text) for text in texts])
        scores = self._scores(texts, vectors, weights)
        order = np.argsort(-scores, kind="stable")[:CANDIDATES]
        candidates = tuple(Candidate(self._intents[int(k)], float(scores[k])) for k in order)
        outcome = self._outcome(candidates)
        whole = self._wholeness.is_whole(texts[0], outcome is Outcome.ANSWER)
        return Finding(outcome, candidates, vectors[0], whole)

    def _scores(self, texts: list[str], vectors: Vectors, weights: Scores) -> Scores:
        centred = _unit(vectors - self._mean)
        nearest = np.maximum.reduceat(centred @ self._ways.T, self._starts, axis=1) - NEIGHBOUR_PENALTY
        meaning = np.maximum(centred @ self._centroids.T, nearest)
        meaning += ANSWER_SHARE * (centred @ self._answers.T)
        together = BEST_HYPOTHESIS_SHARE * meaning.max(axis=0) + (1 - BEST_HYPOTHESIS_SHARE) * (weights @ meaning)
        spelled = np.stack([self._spelling.similarities(text) for text in texts]).max(axis=0)
        spelled = np.maximum.reduceat(spelled, self._starts) - SPELLING_PENALTY
        scores = np.maximum(together, spelled).astype(np.float32)
        known = self._exact.get(normalise(texts[0]))
        if known is not None:
            scores[known] = 1.0
        return scores

    def _outcome(self, candidates: tuple[Candidate, ...]) -> Outcome:
        """A clear lead over the second counts as much as half of its size in score."""
        best = candidates[0].score
        lead = best - candidates[1].score if len(candidates) > 1 else 0.0
        certainty = best + LEAD_SHARE * lead
        if certainty >= self._answer_at:
            return Outcome.ANSWER
        return Outcome.SUGGEST if certainty >= self._suggest_at else Outcome.UNKNOWN


def _usable(hypotheses: Sequence[Hypothesis]) -> tuple[list[str], Scores]:
    """The texts with words in them and their weights (sum 1): halved per rank, scaled by confidence."""
    texts: list[str] = []
    weights: list[float] = []
    for rank, hypothesis in enumerate(hypotheses[:MAXIMUM_HYPOTHESES]):
        text = " ".join(hypothesis.text[: 20 * MAXIMUM_WORDS].split()[:MAXIMUM_WORDS])
        if normalise(text) and text not in texts:
            texts.append(text)
            weights.append(0.5**rank * max(hypothesis.confidence, 0.05))
    total = np.array(weights, np.float32)
    return texts, total / max(float(total.sum()), 1e-9)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)
