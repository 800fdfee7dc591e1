"""The net that reads feelings: how its trained part is kept, and how set-up puts it together."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from visavis_agent.core.errors import FormatError
from visavis_agent.core.paths import models_directory
from visavis_agent.dialogue import emotion_setup
from visavis_agent.dialogue.emotion import EMOTION_FILE
from visavis_agent.dialogue.emotion_setup import TRAINED_FILE, build_emotion_net, read_trained, write_trained
from visavis_agent.dialogue.encoder_setup import packaged_file, packaged_weights
from visavis_agent.dialogue.minilm import build_emotion


def test_what_is_kept_is_near_what_was_trained(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    trained = {"matrix": rng.normal(size=(7, 40)).astype(np.float32), "vector": np.ones(7, np.float32) / 3}
    trained["matrix"][3] = 0.0
    write_trained(tmp_path / "net.npz", trained)
    kept = read_trained(tmp_path / "net.npz")
    assert kept.keys() == trained.keys()
    assert np.array_equal(kept["vector"], trained["vector"])
    step = np.abs(trained["matrix"]).max(axis=1, keepdims=True) / 127
    assert (np.abs(kept["matrix"] - trained["matrix"]) <= step / 2 + 1e-7).all()


@given(st.integers(0, 3000), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_refused_or_read(tmp_path_factory: pytest.TempPathFactory, place: int, byte: int) -> None:
    path = tmp_path_factory.mktemp("net") / "net.npz"
    write_trained(path, {"matrix": np.ones((7, 40), np.float32), "vector": np.ones(7, np.float32)})
    data = bytearray(path.read_bytes())
    data[place % len(data)] = byte
    path.write_bytes(data)
    with contextlib.suppress(FormatError):  # any other error fails
        weights = read_trained(path)
        assert set(weights) <= {"matrix", "vector"} and all(value.dtype == np.float32 for value in weights.values())


def test_the_quantised_net_says_what_the_exact_one_says(tmp_path: Path) -> None:
    import onnxruntime

    entry = packaged_weights()
    weights = load_file(packaged_file(entry, entry.weights, entry.weights_sha256))
    exact = tmp_path / "exact.onnx"
    onnx.save(build_emotion(weights | read_trained(models_directory() / TRAINED_FILE)), exact)
    build_emotion_net(tmp_path)
    ids = np.array([[101, 1045, 2293, 2023, 4248, 2009, 2003, 6919, 102]], np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    nets = [
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        for path in (exact, tmp_path / EMOTION_FILE)
    ]
    (sure, vad, _), (quick, near, _) = (net.run(None, inputs) for net in nets)
    assert sure.shape == (1, 7) and vad.shape == (1, 3)
    assert np.abs(sure - quick).max() < 0.1 and np.abs(vad - near).max() < 0.1


def test_a_net_without_its_heads_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = read_trained(models_directory() / TRAINED_FILE)
    write_trained(tmp_path / TRAINED_FILE, {name: value for name, value in trained.items() if name != "vad.weight"})
    monkeypatch.setattr(emotion_setup, "models_directory", lambda: tmp_path)
    with pytest.raises(FormatError, match="vad"):
        build_emotion_net(tmp_path)
