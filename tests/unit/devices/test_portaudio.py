"""How a device is chosen from PortAudio's list and opened, against a stand-in of the library."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.unit.devices.stand_ins import Clock
from visavis_agent.core.clock import MS
from visavis_agent.core.errors import DeviceError
from visavis_agent.devices import portaudio
from visavis_agent.devices.portaudio import Callback, PortAudio, sound_devices


class PortAudioError(Exception):
    pass


class Stream:
    """A stream of the library; `opened` remembers with what."""

    def __init__(self, library: Library, callback: Any, options: dict[str, Any]) -> None:
        library.opened.append((options, os.environ.get("PULSE_SINK")))
        if options["samplerate"] not in library.rates:
            raise PortAudioError("Invalid sample rate", -9997)
        self.callback = callback
        self.samplerate = float(options["samplerate"])
        self.latency = 0.03
        self.active = True

    def start(self) -> None:
        pass

    def abort(self, ignore_errors: bool) -> None:
        self.active = False

    def close(self, ignore_errors: bool) -> None:
        self.active = False


class Library:
    """What is used of sounddevice."""

    PortAudioError = PortAudioError

    def __init__(self, *names: str) -> None:
        self.names = names
        self.rates = (16_000, 44_100, 48_000)
        self.opened: list[tuple[dict[str, Any], str | None]] = []
        self.default = SimpleNamespace(device=(0, 0))
        self.begun = 0

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "index": i,
                "max_output_channels": 32,
                "max_input_channels": 1 if "webcam" in name else 0,
                "default_samplerate": 44_100.0,
            }
            for i, name in enumerate(self.names)
        ]

    def OutputStream(self, callback: Any, **options: Any) -> Stream:  # noqa: N802
        return Stream(self, callback, options)

    InputStream = OutputStream

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        self.begun += 1


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Library:
    made = Library("HDA Intel PCH: ALC (hw:0,0)", "USB webcam: Audio (hw:1,0)", "pulse", "default")
    monkeypatch.setattr(portaudio, "_library", lambda: made)
    monkeypatch.setattr(portaudio, "_open", set())
    monkeypatch.setattr(portaudio._List, "cards", None)
    monkeypatch.setattr(portaudio._List, "unread", False)
    cards = tmp_path / "cards"
    cards.write_text(" 0 [PCH]: HDA-Intel\n")
    monkeypatch.setattr(portaudio, "_CARDS", cards)
    monkeypatch.setenv("PULSE_SERVER", str(tmp_path / "nothing"))
    return made


def begin(rate: int) -> Callback:
    return lambda block, media_ns, torn: None


def open_output(device: str, rates: tuple[int, ...] = (48_000,)) -> portaudio.SoundStream:
    return PortAudio(Clock()).open_output(device, rates, 0.03, begin)


@pytest.mark.parametrize(("device", "index"), [("usb WEBCAM", 1), ("HDA Intel", 0), ("default", 3), ("", 0)])
def test_a_device_is_found_by_a_part_of_its_name(library: Library, device: str, index: int) -> None:
    stream = open_output(device)
    assert library.opened[-1][0]["device"] == index
    assert library.opened[-1][0]["channels"] == 2
    stream.close()


def test_a_missing_device_is_told_with_those_that_are_there(library: Library) -> None:
    with pytest.raises(DeviceError, match="USB webcam"):
        open_output("Jabra")


def test_only_devices_of_the_direction_are_taken(library: Library) -> None:
    PortAudio(Clock()).open_input("", (16_000,), 0.03, begin).close()
    assert (library.opened[-1][0]["device"], library.opened[-1][0]["channels"]) == (1, 1)
    with pytest.raises(DeviceError):
        PortAudio(Clock()).open_input("HDA", (16_000,), 0.03, begin)
    assert sound_devices("input") == ["USB webcam: Audio (hw:1,0)"]


def test_the_first_rate_that_the_device_takes_is_used(library: Library) -> None:
    library.rates = (44_100,)
    stream = open_output("HDA", (48_000, 16_000))
    assert stream.sample_rate == 44_100
    library.rates = ()
    with pytest.raises(DeviceError, match="Invalid sample rate"):
        open_output("HDA")


def test_a_name_of_pulseaudio_is_passed_on_and_forgotten(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PULSE_SINK", raising=False)
    with pytest.raises(DeviceError, match="sound server does not answer"):
        open_output("pulse:hall")
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'native'}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "native"))
        server.listen()
        open_output("pulse:hall")
    assert (library.opened[-1][0]["device"], library.opened[-1][1]) == (2, "hall")
    assert "PULSE_SINK" not in os.environ


def test_the_list_is_read_anew_for_a_missing_device(library: Library) -> None:
    open_output("HDA").close()
    assert library.begun == 0
    with pytest.raises(DeviceError):
        open_output("Jabra")
    assert library.begun == 1


def test_an_open_stream_is_given_up_only_when_the_cards_have_changed(library: Library) -> None:
    stream = open_output("HDA")
    with pytest.raises(DeviceError):
        open_output("Jabra")
    assert stream.alive()
    portaudio._CARDS.write_text(" 0 [PCH]: HDA-Intel\n 1 [USB]: Jabra\n")
    with pytest.raises(DeviceError):
        open_output("Jabra")
    assert not stream.alive()
    assert library.begun == 0
    stream.close()
    library.names = (*library.names, "Jabra: USB Audio (hw:2,0)")
    assert open_output("HDA").alive()
    assert open_output("Jabra").alive()
    assert library.begun == 1


def test_a_stream_without_callbacks_is_not_alive(library: Library) -> None:
    clock = Clock()
    stream = PortAudio(clock).open_output("HDA", (48_000,), 0.03, begin)
    assert stream.alive()
    clock.ns += 4000 * MS
    assert not stream.alive()
    inner = stream._stream  # type: ignore[attr-defined]
    time = SimpleNamespace(currentTime=0.0, outputBufferDacTime=0.0)
    inner.callback(np.zeros((480, 2), np.int16), 480, time, SimpleNamespace(output_underflow=False))
    assert stream.alive()
    inner.active = False
    assert not stream.alive()
