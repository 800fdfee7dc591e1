from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from visavis_agent.core.errors import DeviceError
from visavis_agent.evaluation import loopback, virtual_display
from visavis_agent.evaluation.sync_live import measure
from visavis_agent.evaluation.virtual_display import Looks, VirtualDisplay, frame_buffer, looking


def test_the_picture_of_a_frame_buffer_is_read_whole() -> None:
    width, height, row, size, colours = 3, 2, 16, 100, 1
    header = np.zeros(25, ">u4")
    header[[0, 4, 5, 12, 19]] = size, width, height, row, colours
    pixels = np.zeros((height, row), np.uint8)
    pixels[1, 8:11] = 30, 20, 10  # blue, green, red of the last pixel
    picture = frame_buffer(header.tobytes() + bytes(12 * colours) + pixels.tobytes())
    assert picture.shape == (height, width, 3)
    assert picture[1, 2].tolist() == [10, 20, 30] and int(picture.sum()) == 60


def test_each_change_of_a_spot_is_seen_once_and_in_order() -> None:
    spot, ticks = np.zeros((2, 2, 3), np.uint8), itertools.count(1)

    def seen(looks: Looks, count: int) -> bool:
        deadline = time.monotonic() + 10.0
        while len(looks.times) < count and time.monotonic() < deadline:
            time.sleep(0.001)
        return len(looks.times) == count

    with looking(spot, 128, lambda: 10 * next(ticks)) as looks:
        for number, level in enumerate((0, 250, 240, 5, 200)):
            spot[:] = level
            assert seen(looks, (1, 2, 2, 3, 4)[number])
    assert looks.bright == [False, True, False, True]
    assert looks.times == sorted(set(looks.times))


def test_without_a_display_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_display.shutil, "which", lambda program: None)
    with pytest.raises(DeviceError, match="Install the package xvfb"):
        VirtualDisplay(100, 100)


def test_what_cannot_be_measured_here_is_none_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback.shutil, "which", lambda program: None)
    measured = measure(1.0, 1, 0)
    assert measured.figures == {"window": None, "page": None}
    assert any("pulseaudio is not installed" in note for note in measured.notes)
