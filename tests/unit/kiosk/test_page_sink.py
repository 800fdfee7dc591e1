from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, SinkState, SpeechAudio, WordMark
from visavis_agent.kiosk.page_sink import PageSink
from visavis_agent.kiosk.wire import END, unpacked

RATE = 16_000
ONE = ReplyId(1, 1, 0)


@dataclass
class Page:
    """Collects what the sink sends."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    packets: list[bytes] = field(default_factory=list)

    def send_json(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    def send_bytes(self, data: bytes) -> None:
        self.packets.append(data)

    def samples(self, run: int) -> list[tuple[int, int, int]]:
        """(first sample, count, flags) of the packets of a run."""
        found = [unpacked(packet) for packet in self.packets]
        return [(p.stamp, len(p.payload) // 2, p.flags) for p in found if p.number == run]


class Clock:
    def __init__(self) -> None:
        self.ns = 5 * SECOND

    def __call__(self) -> int:
        return self.ns

    def tick(self, ms: float) -> None:
        self.ns += round(ms * MS)


def piece(first_ms: int, length_ms: int = 200, last: bool = False, id: ReplyId = ONE, words: Any = ()) -> SpeechAudio:
    pcm = np.arange(length_ms * RATE // 1000, dtype=np.int16)
    first = first_ms * RATE // 1000
    return SpeechAudio(
        media_ns=0,
        id=id,
        lane=Lane.REPLY,
        clause=0,
        sample_rate=RATE,
        first_sample=first,
        pcm=pcm,
        last=last,
        words=words,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def sink(clock: Clock, page: Page) -> PageSink:
    sink = PageSink(clock, 60 * MS)
    sink.attach(page)
    return sink


def test_a_reply_is_announced_before_it_sounds(sink: PageSink, clock: Clock, page: Page) -> None:
    assert sink.write(piece(0))
    (start,) = page.messages
    assert (start["type"], start["sample"], start["rate"]) == ("start", 0, RATE)
    assert start["mono_ms"] == pytest.approx((clock.ns + 60 * MS) / MS)
    status = sink.status()
    assert (status.state, status.sample, status.media_ns) == (SinkState.PLAYING, 0, clock.ns + 60 * MS)


def test_a_page_of_long_latency_gets_a_longer_lead(sink: PageSink, clock: Clock, page: Page) -> None:
    sink.set_latency(100 * MS)
    sink.write(piece(0))
    assert page.messages[0]["mono_ms"] > (clock.ns + 100 * MS) / MS


def test_the_delay_of_the_pictures_is_told_until_the_page_goes(sink: PageSink, page: Page) -> None:
    sink.set_picture_delay(30 * MS)
    sink.write(piece(0))
    assert sink.status().picture_delay_ns == 30 * MS
    sink.detach()
    assert sink.status().picture_delay_ns == 0


def test_pieces_go_to_the_page_once_and_the_last_is_marked(sink: PageSink, page: Page) -> None:
    sink.write(piece(0))
    sink.write(piece(200, last=True))
    assert page.samples(1) == [(0, 3200, 0), (3200, 3200, END)]


def test_the_position_follows_the_page(sink: PageSink, clock: Clock, page: Page) -> None:
    sink.write(piece(0, 1000, last=True))
    clock.tick(60 + 200)
    sink.report(1, 100 * RATE / 1000, clock.ns)  # the page began 100 ms late
    clock.tick(100)
    status = sink.status()
    assert status.media_ns - clock.ns == pytest.approx(0, abs=MS)
    assert status.sample == pytest.approx(200 * RATE / 1000, abs=20)


def test_noise_of_reports_is_smoothed(sink: PageSink, clock: Clock) -> None:
    sink.write(piece(0, 2000, last=True))
    clock.tick(60)
    sink.report(1, 0.0, clock.ns)
    for step in range(1, 20):
        clock.tick(50)
        noise = (-1) ** step * 4 * MS
        sink.report(1, step * 50 * RATE / 1000, clock.ns + noise)
    status = sink.status()
    due = 19 * 50 * RATE / 1000
    assert abs(status.sample - due) < 0.001 * RATE


@pytest.mark.parametrize(
    ("run", "sample", "late_s"), [(7, 0.0, 0.0), (1, 0.0, 3600.0), (1, 1e9, 0.0), (0, 100.0, 0.0), (1, -1e9, 0.0)]
)
def test_absurd_reports_change_nothing(sink: PageSink, clock: Clock, run: int, sample: float, late_s: float) -> None:
    sink.write(piece(0, 1000))
    clock.tick(260)
    before = sink.status()
    sink.report(run, sample, clock.ns + round(late_s * SECOND))
    assert sink.status().sample == before.sample


def test_hold_stops_the_run_and_resume_begins_one_at_the_word(sink: PageSink, clock: Clock, page: Page) -> None:
    words = (WordMark("ten", 0, 4800), WordMark("o'clock", 4800, 16_000))
    sink.write(piece(0, 1000, last=True, words=words))
    clock.tick(60 + 500)
    sink.hold()
    assert page.messages[-1] == {"type": "stop", "run": 1}
    held = sink.status()
    clock.tick(1000)
    assert (held.state, sink.status().sample) == (SinkState.HELD, held.sample)
    sink.resume()
    assert (page.messages[-1]["type"], page.messages[-1]["run"], page.messages[-1]["sample"]) == ("start", 2, 4800)
    assert page.samples(2) == [(0, 16_000, END)]
    clock.tick(60 + 700 + 1)
    assert sink.status().state is SinkState.FINISHED


def test_flush_ends_it_and_the_next_reply_begins_anew(sink: PageSink, clock: Clock, page: Page) -> None:
    sink.write(piece(0, 1000))
    clock.tick(200)
    sink.flush()
    assert sink.status().state is SinkState.FLUSHED
    assert page.messages[-1] == {"type": "stop", "run": 1}
    assert sink.write(piece(0, 200, last=True, id=ReplyId(1, 2, 0)))
    assert page.samples(2) == [(0, 3200, END)]


def test_a_full_sink_pushes_back(sink: PageSink) -> None:
    taken = 0
    while sink.write(piece(taken * 200)):
        taken += 1
    assert 2.0 <= taken * 0.2 <= 2.5
    assert not sink.write(piece(0, id=ReplyId(1, 2, 0)))


def test_starved_says_so_and_begins_again_with_a_lead(sink: PageSink, clock: Clock, page: Page) -> None:
    sink.write(piece(0))
    clock.tick(60 + 300)
    assert sink.status().starved
    sink.write(piece(200, last=True))
    assert (page.messages[-1]["run"], page.messages[-1]["sample"]) == (2, 3200)
    assert (3200, 3200, END) in page.samples(2)
    assert sink.status().media_ns == clock.ns + 60 * MS


def test_without_a_page_time_goes_on(clock: Clock) -> None:
    sink = PageSink(clock)
    assert not sink.available
    sink.write(piece(0, 1000, last=True))
    clock.tick(60 + 500)
    assert sink.status().sample == pytest.approx(8000, abs=2)
    clock.tick(501)
    assert sink.status().state is SinkState.FINISHED


def test_a_page_that_comes_later_takes_over(clock: Clock, page: Page) -> None:
    sink = PageSink(clock, 60 * MS)
    sink.write(piece(0, 1000, last=True))
    clock.tick(60 + 500)
    sink.attach(page)
    (start,) = page.messages
    assert start["sample"] == pytest.approx(8000 + 960, abs=4)
    assert len(page.packets) == 1
    sink.detach()
    assert page.messages[-1]["type"] == "stop"
    clock.tick(100)
    assert sink.status().state is SinkState.PLAYING


@given(st.lists(st.tuples(st.sampled_from("whrfadtc"), st.integers(0, 400)), max_size=40))
def test_the_position_never_runs_back_but_to_a_word(actions: list[tuple[str, int]]) -> None:
    clock, page, first, number = Clock(), Page(), 0, 1
    sink = PageSink(clock, 60 * MS)
    last = None
    for action, value in actions:
        if action == "w":
            if sink.write(piece(first, 200, id=ReplyId(1, number, 0))):
                first += 200
        elif action == "f":
            sink.flush()
            first, number, last = 0, number + 1, None
        elif action == "t":
            clock.tick(value)
        elif action == "c":
            sink.report(value % 5, value * 10.0, clock.ns - value * MS)
        else:
            {"h": sink.hold, "r": sink.resume, "a": lambda: sink.attach(page), "d": sink.detach}[action]()
        status = sink.status()
        if action == "r" or last is None or (last.id, last.state) != (status.id, status.state):
            last = status
            continue
        assert status.sample >= last.sample
        last = status


def test_a_muted_page_is_silent_and_sounds_again_in_the_middle_of_the_reply(
    sink: PageSink, clock: Clock, page: Page
) -> None:
    sink.write(piece(0, 1000))
    clock.tick(60 + 200)
    sink.mute(True)
    assert page.messages[-1] == {"type": "stop", "run": 1}
    sent = len(page.packets)
    sink.write(piece(1000, 1000, last=True))
    clock.tick(300)
    assert len(page.packets) == sent and sink.status().sample == pytest.approx(500 * RATE / 1000, abs=20)
    sink.mute(False)
    start = page.messages[-1]
    assert start["type"] == "start" and start["sample"] >= 500 * RATE / 1000
    assert page.samples(start["run"])
