from __future__ import annotations

import numpy as np

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.devices.portaudio import HostTime
from visavis_agent.devices.sample_clock import SampleClock

RATE = 48_000
BLOCK = 480


def test_jitter_of_the_reports_is_averaged() -> None:
    rng = np.random.default_rng(1)
    clock = SampleClock(RATE)
    errors = []
    for i in range(300):
        clock.report(i * BLOCK, i * 10 * MS + int(rng.normal(0, 2 * MS)))
        if i > 60:
            errors.append(clock.time(i * BLOCK) - i * 10 * MS)
    assert np.abs(errors).max() < 2 * MS
    assert abs(clock.frame(3 * SECOND) - 3 * RATE) < 2 * RATE // 1000


def test_frame_and_time_are_each_other_s_inverse() -> None:
    clock = SampleClock(RATE)
    for i in range(200):
        clock.report(i * BLOCK, 7 * SECOND + i * 10 * MS)
    for frame in (90_000, 95_520, 99_999):
        assert clock.frame(clock.time(frame)) == frame


def test_a_jump_is_followed_at_once() -> None:
    clock = SampleClock(RATE)
    assert not clock.report(0, 0)
    for i in range(1, 100):
        assert not clock.report(i * BLOCK, i * 10 * MS)
    assert clock.report(100 * BLOCK, 1000 * MS + 40 * MS)
    assert clock.time(100 * BLOCK) == 1040 * MS


def test_a_torn_stream_starts_afresh_even_without_a_jump() -> None:
    clock = SampleClock(RATE)
    for i in range(60):
        clock.report(i * BLOCK, i * 10 * MS)
    assert clock.report(60 * BLOCK, 605 * MS, torn=True)
    assert clock.time(60 * BLOCK) == 605 * MS


def test_the_callback_that_waited_least_tells_the_offset_of_the_clocks() -> None:
    now = [0]
    time = HostTime(lambda: now[0])
    for i in range(50):
        current = 100.0 + 0.01 * i
        waited = (i * 7 % 5) * MS  # ms between PortAudio's "current" and the callback
        now[0] = round(i * 10 * MS) + waited
        mapped = time.map(current, current + 0.03, 0)
        if i >= 5:
            assert abs(mapped - (i * 10 * MS + 30 * MS)) < 1000


def test_a_device_without_times_is_believed_its_latency() -> None:
    time = HostTime(lambda: 5 * SECOND)
    assert time.map(0.0, 0.0, 20 * MS) == 5 * SECOND + 20 * MS
    assert time.map(10.0, 400.0, 20 * MS) == 5 * SECOND + 20 * MS
