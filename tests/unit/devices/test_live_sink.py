"""Which output a live voice takes, and when it may change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.devices.stand_ins import REPLY, Port, audio
from tests.unit.fake_host import FakeHost
from tests.unit.speech.conftest import turn
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import PlaybackStatus, SinkState, WordsHeard
from visavis_agent.core.settings import read_settings
from visavis_agent.devices.hub import Hub
from visavis_agent.devices.live_sink import LiveSink
from visavis_agent.kiosk.page_sink import PageSink
from visavis_agent.speech.playback import PlaybackSettings, PlaybackStage


class Page:
    """A page's sound server; `available` as the test says."""

    def __init__(self, host: FakeHost) -> None:
        self.sink = PageSink(host.now)
        self.microphone_open = False

    def connect(self) -> None:
        self.sink.attach(self)

    def send_json(self, message: object) -> None:
        pass

    def send_bytes(self, data: bytes) -> None:
        pass


class Bench:
    def __init__(self, output: str, device: bool, page: bool) -> None:
        self.host, self.hub, self.port = FakeHost(), Hub(), Port(there=device)
        self.page = Page(self.host)
        self.hub.page = self.page  # type: ignore[assignment]
        if page:
            self.page.connect()
        self.sink = LiveSink(PlaybackSettings(output=output), self.host, self.hub, self.port)
        self.sink.open()
        if output in ("auto", "device"):
            self.sink._device.keeper.wait(5)

    def say(self, reply: object = REPLY) -> str:
        self.sink.write(audio(0, 1600, last=True, reply=reply))  # type: ignore[arg-type]
        return self.sink.place


@pytest.fixture
def benches() -> Iterator[list[Bench]]:
    made: list[Bench] = []
    yield made
    for bench in made:
        bench.sink.close()


@pytest.mark.parametrize(
    ("output", "device", "page", "expected"),
    [
        ("auto", True, True, "page"),
        ("auto", True, False, "device"),
        ("auto", False, False, "none"),
        ("page", True, False, "none"),
        ("page", True, True, "page"),
        ("device", True, True, "device"),
        ("device", False, True, "device"),  # it goes on in silence until the device is back
        ("none", True, True, "none"),
    ],
)
def test_the_output_is_the_best_that_is_there(
    benches: list[Bench], output: str, device: bool, page: bool, expected: str
) -> None:
    benches.append(Bench(output, device, page))
    assert benches[0].say() == expected


def test_a_switch_waits_for_the_end_of_the_turn(benches: list[Bench]) -> None:
    bench = Bench("auto", False, False)
    benches.append(bench)
    assert bench.say() == "none"
    bench.page.connect()
    bench.host.advance(SECOND)
    assert bench.sink.status().state is SinkState.FINISHED
    assert bench.say(REPLY.next_reply()) == "none"
    bench.host.advance(SECOND)
    assert bench.say(REPLY.next_turn()) == "page"
    bench.page.sink.detach()
    bench.host.advance(SECOND)
    assert bench.say(REPLY.next_turn().next_turn()) == "none"
    assert "neither page nor loudspeaker" in bench.host.diagnostics[-1][1]


def test_a_missing_loudspeaker_is_said(benches: list[Bench]) -> None:
    bench = Bench("auto", False, False)
    benches.append(bench)
    bench.host.advance(MS)
    assert any("it is not there. Plug it in" in message for _, message in bench.host.diagnostics)


def test_what_the_page_says_aloud_is_known_to_the_microphone(benches: list[Bench]) -> None:
    bench = Bench("auto", True, True)
    benches.append(bench)
    bench.say()
    bench.host.advance(80 * MS)
    bench.sink.status()
    now = bench.host.now()
    assert bench.hub.page_voice.audible(now, now + MS)
    assert not bench.hub.device_voice.audible(now, now + MS)


def test_the_playback_stage_takes_the_live_sink_by_its_settings() -> None:
    host = FakeHost()
    settings = read_settings(PlaybackSettings, {"sink": "live", "output": "none"})
    stage = PlaybackStage(settings, host)
    assert isinstance(stage.sink, LiveSink)
    stage.start()
    stage.handle(turn())
    stage.handle(audio(0, 3200, last=True))
    host.advance(SECOND)
    assert host.of(PlaybackStatus)[-1].state is SinkState.FINISHED
    assert host.of(WordsHeard)[-1].complete
    stage.stop()
