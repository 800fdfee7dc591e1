"""What the machine brings: processor, ROS, inference, sound, camera, screen. No deployment matters here."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from visavis_agent.core.accelerator import find_accelerator
from visavis_agent.core.errors import EngineError, VisavisError
from visavis_agent.core.inference import PROVIDERS
from visavis_agent.devices.portaudio import sound_devices
from visavis_agent.rendering.native import isa_name
from visavis_agent.supervisor.environment import child_environment, reach
from visavis_agent.supervisor.findings import Finding, failed, found, missing
from visavis_agent.supervisor.ports import LOOPBACK

MAKE_ENV = "Run `make env`"
_PYTHONS = ((3, 10), (3, 13))
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "firefox", "msedge")
_SELF_TEST_S = 30.0
_GIB = 1 << 30
_LEAST_MEMORY = 2.0


def machine(path: Path | None) -> Iterator[Finding]:
    """Python, processor, memory."""
    version = platform.python_version()
    if _PYTHONS[0] <= sys.version_info[:2] < _PYTHONS[1]:
        yield found("machine", "Python", version)
    else:
        yield failed("machine", "Python", version, "Use Python 3.10, 3.11 or 3.12")
    cores = len(os.sched_getaffinity(0))
    words = f"{platform.machine()}, {cores} core{'s' if cores > 1 else ''}"
    if cores >= 2:
        yield found("machine", "processor", words)
    else:
        yield missing("machine", "processor", words, "Two cores are needed for a face that does not stutter")
    yield _instructions()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    if memory >= _LEAST_MEMORY:
        yield found("machine", "memory", f"{memory:.1f} GiB")
    else:
        yield missing("machine", "memory", f"{memory:.1f} GiB", f"{_LEAST_MEMORY:g} GiB are needed")


def _instructions() -> Finding:
    try:
        name = isa_name()
    except EngineError as error:
        return failed("machine", "renderer", str(error.what), error.remedy)
    if name == "sse2":
        return missing("machine", "renderer", "SSE2 only", "It draws at half the speed: lower rendering.rate_hz")
    return found("machine", "renderer", f"native library for {name}")


# ------------------------------------------------------------------------------------------------------------------ ROS
def ros(path: Path | None) -> Iterator[Finding]:
    """rclpy, its middleware and a message from one node to another, in a process of its own."""
    environment = child_environment(os.environ)
    command = [sys.executable, "-m", "visavis_agent.nodes.self_test"]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_SELF_TEST_S, check=False
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        yield failed("ROS", "rclpy", f"said nothing within {_SELF_TEST_S:g} s", _network_remedy())
        return
    except (IndexError, ValueError):
        reason = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        yield failed(
            "ROS", "rclpy", f"cannot be used ({reason})", f"{MAKE_ENV}, or source the setup file of your ROS 2"
        )
        return
    yield found("ROS", "rclpy", " ".join(filter(None, [answer["rclpy"], answer["distribution"]])) or "there")
    yield from _middleware(answer)
    domain = environment.get("ROS_DOMAIN_ID", "0")
    yield found("ROS", "reach", f"domain {domain}, {reach(environment)}")


def _middleware(answer: dict[str, Any]) -> Iterator[Finding]:
    if "rmw" in answer:
        yield found("ROS", "middleware", answer["rmw"])
    if answer.get("seconds") is not None:
        yield found("ROS", "messages", f"one went from node to node in {answer['seconds']:.2f} s")
    elif "problem" in answer:
        yield failed("ROS", "messages", answer["problem"], _network_remedy())
    else:
        yield failed("ROS", "messages", "none went from node to node", _network_remedy())


def _network_remedy() -> str:
    if not _loopback():
        return "The loopback interface is down: `sudo ip link set lo up`"
    return "Look at RMW_IMPLEMENTATION, ROS_* variables and Fast DDS profiles; free /dev/shm; run `make env`"


def _loopback() -> bool:
    try:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
    except OSError:
        return False
    return True


# ------------------------------------------------------------------------------------------------------------ inference
def inference(path: Path | None) -> Iterator[Finding]:
    """GPU, TensorRT and the providers of onnxruntime."""
    try:
        import onnxruntime
    except (ImportError, OSError) as error:
        yield missing("inference", "onnxruntime", f"cannot be loaded ({error})", MAKE_ENV)
        return
    offered = [name for name in PROVIDERS if name in onnxruntime.get_available_providers()]
    short = ", ".join(name.removesuffix("ExecutionProvider") for name in offered)
    yield found("inference", "onnxruntime", f"{onnxruntime.__version__}: {short}")
    gpu = find_accelerator()
    if not gpu.gpu:
        yield found("inference", "GPU", "none; everything runs on the CPU")
    elif offered == [PROVIDERS[-1]]:
        yield missing("inference", "GPU", f"{gpu.gpu} is not used", "Run `make env GPU=1`")
    else:
        tensorrt = f", TensorRT {gpu.tensorrt}" if gpu.tensorrt else ""
        yield found("inference", "GPU", f"{gpu.gpu}{tensorrt}")


# -------------------------------------------------------------------------------------------------------------- devices
def sound(path: Path | None) -> Iterator[Finding]:
    """Microphones and loudspeakers."""
    remedies = {
        "input": ("microphone", "Plug one in, use the page's microphone, or publish microphone/audio"),
        "output": ("loudspeaker", "Plug one in, or let the page play the sound"),
    }
    for kind, (name, remedy) in remedies.items():
        try:
            names = sound_devices(kind)
        except VisavisError as error:
            yield missing("sound", name, error.what, error.remedy)
            continue
        yield found("sound", name, _some(names)) if names else missing("sound", name, "none", remedy)


def cameras(path: Path | None, folder: Path = Path("/dev")) -> Iterable[Finding]:
    """Video devices that can be opened."""
    devices = sorted(folder.glob("video*"))
    usable = [device.name for device in devices if os.access(device, os.R_OK | os.W_OK)]
    if usable:
        return [found("camera", "camera", _some(usable))]
    if devices:
        remedy = "Join the group: `sudo usermod -aG video $USER`, then log in anew"
        return [missing("camera", "camera", f"{devices[0]} may not be opened", remedy)]
    return [missing("camera", "camera", "none", "Plug one in, or publish camera/image; without one nobody is seen")]


def screens(path: Path | None) -> Iterable[Finding]:
    """A display for the window, a browser for the page."""
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if display:
        yield found("screen", "display", display)
    else:
        remedy = "Start it from a desktop session; the page can be opened without one"
        yield missing("screen", "display", "none", remedy)
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser:
        yield found("screen", "browser", browser)
    else:
        yield missing("screen", "browser", "none", "Install chromium, or open the page with another browser")


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown
