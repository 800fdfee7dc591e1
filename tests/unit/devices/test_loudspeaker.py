"""A device sink plays, reports what is audible, holds, resumes, and survives its device."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.devices.stand_ins import RATE, WORD, Clock, Port, Said, Speaker, audio, sound
from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.records import Level, SinkState
from visavis_agent.devices.loudspeaker import DeviceSink


class Bench:
    """A sink at a device of 16 kHz, so that samples can be recognised."""

    def __init__(self, there: bool = True, rate: int = RATE, lead_ns: int = 60 * MS) -> None:
        self.clock, self.port, self.said = Clock(), Port(rate, there), Said()
        self.voiced: list[tuple[int, int]] = []
        self.sink = DeviceSink(
            self.port,
            self.clock,
            self.said,
            lead_ns=lead_ns,
            sounded=lambda start, end: self.voiced.append((start, end)),
        )
        self.sink.keeper.look()
        self.speaker = Speaker(self.clock)

    def run(self, duration_ns: int, every: object = None) -> None:
        self.speaker.run(self.port.stream, duration_ns, every)


def test_a_reply_sounds_whole_after_its_lead_and_when_it_was_announced() -> None:
    bench = Bench()
    bench.run(100 * MS)
    written = bench.clock.ns
    assert bench.sink.write(audio(0, 3200))
    assert bench.sink.write(audio(3200, 3200, last=True))
    announced = bench.sink.status()
    assert (announced.state, announced.sample, announced.media_ns) == (SinkState.PLAYING, 0, written + 60 * MS)
    bench.run(SECOND)
    heard = bench.speaker.pcm
    assert np.array_equal(np.trim_zeros(heard), sound(0, 6400))
    assert abs(bench.speaker.first_sound(RATE) - announced.media_ns) < sample_time(2, RATE)
    assert bench.sink.status().state is SinkState.FINISHED
    assert bench.sink.status().sample == 6400


def test_a_device_slower_than_the_lead_is_announced_as_it_is() -> None:
    bench = Bench(lead_ns=10 * MS)
    bench.run(100 * MS)
    bench.sink.write(audio(0, 3200, last=True))
    announced = bench.sink.status().media_ns
    bench.run(SECOND)
    assert abs(bench.speaker.first_sound(RATE) - announced) < sample_time(2, RATE)


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_status_tells_the_sample_that_is_audible_now(rate: int) -> None:
    bench = Bench(rate=rate)
    bench.run(100 * MS)
    bench.sink.write(audio(0, RATE, last=True))
    start = bench.sink.status().media_ns
    seen = []

    def look() -> None:
        status = bench.sink.status()
        seen.append(status.state)
        if status.state is SinkState.PLAYING:
            assert abs(start + sample_time(status.sample, RATE) - status.media_ns) <= sample_time(2, RATE)
            assert status.media_ns == max(start, bench.clock.ns)

    bench.run(1300 * MS, look)
    finished = bench.clock.ns - (len(seen) - 1 - seen.index(SinkState.FINISHED)) * 10 * MS
    assert finished - (start + SECOND) < 20 * MS  # not before the device's buffer has sounded
    assert finished >= start + SECOND


def test_a_hold_is_silent_in_time_and_resumes_at_the_word() -> None:
    bench = Bench()
    bench.run(100 * MS)
    bench.sink.write(audio(0, 2 * RATE, last=True))
    bench.run(360 * MS)
    held = bench.clock.ns
    bench.sink.hold()
    bench.run(500 * MS)
    loud = np.flatnonzero(bench.speaker.pcm)
    silent_ns = bench.speaker.start_ns + sample_time(int(loud[-1]) + 1, RATE)
    assert silent_ns <= held + 60 * MS
    status = bench.sink.status()
    assert status.state is SinkState.HELD
    bench.sink.resume()
    again = bench.sink.status()
    assert again.sample == status.sample // WORD * WORD
    before = len(bench.speaker.pcm)
    bench.run(3 * SECOND)
    rest = np.trim_zeros(bench.speaker.pcm[before:])
    expected = sound(again.sample, 2 * RATE - again.sample)
    assert len(expected) - len(rest) <= 2  # it fades in from nothing
    assert np.array_equal(rest[100:], expected[len(expected) - len(rest) :][100:])
    assert bench.sink.status().state is SinkState.FINISHED


def test_a_flush_drops_everything_and_the_next_reply_sounds() -> None:
    bench = Bench()
    bench.run(100 * MS)
    bench.sink.write(audio(0, 2 * RATE))
    bench.run(300 * MS)
    bench.sink.flush()
    assert bench.sink.status().state is SinkState.FLUSHED
    bench.run(200 * MS)
    count = len(np.flatnonzero(bench.speaker.pcm))
    bench.run(200 * MS)
    assert len(np.flatnonzero(bench.speaker.pcm)) == count
    assert bench.sink.write(audio(0, 1600, last=True))
    bench.run(400 * MS)
    assert np.array_equal(np.trim_zeros(bench.speaker.pcm)[-1600:], sound(0, 1600))


def test_a_cut_before_the_first_sample_is_silent() -> None:
    bench = Bench()
    bench.run(100 * MS)
    bench.sink.write(audio(0, RATE))
    bench.sink.hold()
    bench.run(300 * MS)
    assert not bench.speaker.pcm.any()


def test_a_voice_that_runs_dry_says_so_and_goes_on() -> None:
    bench = Bench()
    bench.run(100 * MS)
    bench.sink.write(audio(0, 1600))
    bench.run(400 * MS)
    dry = bench.sink.status()
    assert (dry.state, dry.starved, dry.sample) == (SinkState.PLAYING, True, 1600)
    bench.sink.write(audio(1600, 1600, last=True))
    again = bench.sink.status()
    assert (again.starved, again.sample, again.media_ns) == (False, 1600, bench.clock.ns + 60 * MS)
    bench.run(400 * MS)
    assert bench.sink.status().state is SinkState.FINISHED
    assert np.array_equal(bench.speaker.pcm[bench.speaker.pcm != 0], sound(0, 3200))


def test_a_full_sink_and_another_stream_have_to_wait() -> None:
    bench = Bench()
    assert bench.sink.write(audio(0, 3 * RATE))
    assert not bench.sink.write(audio(3 * RATE, 100))
    other = audio(0, 100, reply=audio(0, 1).id.next_turn())
    assert not bench.sink.write(other)


def test_the_reply_goes_on_in_silence_while_the_device_is_lost_and_is_heard_again() -> None:
    bench = Bench()
    bench.run(100 * MS)
    bench.sink.write(audio(0, 2 * RATE))
    bench.sink.write(audio(2 * RATE, 2 * RATE, last=True))
    bench.run(500 * MS)
    bench.port.there = False
    bench.port.stream.well = False
    bench.sink.keeper.look()
    assert not bench.sink.there
    assert bench.port.stream.closed
    before = bench.sink.status().sample
    bench.clock.ns += SECOND
    assert abs(bench.sink.status().sample - before - RATE) < RATE // 20
    bench.port.there = True
    bench.sink.keeper.look()
    bench.run(500 * MS)
    assert bench.sink.there
    back = bench.sink.status()
    assert back.state is SinkState.PLAYING
    bench.run(4 * SECOND)
    assert bench.sink.status().state is SinkState.FINISHED
    assert np.array_equal(np.trim_zeros(bench.speaker.pcm)[-1600:], sound(0, 4 * RATE)[-1600:])
    assert [level for level, _ in bench.said.all] == [Level.ERROR, Level.WARN, Level.OK]


def test_without_a_device_a_reply_takes_its_time() -> None:
    bench = Bench(there=False)
    bench.sink.write(audio(0, RATE, last=True))
    start = bench.sink.status().media_ns
    assert start == bench.clock.ns + 60 * MS
    for _ in range(40):
        bench.clock.ns += 20 * MS
        status = bench.sink.status()
        assert status.state is SinkState.PLAYING
    bench.clock.ns = start + SECOND + 20 * MS
    assert bench.sink.status().state is SinkState.FINISHED
    assert "it is not there. Plug it in" in bench.said.text


def test_an_idle_sink_without_a_device_does_not_play_the_past() -> None:
    bench = Bench(there=False)
    bench.sink.status()
    bench.clock.ns += 3600 * SECOND
    bench.sink.write(audio(0, RATE, last=True))
    assert abs(bench.sink.status().media_ns - bench.clock.ns - 60 * MS) < MS


def test_a_device_of_another_rate_takes_over_for_the_next_reply() -> None:
    bench = Bench(rate=48_000)
    bench.run(50 * MS)
    bench.port.rate = 44_100
    bench.port.stream.well = False
    bench.sink.keeper.look()
    assert bench.port.stream.sample_rate == 44_100
    bench.sink.write(audio(0, RATE, last=True))
    bench.speaker = Speaker(bench.clock)
    bench.run(1300 * MS)
    assert abs(len(np.trim_zeros(bench.speaker.pcm)) - 44_100) < 100


def test_underruns_of_the_voice_are_counted_and_told_now_and_then() -> None:
    bench = Bench()
    for _ in range(20):
        bench.port.stream.play(160, bench.clock.ns, torn=True)
        bench.clock.ns += 10 * MS
    assert bench.sink.underruns == 0
    bench.sink.write(audio(0, RATE, last=True))
    bench.run(100 * MS)
    for _ in range(19):
        bench.port.stream.play(160, bench.clock.ns + 30 * MS, torn=True)
        bench.clock.ns += 10 * MS
    assert bench.sink.underruns == 19
    assert len(bench.said.all) == 5


def test_it_tells_when_the_voice_is_audible() -> None:
    bench = Bench()
    bench.run(100 * MS)
    assert not bench.voiced
    bench.sink.write(audio(0, 3200, last=True))
    start = bench.sink.status().media_ns
    bench.run(500 * MS)
    assert abs(bench.voiced[0][0] - start) <= 10 * MS
    assert abs(bench.voiced[-1][1] - start - 200 * MS) <= 10 * MS
