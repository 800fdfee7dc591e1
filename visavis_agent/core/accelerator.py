"""Which GPU and which TensorRT this machine has: part of the name of a built engine."""

from __future__ import annotations

import ctypes
import subprocess
from dataclasses import dataclass

_TENSORRT_LIBRARIES = ("libnvinfer.so.10", "libnvinfer.so.8", "libnvinfer.so")


@dataclass(frozen=True, slots=True)
class Accelerator:
    """The first GPU as its driver names it; empty strings for what is not there.

    Attributes:
        gpu: product name ("NVIDIA RTX A4000", "Orin").
        compute_capability: "8.6".
        tensorrt: version of libnvinfer, "10.3.0" or the packed number that the library gives.
    """

    gpu: str = ""
    compute_capability: str = ""
    tensorrt: str = ""


def find_accelerator() -> Accelerator:
    """Asks the driver's own tool and the TensorRT library; no error when there is neither."""
    query = ["nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        answer = ""
    lines = answer.splitlines()
    name, _, capability = lines[0].partition(",") if lines else ("", "", "")
    return Accelerator(name.strip(), capability.strip(), _tensorrt_version())


def _tensorrt_version() -> str:
    for library in _TENSORRT_LIBRARIES:
        try:
            return str(ctypes.CDLL(library).getInferLibVersion())
        except (OSError, AttributeError):
            continue
    return ""
