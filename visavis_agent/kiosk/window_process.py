"""The window's own process: `python -m visavis_agent.kiosk.window_process SETTINGS DESCRIPTOR`.

A process of its own, because what shows pictures ends the process that it fails in: Xlib calls exit() when its server
goes away, and a graphics driver may crash. It reads from the socket DESCRIPTOR, sleeps while nothing is due, and ends
when the socket closes, so it cannot outlive who started it. With `--probe` instead of a descriptor it says whether
there is a display, and ends.

Messages are JSON, one a packet. It takes
    buffer {number, width, height, slots} with a descriptor of shared memory: slots of height × width × 4 bytes, BGRA;
    frame {number, slot, media_ns}; state {phase, held}; words and playback of kiosk.captions; notice {text};
and sends
    open {display, driver, renderer, width, height}; problem {what}; free {number, slots}; typed {text}; closed.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import select
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from visavis_agent.core.errors import DeviceError, VisavisError
from visavis_agent.core.settings import read_settings
from visavis_agent.kiosk.window_frames import DueFrames
from visavis_agent.kiosk.window_layers import Layers
from visavis_agent.kiosk.window_settings import WindowSettings
from visavis_agent.kiosk.window_text import TextLine

if TYPE_CHECKING:
    from visavis_agent.kiosk.window_screen import Displays, Event, Screen

TITLE = "visavis"
LARGEST_PACKET = 1 << 17
_RETRY_S = 1.0
_LONGEST_SLEEP_NS = 50_000_000
"""Keys and captions wait no longer than that."""
_POINTER_NS = 3_000_000_000
_REMEDY = "Run `make env`, or install PySDL2 and pysdl2-dll"


class GoneError(Exception):
    """Whoever started this process is gone, or wants it to end."""


class Line:
    """The socket to the stage."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def send(self, **message: Any) -> None:
        try:
            self._socket.send(json.dumps(message).encode())
        except OSError:
            raise GoneError from None

    def wait(self, seconds: float) -> bool:
        """Sleep until a message is there, at most so long; whether one is there."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def receive(self) -> tuple[dict[str, Any], list[int]]:
        """The next message, and the descriptors that came with it."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, LARGEST_PACKET, 1)
        except OSError:
            raise GoneError from None
        if not data:
            raise GoneError
        message: dict[str, Any] = json.loads(data)
        return message, descriptors


class Pictures:
    """The shared memory with the pictures, and which of them is due."""

    def __init__(self, lead_ns: int) -> None:
        self._frames = DueFrames(lead_ns)
        self._number = -1
        self._address = 0
        self.size = (0, 0)
        self._memory: mmap.mmap | None = None

    def replace(self, message: dict[str, Any], descriptor: int) -> None:
        """Other memory from now on; the old one goes with its last reference."""
        self._frames.clear()
        self._number, self.size = message["number"], (message["width"], message["height"])
        self._memory = mmap.mmap(descriptor, self._stride * message["slots"])
        os.close(descriptor)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))

    @property
    def _stride(self) -> int:
        return self.size[0] * self.size[1] * 4

    def add(self, message: dict[str, Any], line: Line) -> None:
        if message["number"] == self._number:
            self._free(self._frames.add(message["media_ns"], message["slot"]), line)

    def load_due(self, now_ns: int, screen: Screen, line: Line) -> bool:
        """Hand the picture that is due to the screen; False when there is no new one."""
        slot, late = self._frames.due(now_ns)
        if slot is not None:
            screen.load(self._address + slot * self._stride, self.size)
            self._free([*late, slot], line)
        return slot is not None

    def wait_ns(self, now_ns: int) -> int:
        wait = self._frames.wait_ns(now_ns)
        return _LONGEST_SLEEP_NS if wait is None else min(wait, _LONGEST_SLEEP_NS)

    def _free(self, slots: list[int], line: Line) -> None:
        if slots:
            line.send(type="free", number=self._number, slots=slots)


class Presenter:
    """Shows the pictures in time, takes keys."""

    def __init__(self, settings: WindowSettings, line: Line, screen: Screen) -> None:
        self._settings = settings
        self._line = line
        self._screen = screen
        self._pictures = Pictures(round(settings.frame_lead_ms * 1e6))
        self._typed = TextLine()
        self._layers = Layers(settings)
        self._pointer_until_ns = 0
        self._dirty = True

    def run(self) -> None:
        """Until the window is closed, or nobody is there any more (GoneError)."""
        while not any([self._event(event) for event in self._screen.events()]):  # noqa: C419 - all of them
            now = time.monotonic_ns()
            self._dirty |= self._pictures.load_due(now, self._screen, self._line)
            self._dirty |= self._layers.caption(now)
            self._pointer(now)
            if self._dirty:
                self._dirty = False
                self._layers.draw(self._screen, self._typed.text)
            self._listen()

    def _listen(self) -> None:
        """Sleep until a message comes or a picture is due; take all messages that are there."""
        seconds = self._pictures.wait_ns(time.monotonic_ns()) / 1e9
        while self._line.wait(seconds):
            self._message(*self._line.receive())
            seconds = 0.0

    def _message(self, message: dict[str, Any], descriptors: list[int]) -> None:
        kind = message["type"]
        if kind == "frame":
            self._pictures.add(message, self._line)
        elif kind == "buffer":
            self._pictures.replace(message, descriptors[0])
        else:
            self._dirty |= self._layers.take(message)

    def _event(self, event: Event) -> bool:
        """Take an event of the window; whether the window shall close."""
        from visavis_agent.kiosk.window_screen import Closed, Exposed, Key, Moved

        if isinstance(event, Key):
            self._key(event.name, event.text)
        elif isinstance(event, Moved):
            self._pointer_until_ns = time.monotonic_ns() + _POINTER_NS
        elif isinstance(event, Exposed):
            self._dirty = True
        return isinstance(event, Closed) and not self._screen.full_screen

    def _key(self, name: str, text: str) -> None:
        self._dirty = True
        if name == "full":
            self._screen.change_full_screen()
        elif not self._settings.keyboard:
            return
        elif name == "text":
            self._typed.write(text)
        elif name == "erase":
            self._typed.erase()
        elif name == "escape":
            self._typed.empty()
        elif name == "enter":
            line = self._typed.take()
            if line:
                self._line.send(type="typed", text=line)

    def _pointer(self, now_ns: int) -> None:
        self._screen.show_pointer(now_ns < self._pointer_until_ns)


def _opened(settings: WindowSettings, line: Line) -> tuple[Displays, Screen]:
    """The window; waits until there is a display for it, and says why it waits."""
    from visavis_agent.kiosk.window_screen import Displays, Screen

    said = ""
    while True:
        try:
            displays = Displays(settings)
            try:
                return displays, Screen(settings, displays, TITLE)
            except DeviceError:
                displays.close()
                raise
        except DeviceError as error:
            if error.what != said:
                said = error.what
                line.send(type="problem", what=f"{error.what}. {error.remedy}")
        if line.wait(_RETRY_S):
            line.receive()


def _show(settings: WindowSettings, line: Line) -> None:
    displays, screen = _opened(settings, line)
    try:
        width, height = screen.size
        about = {"display": displays.name, "driver": displays.driver, "renderer": screen.renderer}
        line.send(type="open", **about, width=width, height=height)
        Presenter(settings, line, screen).run()
        line.send(type="closed")
    finally:
        screen.close()
        displays.close()


def _probe(settings: WindowSettings) -> int:
    """Print what is wrong, nothing where there is a display."""
    try:
        from visavis_agent.kiosk.window_screen import Displays

        Displays(settings).close()
    except DeviceError as error:
        print(json.dumps([error.what, error.where, error.remedy]))
    except ImportError as error:
        print(json.dumps([f"SDL cannot be loaded ({error})", "window", _REMEDY]))
    return 0


def main() -> int:
    """0 when the window was closed, or nobody is there any more."""
    settings = read_settings(WindowSettings, json.loads(sys.argv[1]))
    if sys.argv[2] == "--probe":
        return _probe(settings)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    line = Line(int(sys.argv[2]))
    try:
        try:
            _show(settings, line)
        except VisavisError as error:
            line.send(type="problem", what=str(error))
            return 1
        except ImportError as error:
            line.send(type="problem", what=f"SDL cannot be loaded ({error}). {_REMEDY}")
            while True:
                line.receive()
    except GoneError:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
