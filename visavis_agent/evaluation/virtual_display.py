"""A display without a screen (Xvfb), and what is seen on it when."""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import DeviceError
from visavis_agent.evaluation.ending import end_with_parent

Picture = npt.NDArray[np.uint8]
_REMEDY = "Install the package xvfb"
_START_S = 10.0
_LOOK_S = 0.001
_HEADER = 100  # bytes of an XWD header that are looked at
_COLOUR = 12  # bytes of an entry of its colour map


class VirtualDisplay:
    """An X server without a window manager, that keeps its picture in a file; use it with `with`.

    Raises:
        DeviceError: there is no Xvfb, or it does not start.
    """

    def __init__(self, width: int, height: int) -> None:
        if shutil.which("Xvfb") is None:
            raise DeviceError("Xvfb is not installed", "", _REMEDY)
        self._size = f"{width}x{height}x24"
        self._folder = tempfile.TemporaryDirectory(prefix="visavis-display-")
        self._process: subprocess.Popen[bytes] | None = None
        self._memory: mmap.mmap | None = None
        self.name = ""
        """What DISPLAY is to be."""

    def __enter__(self) -> VirtualDisplay:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", self._size]
        self._process = subprocess.Popen(
            [*command, "-nolisten", "tcp", "-fbdir", self._folder.name],
            pass_fds=[writer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        os.close(writer)
        with os.fdopen(reader) as lines:  # ends with the server
            number = lines.readline().strip()
        if not number:
            raise DeviceError("Xvfb did not start", "", "Is the machine out of memory?")
        self.name = f":{number}"
        with (Path(self._folder.name) / "Xvfb_screen0").open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def close(self) -> None:
        """End the server, and whoever shows something on it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_START_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._memory = None  # unmapped with the last view
        self._folder.cleanup()

    def pixels(self) -> Picture:
        """(height, width, 3) uint8 RGB: a view of what is shown, which changes with it."""
        if self._memory is None:
            raise DeviceError("the display is not open", self.name)
        return frame_buffer(self._memory)


def frame_buffer(xwd: bytes | mmap.mmap) -> Picture:
    """The picture in an XWD file as Xvfb keeps it: a view, (height, width, 3) uint8 RGB."""
    header = np.frombuffer(xwd, ">u4", _HEADER // 4).astype(int)
    size, width, height, row, colours = (int(header[k]) for k in (0, 4, 5, 12, 19))
    flat = np.frombuffer(xwd, np.uint8, row * height, size + _COLOUR * colours)
    return flat.reshape(height, row)[:, : 4 * width].reshape(height, width, 4)[:, :, 2::-1]


@dataclass
class Looks:
    """What was seen of a spot: its brightness each time that it changed between dark and bright.

    Attributes:
        times: (n,) when it was seen for the first time, ns of CLOCK_MONOTONIC.
        bright: (n,) what it was from then on.
        longest_ns: the longest time for which nobody looked.
    """

    times: list[int] = field(default_factory=list)
    bright: list[bool] = field(default_factory=list)
    longest_ns: int = 0


@contextlib.contextmanager
def looking(spot: Picture, threshold: int, now: Callable[[], int] = time.monotonic_ns) -> Iterator[Looks]:
    """Look at a spot of a display a thousand times a second while the block runs.

    Args:
        spot: view of its pixels.
        threshold: of their mean, 0 – 255.
    """
    looks, over = Looks(), threading.Event()

    def look() -> None:
        before = now()
        while not over.is_set():
            bright = bool(spot.mean() > threshold)
            at = now()
            if not looks.bright or bright != looks.bright[-1]:
                looks.times.append((before + at) // 2)  # it changed between two looks
                looks.bright.append(bright)
            looks.longest_ns = max(looks.longest_ns, at - before)
            before = at
            time.sleep(_LOOK_S)

    thread = threading.Thread(target=look, name="looking", daemon=True)
    thread.start()
    try:
        yield looks
    finally:
        over.set()
        thread.join()
