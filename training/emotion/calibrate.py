"""Makes the probabilities mean what they say: a scale and a shift for each label (Platt 1999), put into the head."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from training.emotion.train import Reader
from visavis_agent.evaluation.emotion_data import Array, Sentences, as_spoken
from visavis_agent.evaluation.emotion_scores import thresholds

_STEPS, _RATE = 300, 0.05


def calibrated(reader: Reader, dev: Sentences) -> Array:
    """Calibrate the head on `dev`, written and spoken; gives the labels' thresholds of best F1, (7,) probabilities."""
    logits = torch.from_numpy(np.concatenate([reader.read(texts)[0] for texts in (dev.texts, as_spoken(dev.texts))]))
    labels = torch.from_numpy(np.concatenate([dev.labels, dev.labels]))
    scale, shift = torch.ones(logits.shape[1], requires_grad=True), torch.zeros(logits.shape[1], requires_grad=True)
    optimiser = torch.optim.Adam([scale, shift], lr=_RATE)
    for _ in range(_STEPS):
        loss = functional.binary_cross_entropy_with_logits(logits * scale + shift, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    head = reader.upper.emotion
    with torch.no_grad():
        head.weight.mul_(scale[:, None])
        head.bias.mul_(scale).add_(shift)
        return thresholds(torch.sigmoid(logits * scale + shift).numpy(), labels.numpy())
