"""A display without a screen (Xvfb), its picture and its keys; and a host for the window stage."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.kiosk.browser import until
from visavis_agent.core.graph import Graph
from visavis_agent.core.records import Level, Record, VideoFrame
from visavis_agent.evaluation.virtual_display import frame_buffer
from visavis_agent.graph import GRAPH
from visavis_agent.kiosk.window import WindowStage
from visavis_agent.kiosk.window_settings import WindowSettings
from visavis_agent.nodes.clock import MonotonicClock
from visavis_agent.nodes.host import Neighbours, NodeHost
from visavis_agent.nodes.loop import StageLoop

BACKSPACE, RETURN, ESCAPE, F11 = 0xFF08, 0xFF0D, 0xFF1B, 0xFFC8
"""Keysyms of X11; those of printable characters of ASCII are their codes."""


class Display:
    """An X server without a window manager, that keeps its picture in a file."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self._folder = folder
        self._size = f"{width}x{height}x24"
        self.name = ""
        self.start()

    def start(self) -> None:
        """Start the server, under the same name as before."""
        reader, writer = os.pipe()
        wanted = [self.name] if self.name else ["-displayfd", str(writer)]
        command = ["Xvfb", *wanted, "-screen", "0", self._size, "-nolisten", "tcp", "-fbdir", str(self._folder)]
        self._process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        if not self.name:
            with os.fdopen(reader) as lines:
                self.name = f":{lines.readline().strip()}"
            return
        os.close(reader)
        until(Path(f"/tmp/.X11-unix/X{self.name[1:]}").exists, 10.0, "the X server")  # noqa: S108

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        number = self.name[1:]
        for left in (f"/tmp/.X{number}-lock", f"/tmp/.X11-unix/X{number}"):  # noqa: S108 - where X servers have them
            Path(left).unlink(missing_ok=True)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def picture(self) -> np.ndarray:
        """What the display shows now: (height, width, 3) uint8 RGB, out of the XWD file of the frame buffer."""
        return frame_buffer((self._folder / "Xvfb_screen0").read_bytes())

    def press(self, *keysyms: int) -> None:
        """Press keys one after the other, as a keyboard does (XTEST)."""
        if find_library("Xtst") is None:
            pytest.skip("libXtst is not installed (Debian and Ubuntu: apt install libxtst6)")
        x11, xtest = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        connection = ctypes.c_void_p(x11.XOpenDisplay(self.name.encode()))
        for keysym in keysyms:
            code = x11.XKeysymToKeycode(connection, ctypes.c_ulong(keysym))
            for down in (1, 0):
                xtest.XTestFakeKeyEvent(connection, code, down, ctypes.c_ulong(0))
            x11.XSync(connection, 0)
        x11.XCloseDisplay(connection)


def require_display_server() -> None:
    """Skip the test where there is no Xvfb, or no SDL."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed (Debian and Ubuntu: apt install xvfb)")
    pytest.importorskip("sdl2", reason="PySDL2 is not installed: run `make env`")


class Live:
    """The window stage as it runs in a node."""

    def __init__(self, **settings: Any) -> None:
        self.said: list[tuple[Level, str]] = []
        self.records: list[Record] = []
        self._loop = StageLoop(MonotonicClock(), self._broken)
        graph = Graph(GRAPH.topics, (GRAPH.stage("window"),))
        neighbours = Neighbours(graph, self._loop)
        self.host = NodeHost(graph.stages[0], neighbours, self, MonotonicClock(), np.random.default_rng(0))
        self._loop.start()
        chosen = WindowSettings(**settings)
        self._loop.call(lambda: self.host.activate(lambda: WindowStage(chosen, self.host)))

    @property
    def pid(self) -> int | None:
        stage = self.host.stage
        assert isinstance(stage, WindowStage)
        return stage.pid

    def _broken(self, error: BaseException) -> None:
        self.said.append((Level.ERROR, f"the stage thread broke: {error!r}"))

    def publish(self, record: Record) -> None:
        self.records.append(record)

    def log(self, level: Level, message: str) -> None:
        self.said.append((level, message))

    def heard(self, level: Level, words: str) -> bool:
        return any(said is level and words in message for said, message in list(self.said))

    def wait_for(self, level: Level, words: str, seconds: float = 20.0) -> None:
        until(lambda: self.heard(level, words), seconds, f"{level.name} {words!r}; there is {self.said}")

    def give(self, *records: Record) -> None:
        for record in records:
            self._loop.post(lambda record=record: self.host.deliver(record))  # type: ignore[misc]

    def show(self, image: np.ndarray, in_ns: int = 0) -> None:
        self.give(VideoFrame(media_ns=self.host.now() + in_ns, image=image))

    def stop(self) -> None:
        self._loop.call(self.host.deactivate)
        self.host.close()
        self._loop.stop()


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
