"""What a figure was measured on: every bench report carries it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def cpu_name() -> str:
    """The processor's name as the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.lower().startswith(("model name", "hardware")):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def gpu_name() -> str | None:
    """The first NVIDIA card, or None."""
    if shutil.which("nvidia-smi") is None:
        return None
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return out.splitlines()[0].strip() if out.strip() else None


def package_version() -> str:
    """`version` of a bench report."""
    try:
        return version("visavis-agent")
    except PackageNotFoundError:
        return "unknown"


def describe_machine() -> dict[str, Any]:
    """`machine` of a bench report: cpu, cores this process may use, gpu, load average of the last minute."""
    cores = len(os.sched_getaffinity(0))
    return {"cpu": cpu_name(), "cores": cores, "gpu": gpu_name(), "load_before": round(os.getloadavg()[0], 2)}
