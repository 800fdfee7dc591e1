"""A tiny Piper-type net with random weights: a piece of smoothed noise for each symbol, and how long each lasts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE, HOP, FRAMES = 22_050, 256, 3
SYMBOLS = "_^$ !,.:;?aæɑɐbdðeɛəɚfɡhiɪjklmnŋoɔpɹɾrsʃtθuʊvwxyzʌʒːˈˌøœçʁ"


def write_net(folder: Path, lengths: bool = True, several: bool = False, name: str = "tiny", **config: Any) -> Path:
    """The net and its JSON in `folder`."""
    rng = np.random.default_rng(0)
    table = rng.normal(0.0, 0.2, (len(SYMBOLS), FRAMES * HOP))
    table = np.stack([np.convolve(row, np.ones(16) / 8, "same") for row in table]).astype(np.float32)
    table[: len("_^$")] *= 0.1
    weights = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.array([1, 1, 1, -1], np.int64), "shape"),
        numpy_helper.from_array(np.full((len(SYMBOLS), 1), FRAMES, np.float32), "frames"),
    ]
    nodes = [
        helper.make_node("Gather", ["table", "input"], ["pieces"]),
        helper.make_node("Reshape", ["pieces", "shape"], ["output"]),
    ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)]
    if lengths:
        nodes.append(helper.make_node("Gather", ["frames", "input"], ["durations"]))
        outputs.append(helper.make_tensor_value_info("durations", TensorProto.FLOAT, None))
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if several:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    settings = {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.5, "length_scale": 1.1, "noise_w": 0.7},
        "num_speakers": 3 if several else 1,
        "speaker_id_map": {"anna": 0, "bert": 2} if several else {},
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(SYMBOLS)},
    }
    path.with_name(path.name + ".json").write_text(json.dumps(settings | config), encoding="utf-8")
    return path
