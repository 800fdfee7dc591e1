"""The stage's end of the window: starts its process, hands it pictures through shared memory."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from visavis_agent.core.errors import DeviceError
from visavis_agent.core.records import VideoFrame
from visavis_agent.kiosk.window_process import LARGEST_PACKET
from visavis_agent.kiosk.window_settings import WindowSettings

_PROCESS = "visavis_agent.kiosk.window_process"
_SLOTS = 6
"""Pictures come some 40 ms ahead: two or three wait, one is drawn."""
_END_S = 1.0
_PROBE_S = 20.0


def _command(settings: WindowSettings, last: str) -> list[str]:
    return [sys.executable, "-m", _PROCESS, json.dumps(asdict(settings)), last]


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path}


def require_display(settings: WindowSettings) -> None:
    """See, in another process, whether a window could be shown.

    Raises:
        DeviceError: there is no display, or SDL is not there.
    """
    command = _command(settings, "--probe")
    try:
        done = subprocess.run(
            command, env=_environment(), capture_output=True, text=True, timeout=_PROBE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise DeviceError("the display does not answer", "window", "Look at DISPLAY and WAYLAND_DISPLAY") from None
    if done.returncode != 0:
        reason = f"looking for a display ended with status {done.returncode}"
        raise DeviceError(reason, "window", "Look at DISPLAY, WAYLAND_DISPLAY and the graphics driver")
    if done.stdout:
        raise DeviceError(*json.loads(done.stdout))


class _Memory:
    """Shared memory for pictures of one size; a slot belongs to the window from `take` to `give_back`."""

    def __init__(self, number: int, width: int, height: int) -> None:
        self.number = number
        self.size = (width, height)
        stride = width * height * 4
        self.descriptor = os.memfd_create("visavis-window", os.MFD_CLOEXEC)
        os.ftruncate(self.descriptor, stride * _SLOTS)
        memory = mmap.mmap(self.descriptor, stride * _SLOTS)
        self._pixels = np.frombuffer(memory, np.uint8).reshape(_SLOTS, height, width, 4)
        self._free = set(range(_SLOTS))

    def take(self) -> int | None:
        """The first free slot, so that memory that is never needed is never touched."""
        slot = min(self._free, default=None)
        self._free.discard(-1 if slot is None else slot)
        return slot

    def fill(self, slot: int, image: np.ndarray[Any, Any]) -> None:
        cv2.cvtColor(image, cv2.COLOR_RGB2BGRA, dst=self._pixels[slot])

    def give_back(self, slots: list[int]) -> None:
        self._free.update(slots)


class WindowLink:
    """A window's process. It runs from `start` to `stop`, or until it is lost.

    Args:
        heard: takes what the window says, messages of kiosk.window_process; on a thread of the link.
        lost: is told, on that thread and once, why the process has ended; not after `stop`.
    """

    def __init__(
        self, settings: WindowSettings, heard: Callable[[dict[str, Any]], None], lost: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._heard = heard
        self._lost = lost
        self._lock = threading.Lock()
        self._memory: _Memory | None = None
        self._count = 0
        self._dropped = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._read, name="window", daemon=True)
        self._process: subprocess.Popen[bytes]
        self._socket: socket.socket

    @property
    def pid(self) -> int:
        """Number of the window's process."""
        return self._process.pid

    @property
    def dropped(self) -> int:
        """Pictures in a row that the window had no room for: it does not come along, or hangs."""
        return self._dropped

    def start(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                _command(self._settings, str(theirs.fileno())),
                env=_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._thread.start()

    def stop(self) -> None:
        """End the process, at once where it does not end by itself."""
        self._stopping = True
        self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._thread.join()

    def kill(self) -> None:
        """End the process the hard way; `lost` is told unless it is being stopped."""
        self._process.kill()

    def send(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Tell the window something. What it does not take is lost: it hangs (`dropped`), or is gone (`lost`)."""
        data = json.dumps(message).encode()
        if len(data) > LARGEST_PACKET:  # a caption of a book; the window would end over half of it
            return
        with contextlib.suppress(OSError):
            socket.send_fds(self._socket, [data], descriptors, socket.MSG_DONTWAIT)

    def show(self, frame: VideoFrame) -> None:
        """Hand over a picture; it is dropped when the window does not come along. On any one thread."""
        with self._lock:
            memory = self._fitting(frame.image.shape[1], frame.image.shape[0])
            slot = memory.take()
        self._dropped = self._dropped + 1 if slot is None else 0
        if slot is None:
            return
        memory.fill(slot, frame.image)
        self.send({"type": "frame", "number": memory.number, "slot": slot, "media_ns": frame.media_ns})

    def _fitting(self, width: int, height: int) -> _Memory:
        """The memory for pictures of that size; with the lock held."""
        memory = self._memory
        if memory is None or memory.size != (width, height):
            self._count += 1
            memory = self._memory = _Memory(self._count, width, height)
            about = {"type": "buffer", "number": self._count, "width": width, "height": height, "slots": _SLOTS}
            self.send(about, [memory.descriptor])
            os.close(memory.descriptor)  # the map keeps the memory
        return memory

    def _read(self) -> None:
        while True:
            try:
                data = self._socket.recv(LARGEST_PACKET)
            except OSError:
                break
            if not data:
                break
            message = json.loads(data)
            if message["type"] == "free":
                self._freed(message)
            elif not self._stopping:
                self._heard(message)
        status = self._process.wait()
        self._socket.close()
        if not self._stopping:
            self._lost(_ending(status))

    def _freed(self, message: dict[str, Any]) -> None:
        with self._lock:
            if self._memory is not None and message["number"] == self._memory.number:
                self._memory.give_back(message["slots"])


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
