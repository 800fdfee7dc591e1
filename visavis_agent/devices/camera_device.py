"""A camera of the machine by V4L2: found by a name that stays, read on a thread of its own."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import DeviceError
from visavis_agent.core.queues import DropOldest
from visavis_agent.core.records import CameraImage

_SILENT_NS = 3 * SECOND
_OLDEST_NS = SECOND
_SYSTEM = Path("/sys/class/video4linux")

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class CameraMode:
    """What is asked of a camera; it may give something else."""

    width: int
    height: int
    rate: float


class Grabber(Protocol):
    """An open camera."""

    def read(self) -> tuple[Image, float] | None:
        """The next picture, (h, w, 3) BGR, and its time as the driver has it (ms, CLOCK_MONOTONIC); None at failure.

        Waits for the picture.
        """
        ...

    def close(self) -> None: ...


class CameraPort(Protocol):
    """What opens cameras: V4L2, or a stand-in of a test."""

    def names(self) -> dict[int, str]:
        """The cameras there are: number → name."""
        ...

    def open(self, number: int, mode: CameraMode) -> Grabber:
        """Open a camera.

        Raises:
            DeviceError: it cannot be used now.
        """
        ...


class V4l2:
    """The cameras of this machine, by OpenCV (CameraPort)."""

    def names(self) -> dict[int, str]:
        found = {}
        for folder in _SYSTEM.glob("video*"):
            number = re.fullmatch(r"video(\d+)", folder.name)
            # A camera's first node gives pictures, the others give metadata.
            if number and _text(folder / "index") in ("", "0"):
                found[int(number.group(1))] = _text(folder / "name")
        return dict(sorted(found.items()))

    def open(self, number: int, mode: CameraMode) -> Grabber:
        capture = cv2.VideoCapture(number, cv2.CAP_V4L2)
        if not capture.isOpened():
            capture.release()
            remedy = "Is it used by another program, and may this user read it (group video)?"
            raise DeviceError("it cannot be opened", f"/dev/video{number}", remedy)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.height)
        capture.set(cv2.CAP_PROP_FPS, mode.rate)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return _Capture(capture)


class _Capture:
    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    def read(self) -> tuple[Image, float] | None:
        good, image = self._capture.read()
        if not good:
            return None
        return np.asarray(image, np.uint8), float(self._capture.get(cv2.CAP_PROP_POS_MSEC))

    def close(self) -> None:
        self._capture.release()


def find(names: dict[int, str], device: str) -> int:
    """The number of the camera `device`: its number, its path (a link as in /dev/v4l/by-id, too), part of its name.

    Raises:
        DeviceError: there is none.
    """
    wanted = os.path.realpath(device) if device.startswith("/") else device
    by_number = re.fullmatch(r"(?:/dev/video)?(\d+)", wanted)
    found = [n for n in names if n == int(by_number.group(1))] if by_number else []
    found = found or [n for n, name in names.items() if wanted.lower() in name.lower()]
    if not found:
        there = ", ".join(f"{name!r} (/dev/video{n})" for n, name in names.items()) or "none"
        raise DeviceError("it is not there", "", f"Cameras now: {there}")
    return found[0]


class CameraDevice:
    """An open camera; its newest picture waits for the stage (FrameSource, core/ports.py).

    Args:
        grabber: the open camera; closed at the end.
        now: the media clock, ns.
        ready: told, on the camera's thread, that a picture waits.
        rate: pictures per second at most.
    """

    def __init__(self, grabber: Grabber, now: Callable[[], int], ready: Callable[[], None], rate: float) -> None:
        self._grabber = grabber
        self._now = now
        self._ready = ready
        self._period_ns = round(SECOND / rate)
        self._newest: DropOldest[CameraImage] = DropOldest(1)
        self._due_ns = 0
        self._seen_ns = now()
        self._failed = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    def read(self) -> CameraImage | None:
        return self._newest.get()

    def alive(self) -> bool:
        return not self._failed and self._now() - self._seen_ns < _SILENT_NS

    def close(self) -> None:
        """End the thread; one that hangs in the driver is left behind, to close the camera when it comes back."""
        self._stopping = True
        self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stopping:
            got = self._grabber.read()
            if got is None:
                self._failed = True
                break
            self._seen_ns = self._now()
            self._take(*got)
        self._grabber.close()

    def _take(self, image: Image, stamp_ms: float) -> None:
        media_ns = round(stamp_ms * MS)
        if not 0 <= self._seen_ns - media_ns < _OLDEST_NS:
            media_ns = self._seen_ns
        if media_ns < self._due_ns - self._period_ns // 4:
            return
        on_time = media_ns - self._due_ns < self._period_ns
        self._due_ns = (self._due_ns if on_time else media_ns) + self._period_ns
        rgb: Any = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        waiting = len(self._newest)
        self._newest.put(CameraImage(media_ns=media_ns, image=rgb))
        if not waiting:
            self._ready()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
