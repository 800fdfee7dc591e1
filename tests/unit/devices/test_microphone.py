"""What the microphone stage emits of devices and pages."""

from __future__ import annotations

import socket
from itertools import pairwise

import numpy as np
import pytest

from tests.unit.devices.stand_ins import Port, Stream
from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.records import Level, MicrophoneAudio
from visavis_agent.devices.hub import Hub
from visavis_agent.devices.microphone import MicrophoneSettings, MicrophoneStage
from visavis_agent.kiosk.sound_server import SoundServerSettings

LATENCY_NS = 20 * MS
BLOCK_NS = 32 * MS


class Bench:
    """A microphone stage whose device records when the test says so; no server for pages."""

    def __init__(self, rate: int = 16_000, channels: int = 2, **settings: object) -> None:
        self.host, self.hub, self.port = FakeHost(), Hub(), Port(rate, channels=channels)
        self.host.advance(SECOND)
        self.stage = MicrophoneStage(
            MicrophoneSettings(page=False, **settings),  # type: ignore[arg-type]
            self.host,
            self.hub,
            self.port,
        )
        if settings.get("source", "auto") in ("auto", "device"):
            self.stage._device.keeper.look()
        self.recorded = 0
        self.blocks = 0

    @property
    def stream(self) -> Stream:
        return self.port.stream

    def hear(self, duration_ns: int, torn: bool = False) -> None:
        """Record a tone in blocks of 16 ms; each arrives 20 ms after its last sample was heard."""
        rate = self.stream.sample_rate
        for _ in range(duration_ns // (16 * MS)):
            self.blocks += 1
            frames = self.blocks * rate * 16 // 1000 - self.recorded
            at = np.arange(self.recorded, self.recorded + frames) / rate
            start = self.host.now() - LATENCY_NS - sample_time(frames, rate)
            self.stream.record((8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16), start, torn)
            self.recorded += frames
            self.host.advance(16 * MS)
            torn = False

    @property
    def heard(self) -> list[MicrophoneAudio]:
        return self.host.of(MicrophoneAudio)


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 2), (44_100, 2)])
def test_blocks_are_32_ms_at_16_khz_with_the_time_of_their_first_sample(rate: int, channels: int) -> None:
    bench = Bench(rate, channels)
    start = bench.host.now() - LATENCY_NS - sample_time(rate * 16 // 1000, rate)
    bench.hear(2 * SECOND)
    assert len(bench.heard) >= 60
    assert all((len(b.pcm), b.sample_rate, b.gap_ns) == (512, 16_000, 0) for b in bench.heard)
    for i, block in enumerate(bench.heard):
        assert abs(block.media_ns - start - i * BLOCK_NS) < MS // 10
    pcm = np.concatenate([block.pcm for block in bench.heard]).astype(float)
    expected = 8000 * np.sin(2 * np.pi * 440 * np.arange(len(pcm)) / 16_000)
    assert np.abs(pcm - expected)[100:-100].max() < 80


def test_sound_that_was_not_fetched_is_counted_as_a_gap() -> None:
    bench = Bench()
    bench.hear(320 * MS)
    last = bench.heard[-1]
    take, bench.stage._device._ready = bench.stage._device._ready, lambda: None  # the stage hangs
    bench.hear(4 * SECOND)
    bench.stage._device._ready = take
    bench.hear(320 * MS)
    after = bench.heard[bench.heard.index(last) + 1]
    assert after.gap_ns > SECOND
    assert abs(after.media_ns - last.media_ns - BLOCK_NS - after.gap_ns) < MS
    assert all(b.media_ns - a.media_ns - BLOCK_NS - b.gap_ns < MS for a, b in pairwise(bench.heard))
    assert any("not fetched in time" in message for _, message in bench.host.diagnostics)


def test_a_lost_and_returned_device_leaves_a_gap() -> None:
    bench = Bench()
    bench.hear(320 * MS)
    last = bench.heard[-1]
    bench.stream.well = False
    bench.port.there = False
    bench.stage._device.keeper.look()
    bench.host.advance(3 * SECOND)
    bench.port.there, bench.port.rate = True, 48_000
    bench.recorded = bench.blocks = 0
    bench.stage._device.keeper.look()
    bench.hear(320 * MS)
    after = bench.heard[bench.heard.index(last) + 1]
    assert 3 * SECOND <= after.gap_ns < 3 * SECOND + 100 * MS
    assert abs(after.media_ns - last.media_ns - BLOCK_NS - after.gap_ns) < MS


def test_the_agent_s_own_voice_is_kept_out_while_no_canceller_knows_it() -> None:
    bench = Bench()
    bench.hear(SECOND)
    start = bench.host.now()
    bench.hub.device_voice.sounded(start, start + 500 * MS)
    bench.hear(2 * SECOND)
    silent = [block for block in bench.heard if not block.pcm.any()]
    assert silent
    assert silent[0].media_ns <= start < silent[0].media_ns + BLOCK_NS
    assert 700 * MS < silent[-1].media_ns - start < 760 * MS  # with the room's answer
    assert all(b.media_ns - a.media_ns < BLOCK_NS + MS for a, b in pairwise(bench.heard))
    assert any("hears nothing while it speaks" in message for _, message in bench.host.diagnostics)


def test_the_gate_can_be_left_open() -> None:
    bench = Bench(echo="none")
    bench.hub.device_voice.sounded(bench.host.now(), bench.host.now() + SECOND)
    bench.hear(SECOND)
    assert all(block.pcm.any() for block in bench.heard)


class Page:
    microphone_open = True


def page_block(bench: Bench) -> MicrophoneAudio:
    return MicrophoneAudio(media_ns=bench.host.now(), pcm=np.full(512, 77, np.int16))


def test_a_page_s_microphone_goes_before_the_device_s() -> None:
    bench = Bench()
    bench.hub.page = Page()  # type: ignore[assignment]
    bench.hear(SECOND)
    assert not bench.heard
    bench.stage._come_from_page(page_block(bench))
    bench.host.advance(MS)
    assert [block.pcm[0] for block in bench.heard] == [77]
    bench.hub.page = None
    bench.hear(320 * MS)
    assert len(bench.heard) > 5
    assert bench.heard[1].gap_ns == 0


def test_a_page_s_canceller_knows_the_page_s_voice_but_not_the_device_s() -> None:
    bench = Bench(source="page")
    now = bench.host.now()
    bench.hub.page_voice.sounded(now - 100 * MS, now + SECOND)
    bench.stage._come_from_page(page_block(bench))
    bench.host.advance(MS)
    bench.hub.device_voice.sounded(now, now + SECOND)
    bench.stage._come_from_page(page_block(bench))
    bench.host.advance(MS)
    assert [bool(block.pcm.any()) for block in bench.heard] == [True, False]


def test_a_page_is_not_heard_where_the_device_is_set() -> None:
    bench = Bench(source="device")
    bench.stage._come_from_page(page_block(bench))
    bench.host.advance(MS)
    assert not bench.heard


def served(port: int) -> tuple[FakeHost, Hub, MicrophoneStage]:
    host, hub = FakeHost(), Hub()
    settings = MicrophoneSettings(source="none", sound_server=SoundServerSettings(port=port, page_port=0))
    return host, hub, MicrophoneStage(settings, host, hub, Port())


def test_the_page_s_sound_is_served_while_the_stage_runs() -> None:
    _, hub, stage = served(0)
    for _ in range(2):
        stage.start()
        assert stage._server.wait(10)
        assert hub.page is not None
        assert hub.page.port > 0
        assert not hub.page_sounds
        stage.stop()
        assert hub.page is None


def test_a_port_in_use_is_said_and_served_once_it_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        host, hub, stage = served(port)
        stage._server.look()
        host.advance(MS)
        [(level, message)] = host.diagnostics
        assert level is Level.ERROR
        assert f"127.0.0.1:{port}" in message
    stage._server.look()
    assert hub.page is not None
    assert stage._server.device is not None
    stage._server.device.close()
    assert hub.page is None
