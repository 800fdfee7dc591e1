"""A Whisper-type net in ggml format with random weights: it hears nothing, and writes what its seed wants."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

_STATE, _MELS, _POSITIONS, _TEXT = 32, 80, 1500, 448
_ENGLISH, _MULTILINGUAL = 51864, 51865
_SPELLED = 50257
_BYTES = 256


def write_net(path: Path, seed: int = 0, multilingual: bool = False) -> Path:
    """A net of one layer and 32 numbers, about 4 MB; token N is written " wN", the first 256 as
    bytes."""
    rng = np.random.default_rng(seed)
    vocabulary = _MULTILINGUAL if multilingual else _ENGLISH
    with path.open("wb") as file:
        file.write(struct.pack("<I", 0x67676D6C))
        sizes = (vocabulary, _POSITIONS, _STATE, 1, 1, _TEXT, _STATE, 1, 1, _MELS, 1)
        file.write(struct.pack("<11i", *sizes))
        file.write(struct.pack("<2i", _MELS, 201))
        file.write(np.abs(rng.normal(0, 0.01, (_MELS, 201))).astype("<f4").tobytes())
        file.write(struct.pack("<i", _SPELLED))
        for number in range(_SPELLED):
            word = bytes([number]) if number < _BYTES else f" w{number}".encode()
            file.write(struct.pack("<I", len(word)) + word)
        _encoder(file, rng)
        _tensor(file, rng, "decoder.positional_embedding", (_TEXT, _STATE), exact=True)
        _tensor(file, rng, "decoder.token_embedding.weight", (vocabulary, _STATE))
        _pair(file, rng, "decoder.ln")
        _block(file, rng, "decoder.blocks.0", ("attn", "cross_attn"))
    return path


def _encoder(file: BinaryIO, rng: np.random.Generator) -> None:
    _tensor(file, rng, "encoder.positional_embedding", (_POSITIONS, _STATE), exact=True)
    for name, inputs in (("conv1", _MELS), ("conv2", _STATE)):
        _tensor(file, rng, f"encoder.{name}.weight", (_STATE, inputs, 3))
        _tensor(file, rng, f"encoder.{name}.bias", (_STATE, 1), exact=True)
    _pair(file, rng, "encoder.ln_post")
    _block(file, rng, "encoder.blocks.0", ("attn",))


def _block(file: BinaryIO, rng: np.random.Generator, name: str, attentions: tuple[str, ...]) -> None:
    _pair(file, rng, f"{name}.mlp_ln")
    for layer, shape in ((0, (4 * _STATE, _STATE)), (2, (_STATE, 4 * _STATE))):
        _tensor(file, rng, f"{name}.mlp.{layer}.weight", shape)
        _tensor(file, rng, f"{name}.mlp.{layer}.bias", shape[:1])
    for attention in attentions:
        _pair(file, rng, f"{name}.{attention}_ln")
        for part in ("query", "key", "value", "out"):
            _tensor(file, rng, f"{name}.{attention}.{part}.weight", (_STATE, _STATE))
            if part != "key":
                _tensor(file, rng, f"{name}.{attention}.{part}.bias", (_STATE,))


def _pair(file: BinaryIO, rng: np.random.Generator, name: str) -> None:
    _tensor(file, rng, f"{name}.weight", (_STATE,))
    _tensor(file, rng, f"{name}.bias", (_STATE,))


def _tensor(file: BinaryIO, rng: np.random.Generator, name: str, shape: tuple[int, ...], exact: bool = False) -> None:
    """Rows of float32, or of float16 where the format wants those."""
    half = len(shape) > 1 and not exact
    file.write(struct.pack("<3i", len(shape), len(name), half))
    file.write(struct.pack(f"<{len(shape)}i", *shape[::-1]) + name.encode())
    file.write(rng.normal(0, 0.05, shape).astype("<f2" if half else "<f4").tobytes())
