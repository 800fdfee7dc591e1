"""Keeps a device open: it may be missing at the start, get lost, and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from visavis_agent.core.errors import DeviceError
from visavis_agent.core.records import Level

RETRY_S = 1.0
_WATCH_S = 0.2


class Device(Protocol):
    """Something that is open, and may stop to work."""

    def alive(self) -> bool: ...

    def close(self) -> None: ...


D = TypeVar("D", bound=Device)
Report = Callable[[Level, str], None]


class Keeper(Generic[D]):
    """Opens a device and watches it, on a thread of its own; tries each second while it is not there.

    Args:
        name: what people call it, with an article.
        open: opens it; raises DeviceError.
        report: takes what is to be said, on any thread.
        missed: how bad it is when it is not there from the start.
    """

    def __init__(self, name: str, open: Callable[[], D], report: Report, missed: Level = Level.WARN) -> None:
        self.name = name
        self.losses = 0
        self._open = open
        self._report = report
        self._missed = missed
        self._device: D | None = None
        self._problem = ""
        self._found = 0
        self._stopping = threading.Event()
        self._tried = threading.Event()
        self._thread: threading.Thread | None = None
        self._looked_ns: int | None = None

    @property
    def device(self) -> D | None:
        """The open device; None while there is none."""
        return self._device

    @property
    def looked_ns(self) -> int | None:
        """When it last came round, CLOCK_MONOTONIC; None while it does not watch. A driver may hold it for ever."""
        return self._looked_ns

    def start(self) -> None:
        self._looked_ns = time.monotonic_ns()
        self._stopping.clear()
        self._tried.clear()
        self._thread = threading.Thread(target=self._run, name=f"keeper of {self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the device and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._thread = self._looked_ns = None

    def wait(self, timeout_s: float) -> bool:
        """Wait until the device was tried for the first time; whether it is there."""
        self._tried.wait(timeout_s)
        return self._device is not None

    def _run(self) -> None:
        while True:
            self.look()
            self._looked_ns = time.monotonic_ns()
            self._tried.set()
            if self._stopping.wait(_WATCH_S if self._device is not None else RETRY_S):
                break
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def look(self) -> None:
        """See whether the device is there and well; open it if it is not."""
        device = self._device
        if device is not None and device.alive():
            return
        if device is not None:
            self._device = None
            self.losses += 1
            self._report(Level.ERROR, f"{self.name} was lost (loss {self.losses}); it is tried again each second")
            device.close()
        try:
            self._device = self._open()
        except DeviceError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self._report(self._missed, f"{self.name}: {error}")
            return
        missed, self._problem = self._problem, ""
        self._found += 1
        if self.losses:
            self._report(Level.OK, f"{self.name} is back (after loss {self.losses})")
        elif missed or self._found > 1:
            self._report(Level.OK, f"{self.name} is there")
