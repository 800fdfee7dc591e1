from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from visavis_agent.core.clock import MS
from visavis_agent.core.errors import DeviceError
from visavis_agent.evaluation.loopback import RATE, Loopback, Recording


def test_without_pulseaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda command: None if command == "parec" else f"/usr/bin/{command}")
    with pytest.raises(DeviceError, match=r"parec is not installed.*pulseaudio-utils"):
        Loopback()


def test_the_piece_that_came_soonest_tells_the_time_of_a_recording() -> None:
    arrivals = iter([110 * MS, 117 * MS, 130 * MS])  # 10 ms each, recorded from 97 ms on
    out, into = os.pipe()
    recording = Recording(os.fdopen(out, "rb", buffering=0), lambda: next(arrivals))
    piece = np.ones(RATE // 100, "<i2").tobytes()
    with os.fdopen(into, "wb", buffering=0) as pipe:
        for count in range(1, 4):
            pipe.write(piece)
            while len(recording.pcm) < count * RATE // 100:
                recording.wait()
    recording.join()
    assert recording.start_ns == 97 * MS
    assert recording.time(RATE // 10) == 197 * MS
    assert recording.sample(197 * MS) == RATE // 10
