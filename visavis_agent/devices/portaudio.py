"""PortAudio through sounddevice: devices by names that stay, times on the media clock."""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import SECOND, nanoseconds, sample_time
from visavis_agent.core.errors import DeviceError

PULSE = "pulse:"
"""Begins the name of a PulseAudio or PipeWire sink or source."""

Block = npt.NDArray[np.int16]
Callback = Callable[[Block, int, bool], None]
"""Takes a block (frames, channels), the media time of its first frame, and whether sound was lost before it."""
Begin = Callable[[int], Callback]
"""Gives the callback for a stream of a rate (Hz) that is about to start."""

_SILENT_NS = 3 * SECOND
_LATEST_NS = SECOND
_LOCK = threading.Lock()
_CARDS = Path("/proc/asound/cards")
_BLOCK_MS = {"output": 5, "input": 16}
_BAD_RATE = -9997  # paInvalidSampleRate


class SoundStream(Protocol):
    """An open device."""

    sample_rate: int

    def alive(self) -> bool:
        """Whether it still asks for sound, or brings some."""
        ...

    def close(self) -> None: ...


class SoundPort(Protocol):
    """What opens devices: PortAudio, or a stand-in of a test."""

    def open_output(self, device: str, rates: tuple[int, ...], latency_s: float, begin: Begin) -> SoundStream:
        """Start to play what the callback writes, at the first rate that the device takes (else its own).

        Raises:
            DeviceError: there is no such device, or it cannot be used now.
        """
        ...

    def open_input(self, device: str, rates: tuple[int, ...], latency_s: float, begin: Begin) -> SoundStream:
        """Start to record into the callback; see open_output."""
        ...


class HostTime:
    """Maps times of a stream's clock to the media clock.

    A callback runs somewhat after the moment that PortAudio calls "current": the least difference of the last
    callbacks belongs to the one that waited least.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._offsets: deque[int] = deque(maxlen=200)

    def map(self, current_s: float, time_s: float, otherwise_ns: int) -> int:
        """Media time of `time_s`; `otherwise_ns` from now where the device tells no sensible time."""
        now, ahead = self._now(), nanoseconds(time_s - current_s)
        if current_s <= 0.0 or abs(ahead) > _LATEST_NS:
            return now + otherwise_ns
        offset = now - nanoseconds(current_s)
        if self._offsets and abs(offset - self._offsets[-1]) > _LATEST_NS:
            self._offsets.clear()
        self._offsets.append(offset)
        return nanoseconds(current_s) + min(self._offsets) + ahead


class _Stream:
    """A running PortAudio stream."""

    def __init__(self, library: Any, now: Callable[[], int]) -> None:
        self.sample_rate = 0
        self.library = library
        self._now = now
        self._time = HostTime(now)
        self._called_ns = now()
        self._stream: Any = None
        self._callback: Callback

    def start(self, kind: str, begin: Begin, options: dict[str, Any]) -> None:
        """Open and run; raises sounddevice's errors."""
        if kind == "output":
            self._stream = self.library.OutputStream(callback=self._play, **options)
        else:
            self._stream = self.library.InputStream(callback=self._record, **options)
        self.sample_rate = round(self._stream.samplerate)
        self._callback = begin(self.sample_rate)
        try:
            self._stream.start()
        except BaseException:
            self._stream.close(ignore_errors=True)
            raise

    def alive(self) -> bool:
        fresh = self._now() - self._called_ns < _SILENT_NS
        return bool(self._stream.active) and fresh and not _List.unread

    def close(self) -> None:
        with _LOCK:
            self._stream.abort(ignore_errors=True)
            self._stream.close(ignore_errors=True)
            _open.discard(self)

    def _play(self, block: Block, frames: int, time: Any, status: Any) -> None:
        self._called_ns = self._now()
        latency = nanoseconds(self._stream.latency)
        when = self._time.map(time.currentTime, time.outputBufferDacTime, latency)
        self._callback(block, when, bool(status.output_underflow))

    def _record(self, block: Block, frames: int, time: Any, status: Any) -> None:
        self._called_ns = self._now()
        latency = nanoseconds(self._stream.latency) + sample_time(frames, self.sample_rate)
        when = self._time.map(time.currentTime, time.inputBufferAdcTime, -latency)
        self._callback(block, when, bool(status.input_overflow))


_open: set[_Stream] = set()


class _List:
    """What is known of PortAudio's list of devices."""

    cards: str | None = None
    """ALSA's sound cards when it was read."""
    unread = False
    """It is old, and open streams keep it from being read."""


class PortAudio:
    """The sound devices of this machine (SoundPort).

    PortAudio lists the devices once, and reading the list anew ends all streams. It is read anew when it is old or
    lacks a device; open streams are given up for that (their keepers open them again) only if the sound cards have
    changed.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now

    def open_output(self, device: str, rates: tuple[int, ...], latency_s: float, begin: Begin) -> SoundStream:
        return self._start("output", device, rates, latency_s, begin)

    def open_input(self, device: str, rates: tuple[int, ...], latency_s: float, begin: Begin) -> SoundStream:
        return self._start("input", device, rates, latency_s, begin)

    def _start(self, kind: str, device: str, rates: tuple[int, ...], latency_s: float, begin: Begin) -> SoundStream:
        library = _library()
        with _LOCK:
            info = _listed(library, device, kind)
            if _is_served(info["name"]) and not _server_answers():
                raise DeviceError("its sound server does not answer", "", "Is PulseAudio or PipeWire running?")
            options = {
                "device": info["index"],
                "dtype": "int16",
                "latency": latency_s,
                "channels": min(2, info[f"max_{kind}_channels"]),
            }
            stream = _Stream(library, self._now)
            with _pulse_environment(device, kind):
                _try(stream, kind, begin, options, (*rates, round(info["default_samplerate"])))
            _open.add(stream)
            return stream


def _try(stream: _Stream, kind: str, begin: Begin, options: dict[str, Any], rates: tuple[int, ...]) -> None:
    """Start the stream at the first rate that the device takes."""
    problem = ""
    for rate in dict.fromkeys(rates):
        try:
            stream.start(kind, begin, {**options, "samplerate": rate, "blocksize": rate * _BLOCK_MS[kind] // 1000})
            return
        except stream.library.PortAudioError as error:
            problem = str(error.args[0]) if error.args else str(error)
            if _BAD_RATE not in error.args:
                break
    raise DeviceError(f"it cannot be opened ({problem})", "", "Is it plugged in, and its sound server running?")


def sound_devices(kind: str) -> list[str]:
    """Names of the devices for "input" or "output" as ALSA has them now.

    Raises:
        DeviceError: PortAudio is not installed.
    """
    library = _library()
    with _LOCK:
        if not _open:
            _read_list(library)
        return [info["name"] for info in library.query_devices() if info[f"max_{kind}_channels"] > 0]


def _library() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise DeviceError(f"PortAudio is not there ({error})", "", "Install the package libportaudio2") from None
    return sounddevice


def _is_served(name: str) -> bool:
    """Whether a sound server is behind the device: always for "pulse", for "default" where there is no sound card."""
    return name == "pulse" or (name == "default" and not _cards())


def _server_answers() -> bool:
    """Whether PulseAudio (or PipeWire in its place) listens; ALSA asks the same, but complains on the terminal."""
    server = os.environ.get("PULSE_SERVER", "")
    if server and not server.startswith(("unix:", "/")):
        return True  # on another machine
    folder = os.environ.get("PULSE_RUNTIME_PATH") or f"{os.environ.get('XDG_RUNTIME_DIR', '')}/pulse"
    path = server.removeprefix("unix:") or f"{folder}/native"
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _cards() -> str:
    """ALSA's list of sound cards; empty without any."""
    text = _CARDS.read_text() if _CARDS.exists() else ""
    return "" if "no soundcards" in text else text


def _listed(library: Any, device: str, kind: str) -> dict[str, Any]:
    """The device's entry; the list is read anew where it is old or lacks it. Called with the lock held."""
    cards = _cards()
    old = _List.cards not in (None, cards)
    if _open and old:
        _List.unread = True
        raise DeviceError("the sound cards have changed", "", "The open devices are closed to look for it")
    if old:
        _read_list(library)
    _List.cards = cards
    try:
        return _find(library, device, kind)
    except DeviceError:
        if _open:
            raise
    _read_list(library)
    return _find(library, device, kind)


def _read_list(library: Any) -> None:
    _List.cards, _List.unread = _cards(), False
    library._terminate()
    library._initialize()


def _find(library: Any, device: str, kind: str) -> dict[str, Any]:
    """The device's entry in PortAudio's list.

    ALSA numbers the cards in the order in which they appear, "(hw:1,0)"; the name before it stays.
    """
    wanted = "pulse" if device.startswith(PULSE) else device
    usable = [info for info in library.query_devices() if info[f"max_{kind}_channels"] > 0]
    if not wanted:
        default = library.default.device[kind == "output"]
        found = [info for info in usable if info["index"] == default] or usable
    else:
        found = [info for info in usable if info["name"] == wanted]
        found = found or [info for info in usable if wanted.lower() in info["name"].lower()]
    if not found:
        names = ", ".join(repr(info["name"]) for info in usable) or "none"
        raise DeviceError("it is not there", "", f"Devices now: {names}")
    return found[0]


@contextmanager
def _pulse_environment(device: str, kind: str) -> Iterator[None]:
    """ALSA's PulseAudio plugin takes the sink or source from the environment when it opens it."""
    if not device.startswith(PULSE):
        yield
        return
    key = "PULSE_SINK" if kind == "output" else "PULSE_SOURCE"
    before = os.environ.get(key)
    os.environ[key] = device[len(PULSE) :]
    try:
        yield
    finally:
        if before is None:
            del os.environ[key]
        else:
            os.environ[key] = before
