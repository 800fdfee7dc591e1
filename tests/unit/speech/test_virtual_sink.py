from __future__ import annotations

import numpy as np
import pytest

from tests.unit.speech.test_player import RATE, piece
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import SinkState, WordMark
from visavis_agent.speech.sound import resample
from visavis_agent.speech.virtual_sink import VirtualSink

LEAD = 60 * MS


class Clock:
    def __init__(self) -> None:
        self.time = 0

    def __call__(self) -> int:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sink(clock: Clock) -> VirtualSink:
    return VirtualSink(clock, LEAD, record=True)


def test_it_is_idle_before_anything_came(sink: VirtualSink) -> None:
    assert sink.status().state is SinkState.IDLE


def test_the_start_is_announced_ahead_of_its_first_sample(sink: VirtualSink, clock: Clock) -> None:
    clock.time = 5 * MS
    sink.write(piece(0, 1000))
    status = sink.status()
    assert (status.state, status.media_ns, status.sample) == (SinkState.PLAYING, 65 * MS, 0)
    assert not sink.audible


def test_every_sample_is_kept_with_its_media_time(sink: VirtualSink, clock: Clock) -> None:
    sink.write(piece(0, 1600))
    for clock.time in range(0, 200 * MS, 7 * MS):
        sink.status()
    clock.time = 300 * MS
    sink.write(piece(1600, 1600, last=True))
    clock.time = SECOND
    first, second = sink.audible
    assert (first.media_ns, first.first_sample, first.count) == (LEAD, 0, 1600)
    assert (second.media_ns, second.first_sample, second.count) == (300 * MS + LEAD, 1600, 1600)
    assert np.array_equal(np.concatenate([first.pcm, second.pcm]), piece(0, 3200).pcm)
    assert sink.status().state is SinkState.FINISHED


def test_a_full_sink_refuses_and_takes_more_later(sink: VirtualSink, clock: Clock) -> None:
    assert sink.write(piece(0, 3 * RATE))
    assert not sink.write(piece(3 * RATE, 10))
    clock.time = 2 * SECOND
    assert sink.write(piece(3 * RATE, 10))


def test_a_hold_before_the_first_sample_is_silent(sink: VirtualSink, clock: Clock) -> None:
    sink.write(piece(0, 1000))
    clock.time = 30 * MS
    sink.hold()
    clock.time = SECOND
    assert not sink.audible
    sink.resume()
    assert (sink.status().media_ns, sink.status().sample) == (SECOND + LEAD, 0)


def test_a_flush_rings_out_for_20_ms(sink: VirtualSink, clock: Clock) -> None:
    sink.write(piece(0, 16_000))
    clock.time = LEAD + 100 * MS
    sink.flush()
    clock.time = SECOND
    [run] = sink.audible
    assert (run.count, run.fading) == (1600 + 320, 320)
    assert sink.status().state is SinkState.FLUSHED


def test_the_recording_is_the_sound_at_its_time(sink: VirtualSink, clock: Clock) -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16)
    sink.write(_with(piece(0, RATE, last=True), tone))
    clock.time = 2 * SECOND
    recording = sink.take_recording(2 * SECOND)
    assert (len(recording), recording.dtype) == (96_000, np.int16)
    lead = 48 * 60
    assert not recording[: lead - 20].any()
    expected = resample(tone, RATE, 48_000)
    assert np.abs(recording[lead : lead + 48_000] - expected).max() <= 1
    middle = 8000 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    assert np.abs(recording[lead + 500 : lead + 47_500] - middle[500:47_500]).max() < 40
    assert not sink.take_recording(2 * SECOND).any()


def test_a_cut_recording_ends_where_it_was_asked_to(sink: VirtualSink, clock: Clock) -> None:
    sink.write(piece(0, RATE, last=True, words=(WordMark("a", 0, 10),)))
    clock.time = 500 * MS
    assert len(sink.take_recording(500 * MS, 16_000)) == 8000


def _with(audio: object, pcm: np.ndarray) -> object:
    from dataclasses import replace

    return replace(audio, pcm=pcm)  # type: ignore[type-var]
