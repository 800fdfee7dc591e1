"""Sentences to vectors: tokenizer and MiniLM, one sentence at a time, remembered."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.inference import InferenceBackend, InferenceSession, file_sha256
from visavis_agent.core.paths import cache_directory, models_directory
from visavis_agent.dialogue.tokens import MAXIMUM_CHARACTERS, TOKENIZER_FILE, Tokens

ENCODER_FILE = "minilm-int8.onnx"
WIDTH = 384
CACHED_SETS = 16

Vectors = npt.NDArray[np.float32]


class SentenceEncoder:
    """Unit vectors of sentences; the cosine of two is their dot product.

    Sentences are run one by one: dynamic quantisation scales a whole batch by its largest number, so a
    sentence's vector would depend on its neighbours.
    """

    def __init__(self, session: InferenceSession, tokenizer: Path, remembered: int = 512) -> None:
        self._session = session
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._capacity = remembered
        self._tokens = Tokens(tokenizer)

    @property
    def provider(self) -> str:
        """What the net runs on."""
        return self._session.provider

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the net and with what it runs on: vectors of one fingerprint may be compared."""
        return f"{file_sha256(self._session.model)} {self.provider}"

    @property
    def model(self) -> Path:
        return self._session.model

    def encode(self, sentences: Sequence[str]) -> Vectors:
        """(n, 384) float32 of unit length; of a sentence the first 2,000 characters and 128 tokens count."""
        if not sentences:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([self._remember(sentence[:MAXIMUM_CHARACTERS]) for sentence in sentences])

    def _remember(self, sentence: str) -> Vectors:
        known = self._remembered.get(sentence)
        if known is None:
            known = self._encode(sentence)
            self._remembered[sentence] = known
            if len(self._remembered) > self._capacity:
                self._remembered.popitem(last=False)
        else:
            self._remembered.move_to_end(sentence)
        return known

    def _encode(self, sentence: str) -> Vectors:
        (vector,) = self._session.run(self._tokens(sentence))
        return vector[0].astype(np.float32)


def open_encoder(backend: InferenceBackend, models: Path | None = None) -> SentenceEncoder:
    """The encoder that set-up built.

    Raises:
        EngineError: it is missing or damaged.
    """
    models = models or models_directory()
    return SentenceEncoder(backend.load(models / ENCODER_FILE), models / TOKENIZER_FILE)


def encode_fixed(encoder: SentenceEncoder, sentences: Sequence[str], cache: Path | None = None) -> Vectors:
    """Vectors of sentences that belong to a configuration, kept on disk: hundreds of them take a second.

    Only for texts of a persona or of the code, never for what a visitor said.

    Args:
        cache: directory, by default the user's; an unwritable one costs the second, nothing else.
    """
    digest = hashlib.sha256(encoder.fingerprint.encode())
    for sentence in sentences:
        digest.update(b"\0" + sentence.encode("utf-8", "replace"))
    path = (cache or cache_directory() / "embeddings") / f"{digest.hexdigest()[:32]}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):
        stored = np.load(path, allow_pickle=False)
        if stored.shape == (len(sentences), WIDTH) and stored.dtype == np.float32 and np.isfinite(stored).all():
            return np.asarray(stored)
    vectors = encoder.encode(sentences)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            np.save(file, vectors)
        temporary.replace(path)
        _prune(path.parent)
    return vectors


def _prune(directory: Path) -> None:
    """Every change of a persona leaves a file behind; only the newest are kept."""
    files = sorted(directory.glob("*.npy"), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-CACHED_SETS]:
        file.unlink(missing_ok=True)
