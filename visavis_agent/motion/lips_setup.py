"""The net that moves the lips from sound: trained weights (models/lips.npz) to ONNX. Set-up only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from visavis_agent.core.errors import FormatError
from visavis_agent.core.inference import file_sha256
from visavis_agent.core.npz import read_npz
from visavis_agent.core.paths import models_directory
from visavis_agent.motion.sound_net import (
    DILATIONS,
    HEARD,
    INPUTS,
    KEPT,
    LIPS_FILE,
    MOUTH,
    OUTPUTS,
    PAST,
    TAPS,
    WIDTH,
)

LIPS_TRAINED = "lips.npz"
LIPS_RECIPE = "temporal convolutional net with its state 1, fp32"
_OPSET, _IR = 17, 8

Weights = Mapping[str, npt.NDArray[np.float32]]


def write_trained(path: Path, weights: Weights) -> None:
    """In half precision."""
    np.savez_compressed(path, **{name: value.astype(np.float16) for name, value in weights.items()})


def read_trained(path: Path) -> Weights:
    """What `write_trained` wrote, as float32.

    Raises:
        FormatError: it is not there, damaged, or of another net.
    """
    weights = {name: value.astype(np.float32) for name, value in read_npz(path, "trained net").items()}
    for name, shape in _shapes().items():
        if name not in weights or weights[name].shape != shape:
            raise FormatError(f"has no {name} of shape {shape}", str(path), "Restore the file")
    return weights


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "enter.weight": (WIDTH, INPUTS),
        "enter.bias": (WIDTH,),
        "leave.weight": (OUTPUTS, WIDTH),
        "leave.bias": (OUTPUTS,),
    }
    for k in range(len(DILATIONS)):
        shapes[f"convolutions.{k}.weight"] = (WIDTH, WIDTH, TAPS)
        shapes[f"mixers.{k}.weight"] = (WIDTH, WIDTH)
        shapes[f"convolutions.{k}.bias"] = shapes[f"mixers.{k}.bias"] = (WIDTH,)
    return shapes


def build(weights: Weights) -> onnx.ModelProto:
    """The graph: `heard` (1, INPUTS, steps) and the state `past0` … to `mouth` (1, OUTPUTS, steps), 0–1, and `kept0` …

    Raises:
        onnx.checker.ValidationError: a weight has the wrong shape or type.
    """
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, value: npt.NDArray[np.generic]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(operator: str, output: str, *inputs: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, list(inputs), [output], output, **attributes))
        return output

    def convolution(x: str, name: str, dilation: int = 1) -> str:
        weight = weights[name + ".weight"]
        weight = weight if weight.ndim == 3 else weight[:, :, None]
        names = constant(name + ".weight", weight), constant(name + ".bias", weights[name + ".bias"])
        return add("Conv", name, x, *names, dilations=[dilation], kernel_shape=[weight.shape[2]])

    axis, end = constant("axis", np.array([2])), constant("end", np.array([np.iinfo(np.int64).max]))
    x = convolution(HEARD, "enter")
    inputs, outputs = [_value(HEARD, INPUTS, "steps")], [_value(MOUTH, OUTPUTS, "steps")]
    for k, dilation in enumerate(DILATIONS):
        length = (TAPS - 1) * dilation
        joined = add("Concat", f"joined{k}", f"{PAST}{k}", x, axis=2)
        add("Slice", f"{KEPT}{k}", joined, constant(f"start{k}", np.array([-length])), end, axis)
        active = add("Relu", f"active{k}", convolution(joined, f"convolutions.{k}", dilation))
        x = add("Add", f"block{k}", x, convolution(active, f"mixers.{k}"))
        inputs.append(_value(f"{PAST}{k}", WIDTH, length))
        outputs.append(_value(f"{KEPT}{k}", WIDTH, length))
    add("Sigmoid", MOUTH, convolution(add("Relu", "last", x), "leave"))
    graph = helper.make_graph(nodes, "lips", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model, full_check=True)
    return model


def _value(name: str, channels: int, length: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, length])


def lips_sources() -> dict[str, str]:
    """What the net is made from."""
    return {"trained": file_sha256(models_directory() / LIPS_TRAINED)}


def build_lips(directory: Path) -> None:
    """Write the net into `directory`.

    Raises:
        FormatError: what was trained is missing or damaged.
    """
    onnx.save(build(read_trained(models_directory() / LIPS_TRAINED)), directory / LIPS_FILE)
