"""The training itself: GoEmotions as seven yes-or-no questions, EmoBank as a regression, in one net."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from training.emotion.net import Lower, Upper
from visavis_agent.dialogue.minilm import WIDTH
from visavis_agent.evaluation.emotion_data import Array, Sentences, as_spoken
from visavis_agent.evaluation.emotion_scores import f1, thresholds

_LONGEST = 64
_BATCH = 48
_RATE, _WARM_UP, _DECAY, _CLIP = 1.5e-4, 0.06, 0.01, 1.0
_VAD_WEIGHT = 0.3
_SPOKEN = 0.5
"""Share of the sentences that are read as a recogniser writes them."""


@dataclass(frozen=True)
class Reader:
    """The two halves of the net and what turns texts into tokens."""

    tokenizer: Tokenizer
    lower: Lower
    upper: Upper

    def tokens(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids[:_LONGEST] for encoding in self.tokenizer.encode_batch(texts)]

    def __call__(self, tokens: list[list[int]]) -> tuple[Tensor, Tensor]:
        """Logits and VAD of a batch."""
        logits, vad = self.upper(*self._shared(tokens))
        return logits, vad

    def _shared(self, tokens: list[list[int]]) -> tuple[Tensor, Tensor]:
        """What the shared layers make of a batch, and which of it is real."""
        longest = max(map(len, tokens))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in tokens])
        mask = torch.tensor([[k < len(row) for k in range(longest)] for row in tokens])
        with torch.no_grad():
            return self.lower(ids, mask), mask

    @torch.no_grad()
    def means(self, texts: list[str]) -> Tensor:
        """The mean states of many texts, (n, width)."""
        self.upper.eval()
        tokens = self.tokens(texts)
        means = torch.zeros((len(texts), WIDTH))
        for rows in batches([len(row) for row in tokens], None):
            means[rows] = self.upper.mean(*self._shared([tokens[k] for k in rows]))
        return means

    @torch.no_grad()
    def read(self, texts: list[str]) -> tuple[Array, Array]:
        """Logits (n, 7) and VAD (n, 3) of many texts."""
        self.upper.eval()
        tokens = self.tokens(texts)
        logits, vad = np.zeros((len(texts), 7), np.float32), np.zeros((len(texts), 3), np.float32)
        for rows in batches([len(row) for row in tokens], None):
            batch = self([tokens[k] for k in rows])
            logits[rows], vad[rows] = batch[0].numpy(), batch[1].numpy()
        return logits, vad


def train(reader: Reader, known: Sentences, dev: Sentences, epochs: int, seed: int, checkpoint: Path) -> None:
    """Leaves the weights of the best epoch in `reader`; the state of each epoch in `checkpoint`, to go on from.

    Args:
        known: what is learnt from.
        dev: labelled sentences that choose the epoch, by macro-F1 of their two forms, written and spoken.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    forms = (reader.tokens(known.texts), reader.tokens(as_spoken(known.texts)))
    steps = epochs * math.ceil(len(known) / _BATCH)
    trained = [weight for name, weight in reader.upper.named_parameters() if not name.startswith("asks.")]
    optimiser = torch.optim.AdamW(trained, lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share(step / steps))
    first, best = 0, -1.0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        reader.upper.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        first, best = state["epoch"] + 1, state["best"]
    for epoch in range(first, epochs):
        begin = time.perf_counter()
        loss = _epoch(reader, known, forms, optimiser, schedule, rng)
        score = _macro(reader, dev)
        print(f"epoch {epoch}: loss {loss:.4f}, macro-F1 {score:.4f}, {time.perf_counter() - begin:.0f} s", flush=True)
        if score > best:
            best = score
            torch.save(reader.upper.state_dict(), checkpoint.with_suffix(".best"))
        parts = {"net": reader.upper, "optimiser": optimiser, "schedule": schedule}
        states = {name: part.state_dict() for name, part in parts.items()}
        torch.save(states | {"epoch": epoch, "best": best}, checkpoint)
    reader.upper.load_state_dict(torch.load(checkpoint.with_suffix(".best"), weights_only=True))


def _epoch(
    reader: Reader,
    known: Sentences,
    forms: tuple[list[list[int]], list[list[int]]],
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    rng: np.random.Generator,
) -> float:
    """The mean loss."""
    reader.upper.train()
    form = rng.random(len(known)) < _SPOKEN
    tokens = [forms[int(form[k])][k] for k in range(len(known))]
    labels, vad = torch.from_numpy(known.labels), torch.from_numpy(known.vad)
    # In units of EmoBank's own spread, so that each axis counts alike.
    spread = torch.from_numpy(np.nanstd(known.vad, axis=0))
    total, count = 0.0, 0
    for rows in batches([len(row) for row in tokens], rng):
        said, felt = reader([tokens[k] for k in rows])
        loss = _mean_where_known(functional.binary_cross_entropy_with_logits, said, labels[rows], 1.0)
        loss = loss + _VAD_WEIGHT * _mean_where_known(functional.mse_loss, felt, vad[rows], spread)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.upper.parameters(), _CLIP)
        optimiser.step()
        schedule.step()
        total, count = total + float(loss.detach()), count + 1
        if count % 100 == 0:
            print(f"  step {count}: loss {total / count:.4f}", flush=True)
    return total / count


def _mean_where_known(measure, said: Tensor, truth: Tensor, unit: Tensor | float) -> Tensor:  # type: ignore[no-untyped-def]
    there = ~truth.isnan().any(dim=1)
    if not there.any():
        return said.sum() * 0.0
    loss: Tensor = measure(said[there] / unit, truth[there] / unit)
    return loss * there.float().mean()


def _macro(reader: Reader, dev: Sentences) -> float:
    scores = []
    for texts in (dev.texts, as_spoken(dev.texts)):
        logits, _ = reader.read(texts)
        scores.append(f1(logits, dev.labels, thresholds(logits, dev.labels)).mean())
    return float(np.mean(scores))


def batches(lengths: list[int], rng: np.random.Generator | None) -> Iterator[list[int]]:
    """Rows of like length together, so that little is padded; in random order if there is an `rng`."""
    jitter = rng.random(len(lengths)) * 4 if rng is not None else 0
    order = np.argsort(np.array(lengths) + jitter, kind="stable")
    starts = np.arange(0, len(order), _BATCH)
    if rng is not None:
        rng.shuffle(starts)
    for start in starts:
        yield order[start : start + _BATCH].tolist()


def _share(done: float) -> float:
    """Of the learning rate: up in the warm-up, then down to 0."""
    return done / _WARM_UP if done < _WARM_UP else max(0.0, (1.0 - done) / (1.0 - _WARM_UP))
