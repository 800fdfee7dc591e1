"""MiniLM's upper layers once more, with heads for emotions and VAD, in torch; the lower layers stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.dialogue.minilm import EPSILON, HEADS, LAYERS, WIDTH

SHARED = 3
"""Layers of the sentence encoder that are not trained."""
_INNER = 4 * WIDTH
_DROPOUT = 0.1

Weights = Mapping[str, npt.NDArray[np.float32]]


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.output = nn.Linear(WIDTH, WIDTH)
        self.attention_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.inner, self.outer = nn.Linear(WIDTH, _INNER), nn.Linear(_INNER, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.drop = nn.Dropout(_DROPOUT)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x: (batch, length, width); mask: (batch, 1, 1, length), true where there is a token."""
        batch, length, _ = x.shape

        def heads(projected: Tensor) -> Tensor:
            return projected.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)

        query, key, value = heads(self.query(x)), heads(self.key(x)), heads(self.value(x))
        drop = _DROPOUT if self.training else 0.0
        context = functional.scaled_dot_product_attention(query, key, value, mask, drop)
        joined = context.transpose(1, 2).reshape(batch, length, WIDTH)
        x = self.attention_norm(x + self.drop(self.output(joined)))
        return self.norm(x + self.drop(self.outer(functional.gelu(self.inner(x)))))

    NAMES: Mapping[str, str] = {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "output": "attention.output.dense",
        "attention_norm": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "norm": "output.LayerNorm",
    }
    """Its parts as the published file names them."""


class Lower(nn.Module):
    """Tokens to the state after the shared layers."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(_tensor(weights["embeddings.word_embeddings.weight"]))
        self.places = nn.Embedding.from_pretrained(_tensor(weights["embeddings.position_embeddings.weight"]))
        self.kind = nn.Parameter(_tensor(weights["embeddings.token_type_embeddings.weight"][0]), requires_grad=False)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        _fill(self.norm, weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(_layer(weights, number) for number in range(SHARED))
        self.eval()

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        x = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]] + self.kind)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
        return x


class Upper(nn.Module):
    """From the shared layers' state to logits of the emotions and VAD."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_layer(weights, number) for number in range(SHARED, LAYERS))
        self.drop = nn.Dropout(_DROPOUT)
        self.emotion, self.vad = nn.Linear(WIDTH, len(EMOTIONS)), nn.Linear(WIDTH, 3)
        self.asks = nn.Linear(WIDTH, 1)  # fitted when all the rest is (asking.py)

    def mean(self, x: Tensor, mask: Tensor) -> Tensor:
        """The mean state of the last layer, (batch, width)."""
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :])
        share = mask[:, :, None].to(x.dtype)
        mean: Tensor = (x * share).sum(1) / share.sum(1)
        return mean

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (batch, 7), and VAD (batch, 3)."""
        pooled = self.drop(self.mean(x, mask))
        return self.emotion(pooled), self.vad(pooled)

    def published(self) -> dict[str, npt.NDArray[np.float32]]:
        """Its weights by the names of the published file, and those of the heads."""
        weights = {}
        for number, layer in enumerate(self.layers, SHARED):
            for own, name in Layer.NAMES.items():
                for kind in ("weight", "bias"):
                    tensor = getattr(getattr(layer, own), kind)
                    weights[f"encoder.layer.{number}.{name}.{kind}"] = tensor.detach().numpy().copy()
        for head in ("emotion", "vad", "asks"):
            for kind in ("weight", "bias"):
                weights[f"{head}.{kind}"] = getattr(getattr(self, head), kind).detach().numpy().copy()
        return weights


def _layer(weights: Weights, number: int) -> Layer:
    layer = Layer()
    for own, name in Layer.NAMES.items():
        _fill(getattr(layer, own), weights, f"encoder.layer.{number}.{name}")
    return layer


def _fill(module: nn.Module, weights: Weights, name: str) -> None:
    with torch.no_grad():
        for kind in ("weight", "bias"):
            getattr(module, kind).copy_(_tensor(weights[f"{name}.{kind}"]))


def _tensor(array: npt.NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
