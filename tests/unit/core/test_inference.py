from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from visavis_agent.core.accelerator import Accelerator
from visavis_agent.core.errors import EngineError
from visavis_agent.core.inference import CPU, CUDA, TENSORRT, InferenceBackend, InferenceSettings, engine_key
from visavis_agent.core.records import Level

GPU = Accelerator("NVIDIA RTX A4000", "8.6", "10.3.0")
SHAPES = {"x": ((1, 4), (1, 16), (1, 64))}


class StandInOptions:
    def __init__(self) -> None:
        self.intra_op_num_threads = 0
        self.inter_op_num_threads = 0
        self.entries: dict[str, str] = {}

    def add_session_config_entry(self, key: str, value: str) -> None:
        self.entries[key] = value


class StandInSession:
    def __init__(self, provider: str, options: StandInOptions) -> None:
        self.provider, self.options = provider, options

    def get_providers(self) -> list[str]:
        return [self.provider, CPU]

    def run(self, names: None, inputs: dict[str, Any]) -> list[Any]:
        return [inputs["x"] * 2]


class StandInRuntime:
    """onnxruntime as far as the backend uses it; `behave` maps a provider to what opening it does."""

    SessionOptions = StandInOptions

    def __init__(self, available: tuple[str, ...], **behave: Callable[[dict[str, str]], str]) -> None:
        self.available, self.behave = available, behave
        self.opened: list[tuple[str, dict[str, str]]] = []
        self.sessions: list[StandInSession] = []

    def get_available_providers(self) -> list[str]:
        return list(self.available)

    def InferenceSession(self, path: str, options: StandInOptions, providers: list[Any]) -> StandInSession:  # noqa: N802
        name, settings = providers[0] if isinstance(providers[0], tuple) else (providers[0], {})
        self.opened.append((name, settings))
        session = StandInSession(self.behave.get(name, lambda _: name)(settings), options)
        self.sessions.append(session)
        return session


def fail(message: str) -> Callable[[dict[str, str]], str]:
    def behaviour(settings: dict[str, str]) -> str:
        raise RuntimeError(message)

    return behaviour


def write_engine(settings: dict[str, str]) -> str:
    """TensorRT as it behaves: uses the engine in its cache directory, else builds one there."""
    engine = Path(settings["trt_engine_cache_path"]) / "engine"
    if engine.exists() and engine.read_text() != "good":
        raise RuntimeError("cannot deserialise the engine")
    engine.write_text("good")
    return TENSORRT


class World:
    def __init__(self, tmp_path: Path, runtime: StandInRuntime, **settings: Any) -> None:
        self.model = tmp_path / "net.onnx"
        self.model.write_bytes(b"weights")
        self.cache = tmp_path / "engines"
        self.reports: list[tuple[Level, str]] = []
        self.runtime = runtime
        self.backend = InferenceBackend(
            InferenceSettings(cache=str(self.cache), **settings),
            report=lambda level, message: self.reports.append((level, message)),
            runtime=runtime,
            accelerator=lambda: GPU,
        )

    def load(self) -> str:
        return self.backend.load(self.model, SHAPES).provider

    @property
    def engines(self) -> list[str]:
        return sorted(path.name for path in self.cache.iterdir())


ALL = (TENSORRT, CUDA, CPU)


def test_a_machine_without_gpu_runs_on_the_cpu_and_has_nothing_to_report(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime((CPU,)))
    assert world.load() == CPU
    assert world.reports == []


def test_providers_are_preferred_in_the_order_tensorrt_cuda_cpu(tmp_path: Path) -> None:
    assert World(tmp_path, StandInRuntime((CPU, CUDA, TENSORRT), **{TENSORRT: write_engine})).load() == TENSORRT
    assert World(tmp_path, StandInRuntime((CPU, CUDA))).load() == CUDA
    assert World(tmp_path, StandInRuntime(ALL, **{TENSORRT: write_engine}), device="cuda").load() == CUDA
    assert World(tmp_path, StandInRuntime(ALL), device="cpu").load() == CPU


def test_the_active_provider_is_published_per_model(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime((CUDA, CPU)))
    world.load()
    assert world.backend.active == {"net.onnx": CUDA}


def test_a_silent_fall_back_of_onnxruntime_is_noticed_and_reported(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime((CUDA, CPU), **{CUDA: lambda _: CPU}))
    assert world.load() == CPU
    assert [level for level, _ in world.reports] == [Level.WARN]
    assert CUDA in world.reports[0][1]
    assert "net.onnx" in world.reports[0][1]


def test_a_provider_that_fails_is_reported_and_the_next_one_taken(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime(ALL, **{TENSORRT: fail("no libnvinfer"), CUDA: fail("no driver")}))
    assert world.load() == CPU
    assert ["no libnvinfer" in message or "no driver" in message for _, message in world.reports] == [
        True,
        True,
    ]


def test_a_device_that_was_asked_for_and_is_absent_is_reported(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime((CPU,)), device="cuda")
    assert world.load() == CPU
    assert len(world.reports) == 1
    assert "make env GPU=1" in world.reports[0][1]


def test_a_model_that_not_even_the_cpu_can_run_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime((CPU,), **{CPU: fail("bad protobuf")}))
    with pytest.raises(EngineError, match=r"net\.onnx.*bad protobuf.*make env"):
        world.load()


def test_a_missing_model_is_an_error(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime((CPU,)))
    world.model.unlink()
    with pytest.raises(EngineError, match="missing"):
        world.load()


def test_nets_run_on_one_thread_that_does_not_spin(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime((CPU,)))
    world.load()
    options = world.runtime.sessions[0].options
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert options.entries["session.intra_op.allow_spinning"] == "0"


def test_an_engine_is_built_aside_moved_into_place_and_used_again(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime(ALL, **{TENSORRT: write_engine}))
    world.load()
    world.load()
    first, second = (Path(settings["trt_engine_cache_path"]) for _, settings in world.runtime.opened)
    assert first.name.endswith(".building")
    assert world.engines == [second.name]
    assert (second / "engine").read_text() == "good"
    assert world.reports == []


def test_the_range_of_shapes_is_given_to_tensorrt(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime(ALL, **{TENSORRT: write_engine}), precision="fp16")
    world.load()
    settings = world.runtime.opened[0][1]
    profile = [settings[f"trt_profile_{limit}_shapes"] for limit in ("min", "opt", "max")]
    assert profile == ["x:1x4", "x:1x16", "x:1x64"]
    assert settings["trt_fp16_enable"] == "1"


def test_a_damaged_engine_is_reported_and_built_anew(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime(ALL, **{TENSORRT: write_engine}))
    world.load()
    (world.cache / world.engines[0] / "engine").write_text("rubbish")
    assert world.load() == TENSORRT
    assert (world.cache / world.engines[0] / "engine").read_text() == "good"
    assert "building it anew" in world.reports[0][1]


def test_an_engine_that_cannot_be_built_leaves_nothing_behind(tmp_path: Path) -> None:
    def half_built(settings: dict[str, str]) -> str:
        (Path(settings["trt_engine_cache_path"]) / "engine").write_text("half")
        raise RuntimeError("out of memory")

    world = World(tmp_path, StandInRuntime(ALL, **{TENSORRT: half_built}))
    assert world.load() == CUDA
    assert world.engines == []
    assert "out of memory" in world.reports[0][1]


def test_an_engine_is_not_kept_when_tensorrt_did_not_really_start(tmp_path: Path) -> None:
    world = World(tmp_path, StandInRuntime(ALL, **{TENSORRT: lambda _: CUDA}))
    assert world.load() == CUDA
    assert world.engines == []


def test_the_key_of_an_engine_changes_with_everything_it_depends_on() -> None:
    base = engine_key("abc", GPU, "fp16", SHAPES)
    others = {
        engine_key("abd", GPU, "fp16", SHAPES),
        engine_key("abc", Accelerator("Orin", "8.6", "10.3.0"), "fp16", SHAPES),
        engine_key("abc", Accelerator("NVIDIA RTX A4000", "8.9", "10.3.0"), "fp16", SHAPES),
        engine_key("abc", Accelerator("NVIDIA RTX A4000", "8.6", "10.4.0"), "fp16", SHAPES),
        engine_key("abc", GPU, "fp32", SHAPES),
        engine_key("abc", GPU, "fp16", {"x": ((1, 4), (1, 16), (1, 128))}),
        engine_key("abc", GPU, "fp16", {}),
    }
    assert len(others | {base}) == 8


def test_the_key_of_an_engine_does_not_depend_on_the_order_of_inputs() -> None:
    shape = ((1,), (2,), (3,))
    both = engine_key("abc", GPU, "fp32", {"a": shape, "b": shape})
    assert both == engine_key("abc", GPU, "fp32", {"b": shape, "a": shape})


def test_the_real_onnxruntime_refuses_a_damaged_model_and_wrong_inputs(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper, tensor = onnx.helper, onnx.TensorProto
    value = [helper.make_tensor_value_info(name, tensor.FLOAT, ["n"]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", value[:1], value[1:])
    path = tmp_path / "neg.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    backend = InferenceBackend(InferenceSettings(device="cpu"), report=lambda *_: None)
    session = backend.load(path)
    assert session.run({"x": np.array([1.0, 2.0], np.float32)})[0].tolist() == [-1.0, -2.0]
    with pytest.raises(EngineError, match=r"neg\.onnx"):
        session.run({"wrong": np.zeros(1, np.float32)})
    path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 2])
    with pytest.raises(EngineError, match="make env"):
        backend.load(path)
