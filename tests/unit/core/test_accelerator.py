"""What is found out about the GPU: the driver's own words, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis_agent.core import accelerator
from visavis_agent.core.accelerator import find_accelerator


def install(tool: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{tool}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr(accelerator, "_TENSORRT_LIBRARIES", ("libnobodyhasthis.so",))


def test_the_first_gpu_of_the_driver_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("echo 'NVIDIA RTX A4000, 8.6'; echo 'Other, 7.5'", tmp_path, monkeypatch)
    found = find_accelerator()
    assert (found.gpu, found.compute_capability, found.tensorrt) == ("NVIDIA RTX A4000", "8.6", "")


@pytest.mark.parametrize("tool", ["exit 9", "echo", "true", "echo 'no comma'"])
def test_a_driver_that_does_not_answer_is_no_error(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tool, tmp_path, monkeypatch)
    assert find_accelerator().compute_capability == ""


def test_a_machine_without_the_tool_has_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_accelerator().gpu == ""
