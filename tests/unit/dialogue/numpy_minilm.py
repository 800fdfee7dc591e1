"""MiniLM once more, in numpy and as plainly as possible: the independent word on what the graph must give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import erf

Array = npt.NDArray[np.float64]


def embed(weights: Mapping[str, npt.NDArray[np.float32]], ids: list[int]) -> Array:
    """The unit vector of one tokenised sentence, in double precision."""
    w = {name: value.astype(np.float64) for name, value in weights.items() if name != "embeddings.position_ids"}
    x = w["embeddings.word_embeddings.weight"][ids]
    x = x + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = x + w["embeddings.token_type_embeddings.weight"][0]
    x = normalise(x, w, "embeddings.LayerNorm")
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        x = normalise(x + attend(x, w, f"{name}.attention"), w, f"{name}.attention.output.LayerNorm")
        inner = linear(x, w, f"{name}.intermediate.dense")
        inner = 0.5 * inner * (1.0 + erf(inner / np.sqrt(2.0)))
        x = normalise(x + linear(inner, w, f"{name}.output.dense"), w, f"{name}.output.LayerNorm")
    mean = x.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def linear(x: Array, w: Mapping[str, Array], name: str) -> Array:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def normalise(x: Array, w: Mapping[str, Array], name: str) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]


def attend(x: Array, w: Mapping[str, Array], name: str) -> Array:
    parts = [linear(x, w, f"{name}.self.{role}") for role in ("query", "key", "value")]
    heads = []
    for head in range(12):
        q, k, v = (part[:, 32 * head : 32 * head + 32] for part in parts)
        scores = q @ k.T / np.sqrt(32.0)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        heads.append(shares / shares.sum(axis=-1, keepdims=True) @ v)
    return linear(np.concatenate(heads, axis=-1), w, f"{name}.output.dense")
