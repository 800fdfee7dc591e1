"""A live agent in one process that says one thing: real speech, playback, motion, rendering and page.

`python -m tests.kiosk.rehearsal [--port N --sound-port N]` prints a line of JSON with both ports, then one for each
record that tests look at. Lines on its standard input: "hold", "resume", "state PHASE", "warn TEXT",
"heard TEXT", "quit".
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from functools import partial
from typing import Any, ClassVar

import numpy as np

from visavis_agent.core.graph import Graph, StageSpec
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    DeviceSwitch,
    Diagnostic,
    Hypothesis,
    Level,
    MicrophoneAudio,
    Phase,
    Playback,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechPlan,
    TextInput,
    TurnState,
    Utterance,
)
from visavis_agent.core.settings import read_settings
from visavis_agent.core.stage import Stage
from visavis_agent.graph import GRAPH
from visavis_agent.kiosk.page import PageStage
from visavis_agent.kiosk.page_sink import PageSink
from visavis_agent.kiosk.sound_server import SoundServer, SoundServerSettings
from visavis_agent.nodes.clock import MonotonicClock
from visavis_agent.nodes.host import Neighbours, NodeHost
from visavis_agent.nodes.loop import StageLoop

ANSWER = ("We're open from ten to six, every day except Monday.", "On Fridays, the planetarium plays until nine!")


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


class Script(Stage):
    """Stands in for conversation and dialogue."""

    settings_type = type("Nothing", (), {})
    handlers: ClassVar[dict[type[Record], str]] = {
        TextInput: "asked",
        PlaybackStatus: "status",
        DeviceSwitch: "switched",
    }

    def __init__(self, settings: Any, host: Any) -> None:
        super().__init__(settings, host)
        self.id = ReplyId(1, 0, 0)
        self.camera = False

    def state(self, phase: Phase, playback: Playback = Playback.PLAY) -> None:
        now = self.host.now()
        self.host.emit(TurnState(media_ns=now, id=self.id, phase=phase, playback=playback, camera=self.camera))

    def switched(self, switch: DeviceSwitch) -> None:
        self.camera = switch.on
        say(device=switch.device, on=switch.on)
        self.state(Phase.IDLE)

    def asked(self, text: TextInput) -> None:
        say(text=text.text, source=text.source.name)
        self.id = self.id.next_turn()
        self.state(Phase.THINKING)
        for clause, words in enumerate(ANSWER):
            last = clause + 1 == len(ANSWER)
            self.host.emit(SpeechPlan(media_ns=self.host.now(), id=self.id, clause=clause, text=words, last=last))

    def status(self, status: PlaybackStatus) -> None:
        say(
            sink=status.state.name,
            sample=status.sample,
            rate=status.sample_rate,
            starved=status.starved,
            ns=status.media_ns,
            picture_delay_ms=status.picture_delay_ns / 1e6,
        )
        if status.state is SinkState.PLAYING:
            self.state(Phase.SPEAKING)
        elif status.state is SinkState.FINISHED:
            self.state(Phase.IDLE)


def opened(sink: PageSink) -> PageSink:
    """The sink as a stage's: its server is opened and closed here."""
    sink.open = sink.close = lambda: None  # type: ignore[attr-defined]
    return sink


class Silent:
    def publish(self, record: Record) -> None: ...

    def log(self, level: Level, message: str) -> None:
        print(f"{level.name} {message}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sound-port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--reset-after", type=float, default=90.0)
    parser.add_argument("--consent", action="store_true")
    parser.add_argument("--width", type=int, default=512)
    options = parser.parse_args()
    clock = MonotonicClock()
    loop = StageLoop(clock, lambda error: print(error, file=sys.stderr))
    outputs = (TurnState, SpeechPlan, Diagnostic, Utterance)
    script_spec = StageSpec("script", "", (TextInput, PlaybackStatus, DeviceSwitch), outputs, "screen")
    names = ("speech", "playback", "motion", "rendering", "page")
    specs = [script_spec, *(GRAPH.stage(name) for name in names)]
    neighbours = Neighbours(Graph(GRAPH.topics, tuple(specs)), loop)
    page_settings = {"port": options.port, "host": options.host, "reset_after": options.reset_after}
    page_settings["consent"] = options.consent
    settings = {"rendering": {"width": options.width, "rate_hz": 25.0}, "page": page_settings}
    heard = {"blocks": 0, "energy": 0.0}

    def microphone(audio: MicrophoneAudio) -> None:
        heard["blocks"] += 1
        heard["energy"] += float(np.square(audio.pcm.astype(np.float64)).mean())
        if heard["blocks"] % 30 == 0:
            level = (heard["energy"] / heard["blocks"]) ** 0.5
            say(blocks=heard["blocks"], level=level, age=clock.now() - audio.media_ns, gap=audio.gap_ns)

    page_port = options.port
    sound = SoundServer(
        SoundServerSettings(port=options.sound_port, page_port=page_port),
        clock.now,
        microphone,
        lambda: say(available=sound.sink.available, microphone=sound.microphone_open),
    )
    sound.start()
    settings["page"]["sound_port"] = sound.port
    loop.start()
    hosts: dict[str, NodeHost] = {}
    made: dict[str, Stage] = {}
    for spec in specs:
        host = hosts[spec.name] = NodeHost(spec, neighbours, Silent(), clock, np.random.default_rng(1))

        def make(spec: StageSpec = spec, host: NodeHost = host) -> Stage:
            if spec.name == "script":
                stage: Stage = Script(None, host)
            else:
                kind = spec.load()
                stage = kind(read_settings(kind.settings_type, settings.get(spec.name)), host)
            if spec.name == "playback":
                stage.sink = opened(sound.sink)  # type: ignore[attr-defined]
            made[spec.name] = stage
            return stage

        loop.call(lambda host=host, make=make: host.activate(make))
    page = made["page"]
    assert isinstance(page, PageStage)
    script = made["script"]
    assert isinstance(script, Script)
    loop.call(lambda: script.state(Phase.IDLE))
    say(port=page.port, sound_port=sound.port)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "quit":
            break
        loop.call(partial(order, script, word, rest))
    for host in reversed(hosts.values()):
        loop.call(host.deactivate)
        host.close()
    sound.stop()
    loop.stop()
    say(threads=threading.active_count())


def order(script: Script, word: str, rest: str) -> None:
    host = script.host
    if word in ("hold", "resume"):
        script.state(Phase.SPEAKING, Playback.HOLD if word == "hold" else Playback.PLAY)
    elif word == "state":
        script.state(Phase[rest.upper()])
    elif word == "warn":
        host.emit(Diagnostic(media_ns=host.now(), stage="hearing", level=Level.WARN, message=rest))
    elif word == "heard":
        said = (Hypothesis(rest),)
        host.emit(Utterance(media_ns=host.now(), utterance=1, hypotheses=said, final=False, start_ns=0, end_ns=0))


if __name__ == "__main__":
    main()
