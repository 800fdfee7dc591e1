"""Neural nets: ONNX files run by onnxruntime on the best provider there is, never silently on a worse one.

Providers are tried in the order TensorRT, CUDA, CPU. onnxruntime falls back to the CPU without an error when
a provider's libraries are missing, so what a session really runs on is read back and a fallback is reported.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.accelerator import Accelerator, find_accelerator
from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.errors import EngineError
from visavis_agent.core.paths import cache_directory
from visavis_agent.core.records import Level
from visavis_agent.core.settings import setting

TENSORRT = "TensorrtExecutionProvider"
CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"
PROVIDERS: tuple[str, ...] = (TENSORRT, CUDA, CPU)
DEVICES: dict[str, tuple[str, ...]] = {
    "auto": PROVIDERS,
    "tensorrt": PROVIDERS,
    "cuda": (CUDA, CPU),
    "cpu": (CPU,),
}

Array = npt.NDArray[Any]
Shape = tuple[int, ...]
Shapes = Mapping[str, tuple[Shape, Shape, Shape]]
Report = Callable[[Level, str], None]


@dataclass(frozen=True)
class InferenceSettings:
    """How nets are run."""

    device: str = setting("auto", "preferred device; auto takes the best there is", choices=tuple(DEVICES))
    precision: str = setting("fp32", "precision of TensorRT engines", choices=("fp32", "fp16"))
    threads: int = setting(1, "threads per net on the CPU", low=1, high=64)
    cache: str = setting("", "directory of built engines; empty for the user's cache directory")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal.

    Raises:
        EngineError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
            return digest.hexdigest()
    except OSError as error:
        raise EngineError(f"cannot be read ({error.strerror})", str(path), "Run `make env`") from None


def engine_key(model_sha256: str, accelerator: Accelerator, precision: str, shapes: Shapes) -> str:
    """Name of a built engine: it holds for one model, TensorRT, GPU, precision and range of input shapes.

    Args:
        shapes: per input its smallest, usual and largest shape.
    """
    ranges = ";".join(f"{name}={shapes[name]}" for name in sorted(shapes))
    parts = (
        model_sha256,
        accelerator.tensorrt,
        accelerator.gpu,
        accelerator.compute_capability,
        precision,
        ranges,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


class InferenceSession:
    """A loaded net."""

    def __init__(self, session: Any, model: Path) -> None:
        self._session = session
        self.model = model
        self.provider: str = session.get_providers()[0]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it takes."""
        return tuple(value.name for value in self._session.get_inputs())

    def run(self, inputs: Mapping[str, Array], cancellation: Cancellation | None = None) -> list[Array]:
        """The outputs in the order of the model.

        Args:
            cancellation: ends the run between two nodes of the graph.

        Raises:
            EngineError: onnxruntime refuses the inputs or fails, or the run was cancelled.
        """
        try:
            if cancellation is None:
                return [np.asarray(value) for value in self._session.run(None, dict(inputs))]
            options = _onnxruntime().RunOptions()
            with cancellation.calls(lambda: setattr(options, "terminate", True)):
                return [np.asarray(value) for value in self._session.run(None, dict(inputs), options)]
        except Exception as error:  # onnxruntime's exceptions share no base but Exception
            raise EngineError(f"the net failed ({_brief(error)})", str(self.model), "See the diagnostics") from None


class InferenceBackend:
    """Opens nets and says on what they run.

    Args:
        settings: device, precision, threads, cache.
        report: takes (level, message) for every fallback and rebuilt engine.
        runtime: the onnxruntime module, or a stand-in.
        accelerator: finds the GPU, or a stand-in.
    """

    def __init__(
        self,
        settings: InferenceSettings | None = None,
        *,
        report: Report,
        runtime: Any = None,
        accelerator: Callable[[], Accelerator] = find_accelerator,
    ) -> None:
        self.settings = settings or InferenceSettings()
        self._report = report
        self._runtime = runtime or _onnxruntime()
        self._accelerator = accelerator
        self._cache = Path(self.settings.cache).expanduser() if self.settings.cache else cache_directory() / "engines"
        self.active: dict[str, str] = {}

    def load(self, model: Path, shapes: Shapes | None = None) -> InferenceSession:
        """The net in the ONNX file `model`, on the first provider that works.

        Args:
            shapes: per input its smallest, usual and largest shape; TensorRT builds its engine for this
                range.

        Raises:
            EngineError: the file is missing or damaged, or not even the CPU can run it.
        """
        if not model.is_file():
            raise EngineError("the model is missing", str(model), "Run `make env`")
        wanted = DEVICES[self.settings.device]
        available = self._runtime.get_available_providers()
        for rank, provider in enumerate(wanted):
            if provider not in available:
                self._report_absent(provider, rank, model)
                continue
            session = self._try(provider, wanted[rank:], model, shapes or {})
            if session is not None:
                self.active[model.name] = session.provider
                return session
        raise EngineError(f"no provider of {', '.join(wanted)} can run the model", str(model), "Run `make env`")

    def _report_absent(self, provider: str, rank: int, model: Path) -> None:
        if self.settings.device != "auto" and rank == 0:
            remedy = "run `make env GPU=1`, or set device to auto"
            self._report(Level.WARN, f"{model.name}: onnxruntime has no {provider}; {remedy}")

    def _try(self, provider: str, providers: tuple[str, ...], model: Path, shapes: Shapes) -> InferenceSession | None:
        try:
            if provider == TENSORRT:
                session = self._open_tensorrt(providers, model, shapes)
            else:
                session = self._open(model, list(providers))
        except Exception as error:  # onnxruntime's exceptions share no base but Exception
            if provider == CPU:
                raise EngineError(f"cannot be loaded ({_brief(error)})", str(model), "Run `make env`") from None
            self._report(Level.WARN, f"{model.name}: {provider} failed ({_brief(error)}); trying the next provider")
            return None
        if session.provider != provider:
            self._report(Level.WARN, f"{model.name}: {provider} did not start; onnxruntime offers {session.provider}")
            return None
        return session

    def _open(self, model: Path, providers: list[Any]) -> InferenceSession:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = self.settings.threads
        options.inter_op_num_threads = 1
        # A spinning pool takes a whole core from the stages beside it and wins microseconds.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        return InferenceSession(self._runtime.InferenceSession(str(model), options, providers=providers), model)

    def _open_tensorrt(self, providers: tuple[str, ...], model: Path, shapes: Shapes) -> InferenceSession:
        key = engine_key(file_sha256(model), self._accelerator(), self.settings.precision, shapes)
        final = self._cache / key
        rest = list(providers[1:])
        if final.is_dir():
            try:
                return self._open(model, [(TENSORRT, self._options(final, shapes)), *rest])
            except Exception as error:  # a damaged engine is rebuilt, whatever it raised
                self._report(
                    Level.WARN,
                    f"{model.name}: the cached engine is unusable ({_brief(error)}); building it anew",
                )
                shutil.rmtree(final)
        building = self._cache / f"{key}.{os.getpid()}.building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        try:
            session = self._open(model, [(TENSORRT, self._options(building, shapes)), *rest])
            if session.provider == TENSORRT:
                with contextlib.suppress(OSError):  # another process was first: its engine is as good
                    building.replace(final)
            return session
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _options(self, cache: Path, shapes: Shapes) -> dict[str, str]:
        options = {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(cache),
            "trt_fp16_enable": "1" if self.settings.precision == "fp16" else "0",
        }
        for place, limit in enumerate(("min", "opt", "max")):
            ranges = (f"{name}:{'x'.join(map(str, shapes[name][place]))}" for name in sorted(shapes))
            if shapes:
                # With explicit ranges TensorRT builds while the session opens, not during a conversation.
                options[f"trt_profile_{limit}_shapes"] = ",".join(ranges)
        return options


def _onnxruntime() -> Any:
    try:
        runtime = importlib.import_module("onnxruntime")
    except (ImportError, OSError) as error:
        raise EngineError(f"onnxruntime cannot be imported ({error})", "", "Run `make env`") from None
    if CUDA in runtime.get_available_providers() and hasattr(runtime, "preload_dlls"):
        runtime.preload_dlls()  # CUDA and cuDNN from wheels are on no loader path
    return runtime


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "…"
