"""Whether somebody asks: one more output, a logistic regression on the finished net's mean state."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from training.emotion.train import Reader
from visavis_agent.evaluation.emotion_data import Array, as_spoken

_STEPS, _RATE, _DECAY = 400, 0.02, 1e-4


def fit_asking(reader: Reader, texts: list[str], asks: Array) -> None:
    """Fit the head on lines, written and spoken, and (n,) labels 0 or 1."""
    means, labels = _both(reader, texts, asks)
    head = reader.upper.asks
    optimiser = torch.optim.Adam(head.parameters(), lr=_RATE, weight_decay=_DECAY)
    for _ in range(_STEPS):
        loss = functional.binary_cross_entropy_with_logits(head(means)[:, 0], labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


@torch.no_grad()
def asking_f1(reader: Reader, texts: list[str], asks: Array) -> float:
    """F1 at a probability of one half."""
    means, labels = _both(reader, texts, asks)
    said = (reader.upper.asks(means)[:, 0] > 0).float()
    return float(2 * (said * labels).sum() / (said.sum() + labels.sum()))


def _both(reader: Reader, texts: list[str], asks: Array) -> tuple[Tensor, Tensor]:
    means = torch.cat([reader.means(texts), reader.means(as_spoken(texts))])
    return means, torch.from_numpy(asks).repeat(2)
