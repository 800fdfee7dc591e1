"""all-MiniLM-L6-v2 as an ONNX graph, written node by node from its weights, so that set-up needs no torch.

The net is BERT (Devlin et al. 2019) with 6 layers, 12 heads and width 384 (Wang et al. 2020, MiniLM),
followed by the mean over the real tokens. From there one net goes on to a vector of unit length (Reimers and Gurevych
2019, Sentence-BERT), the other one, whose upper layers were trained anew (training/emotion), to feelings.

Inputs of both: `input_ids`, `attention_mask`: (batch, length) int64.
Outputs: `embedding`: (batch, 384) float32, unit length; or `emotion`: (batch, 7) float32, a probability for each of
core.emotion.EMOTIONS, `vad`: (batch, 3) float32, valence, arousal and dominance, and `asks`: (batch, 1) float32, the
probability that somebody is curious or confused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from visavis_agent.core.emotion import EMOTIONS

LAYERS = 6
HEADS = 12
WIDTH = 384
EPSILON = 1e-12
OPSET = 17

Weights = Mapping[str, npt.NDArray[np.float32]]


class _Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        output = name or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], output, **attributes))
        return output

    def linear(self, x: str, name: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]) -> str:
        product = self.add("MatMul", x, self.constant(f"{name}.weight", weight.T))
        return self.add("Add", product, self.constant(f"{name}.bias", bias))

    def normalise(self, x: str, name: str, weights: Weights) -> str:
        scale = self.constant(f"{name}.scale", weights[f"{name}.weight"])
        bias = self.constant(f"{name}.shift", weights[f"{name}.bias"])
        return self.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)


def build(weights: Weights) -> onnx.ModelProto:
    """The sentence encoder with the given weights, named as in the published safetensors file.

    Raises:
        KeyError: a weight is missing.
        onnx.checker.ValidationError: a weight has the wrong shape or type.
    """
    graph = _Graph()
    mean = _trunk(graph, weights)
    length = graph.add("ReduceL2", mean, axes=[1], keepdims=1)
    graph.add("Div", mean, length, name="embedding")
    return _model(graph, {"embedding": WIDTH})


def build_emotion(weights: Weights) -> onnx.ModelProto:
    """The reader of feelings, with the weights of its heads, `emotion`, `vad` and `asks`, beside the published ones.

    Raises:
        KeyError: a weight is missing.
        onnx.checker.ValidationError: a weight has the wrong shape or type.
    """
    graph = _Graph()
    mean = _trunk(graph, weights)
    graph.add("Sigmoid", graph.linear(mean, "head.emotion", *_dense(weights, "emotion")), name="emotion")
    graph.add("Identity", graph.linear(mean, "head.vad", *_dense(weights, "vad")), name="vad")
    graph.add("Sigmoid", graph.linear(mean, "head.asks", *_dense(weights, "asks")), name="asks")
    return _model(graph, {"emotion": len(EMOTIONS), "vad": 3, "asks": 1})


def _trunk(graph: _Graph, weights: Weights) -> str:
    """From tokens to the mean state of the last layer, (batch, 384)."""
    _constants(graph)
    x = _embed(graph, weights)
    bias = _attention_bias(graph)
    for layer in range(LAYERS):
        x = _layer(graph, weights, x, bias, f"encoder.layer.{layer}")
    return _mean(graph, x)


def _model(graph: _Graph, widths: Mapping[str, int]) -> onnx.ModelProto:
    tokens = ["batch", "length"]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, tokens) for n in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", width]) for n, width in widths.items()]
    proto = helper.make_graph(graph.nodes, "minilm", inputs, outputs, graph.constants)
    # IR version 8 belongs to opset 17; a newer one would lock out older runtimes for nothing.
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def _constants(graph: _Graph) -> None:
    graph.constant("first", np.array([0], np.int64))
    graph.constant("axis_1", np.array([1], np.int64))
    graph.constant("axis_last", np.array([2], np.int64))
    graph.constant("axes_1_2", np.array([1, 2], np.int64))
    graph.constant("one_f", np.array(1.0, np.float32))
    graph.constant("half_f", np.array(0.5, np.float32))
    graph.constant("root_2", np.array(np.sqrt(2.0), np.float32))
    graph.constant("hidden", np.array(-1e4, np.float32))
    graph.constant("root_head", np.array(np.sqrt(WIDTH // HEADS), np.float32))
    graph.constant("split_heads", np.array([0, 0, HEADS, WIDTH // HEADS], np.int64))
    graph.constant("join_heads", np.array([0, 0, WIDTH], np.int64))


def _embed(graph: _Graph, weights: Weights) -> str:
    """Word + position + token type (always the first sentence's), normalised."""
    prefix = "embeddings."
    words = graph.constant("words", weights[prefix + "word_embeddings.weight"])
    places = graph.constant("places", weights[prefix + "position_embeddings.weight"])
    kind = graph.constant("kind", weights[prefix + "token_type_embeddings.weight"][0])
    length = graph.add("Shape", "input_ids", start=1, end=2)
    word = graph.add("Gather", words, "input_ids", axis=0)
    place = graph.add("Add", graph.add("Slice", places, "first", length, "first"), kind)
    return graph.normalise(graph.add("Add", word, place), prefix + "LayerNorm", weights)


def _attention_bias(graph: _Graph) -> str:
    """(batch, 1, 1, length): 0 for real tokens, -10⁴ for padding."""
    mask = graph.add("Cast", "attention_mask", name="mask", to=TensorProto.FLOAT)
    absent = graph.add("Mul", graph.add("Sub", "one_f", mask), "hidden")
    return graph.add("Unsqueeze", absent, "axes_1_2")


def _layer(graph: _Graph, weights: Weights, x: str, bias: str, name: str) -> str:
    attended = _attention(graph, weights, x, bias, f"{name}.attention")
    x = graph.normalise(graph.add("Add", x, attended), f"{name}.attention.output.LayerNorm", weights)
    inner = graph.linear(x, f"{name}.inner", *_dense(weights, f"{name}.intermediate.dense"))
    outer = graph.linear(_gelu(graph, inner), f"{name}.outer", *_dense(weights, f"{name}.output.dense"))
    return graph.normalise(graph.add("Add", x, outer), f"{name}.output.LayerNorm", weights)


def _attention(graph: _Graph, weights: Weights, x: str, bias: str, name: str) -> str:
    heads = {}
    for role, order in (("query", (0, 2, 1, 3)), ("key", (0, 2, 3, 1)), ("value", (0, 2, 1, 3))):
        projected = graph.linear(x, f"{name}.{role}", *_dense(weights, f"{name}.self.{role}"))
        split = graph.add("Reshape", projected, "split_heads")
        heads[role] = graph.add("Transpose", split, perm=list(order))
    scores = graph.add("Div", graph.add("MatMul", heads["query"], heads["key"]), "root_head")
    shares = graph.add("Softmax", graph.add("Add", scores, bias), axis=-1)
    context = graph.add("Transpose", graph.add("MatMul", shares, heads["value"]), perm=[0, 2, 1, 3])
    joined = graph.add("Reshape", context, "join_heads")
    return graph.linear(joined, f"{name}.output", *_dense(weights, f"{name}.output.dense"))


def _dense(weights: Weights, name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _gelu(graph: _Graph, x: str) -> str:
    """x·Φ(x) with the exact Φ (Hendrycks and Gimpel 2016)."""
    error = graph.add("Erf", graph.add("Div", x, "root_2"))
    return graph.add("Mul", graph.add("Mul", x, graph.add("Add", error, "one_f")), "half_f")


def _mean(graph: _Graph, x: str) -> str:
    """Over real tokens; every text has two frame tokens, so no division by 0."""
    mask = graph.add("Unsqueeze", "mask", "axis_last")
    total = graph.add("ReduceSum", graph.add("Mul", x, mask), "axis_1", keepdims=0)
    count = graph.add("ReduceSum", mask, "axis_1", keepdims=0)
    return graph.add("Div", total, count)
