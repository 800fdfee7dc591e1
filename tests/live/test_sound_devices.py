"""Real streams through a sound server without hardware: what is heard, when, and what a lost device does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.unit.devices.stand_ins import Said
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import DeviceError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, MicrophoneAudio, PlaybackStatus, SinkState, SpeechAudio, WordMark
from visavis_agent.devices.loudspeaker import DeviceSink
from visavis_agent.devices.microphone_device import DeviceMicrophone
from visavis_agent.devices.portaudio import PULSE, PortAudio, sound_devices
from visavis_agent.evaluation.loopback import MICROPHONE, RATE, ROOM, SPEAKER, Loopback, Recording
from visavis_agent.nodes.clock import MonotonicClock

pytestmark = pytest.mark.slow

NOW = MonotonicClock().now
VOICE = 16_000
CLICK = 80


@pytest.fixture(scope="module")
def loopback() -> Iterator[Loopback]:
    try:
        sound_devices("output")
        made = Loopback()
    except DeviceError as error:
        pytest.skip(str(error))
    with made, pytest.MonkeyPatch.context() as patch:
        for key, value in made.environment.items():
            patch.setenv(key, value)
        yield made


@pytest.fixture
def sink(loopback: Loopback) -> Iterator[DeviceSink]:
    made = DeviceSink(PortAudio(NOW), NOW, Said(), f"{PULSE}{SPEAKER}")
    made.open()
    assert made.keeper.wait(10)
    pause(0.3)
    yield made
    made.close()


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    for _ in range(round(seconds / 0.02)):
        if condition():
            return
        pause(0.02)
    raise AssertionError("it did not happen in time")


def tone(seconds: float) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * VOICE)) / VOICE)).astype(np.int16)


def clicks(places: list[float], seconds: float, rate: int) -> np.ndarray:
    pcm = np.zeros(round(seconds * rate), np.int16)
    count = CLICK * rate // VOICE
    for place in places:
        start = round(place * rate)
        pcm[start : start + count] = 12_000 * np.sin(2 * np.pi * 1000 * np.arange(count) / rate)
    return pcm


def speech(pcm: np.ndarray, turn: int = 1) -> SpeechAudio:
    words = tuple(WordMark(f"w{i}", i * 4000, i * 4000 + 4000) for i in range(len(pcm) // 4000))
    return SpeechAudio(
        media_ns=0,
        id=ReplyId(1, turn, 0),
        lane=Lane.REPLY,
        clause=0,
        sample_rate=VOICE,
        first_sample=0,
        pcm=pcm,
        last=True,
        words=words,
    )


def onsets(pcm: np.ndarray, threshold: int = 3000) -> list[int]:
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > threshold)
    return [int(b) for a, b in zip([-RATE, *loud], loud, strict=False) if b - a > RATE // 10]


def heard_to_the_end(sink: DeviceSink) -> list[PlaybackStatus]:
    seen = [sink.status()]
    while seen[-1].state is SinkState.PLAYING:
        pause(0.05)
        seen.append(sink.status())
    return seen


def mapped(statuses: list[PlaybackStatus], sample: int) -> int:
    """When the sample is heard, by the last status before."""
    before = [s for s in statuses if s.state is SinkState.PLAYING and s.sample <= sample]
    return before[-1].media_ns + round((sample - before[-1].sample) * SECOND / VOICE)


def test_sound_is_heard_when_the_status_says(loopback: Loopback, sink: DeviceSink) -> None:
    places = [0.25 + 0.25 * i for i in range(14)]
    with loopback.recording(NOW) as recording:
        pause(0.5)
        sink.write(speech(clicks(places, 4.0, VOICE)))
        statuses = heard_to_the_end(sink)
        pause(0.3)
        found = onsets(recording.pcm)
        times = [recording.time(place) for place in found]
    assert statuses[-1].state is SinkState.FINISHED
    assert len(times) == len(places)
    errors = [time - mapped(statuses, round(place * VOICE)) for time, place in zip(times, places, strict=True)]
    assert np.abs(errors).max() <= 15 * MS, [round(error / MS, 1) for error in errors]


def last_sound(recording: Recording, since_ns: int) -> float:
    """Milliseconds from `since_ns` to the last sample that is not silent."""
    pcm = np.abs(recording.pcm.astype(int))[max(0, recording.sample(since_ns)) :]
    loud = np.flatnonzero(pcm > 100)
    return 1000.0 * float(loud[-1]) / RATE if len(loud) else 0.0


def test_a_hold_is_silent_within_60_ms(loopback: Loopback, sink: DeviceSink) -> None:
    silent_ms = []
    with loopback.recording(NOW) as recording:
        sink.write(speech(tone(8.0)))
        for _ in range(5):
            pause(0.43)
            held = NOW()
            sink.hold()
            pause(0.3)
            silent_ms.append(last_sound(recording, held))
            assert sink.status().state is SinkState.HELD
            sink.resume()
    assert min(silent_ms) > 0
    assert float(np.median(silent_ms)) <= 60, silent_ms


def test_a_lost_loudspeaker_is_used_again_when_it_is_back(loopback: Loopback, sink: DeviceSink) -> None:
    sink.write(speech(tone(2.0)))
    pause(0.3)
    loopback.stop()
    until(lambda: not sink.there)
    until(lambda: sink.status().state is SinkState.FINISHED)  # in silence
    loopback.start()
    until(lambda: sink.there)
    pause(0.3)
    with loopback.recording(NOW) as recording:
        assert sink.write(speech(tone(1.0), turn=2))
        heard_to_the_end(sink)
        pause(0.3)
        loud = np.count_nonzero(np.abs(recording.pcm.astype(int)) > 1000)
    assert loud > 0.8 * RATE


@pytest.mark.parametrize("device", ["", f"{PULSE}{MICROPHONE}"])
def test_a_microphone_tells_when_it_heard(loopback: Loopback, device: str) -> None:
    blocks: list[MicrophoneAudio] = []
    microphone = DeviceMicrophone(PortAudio(NOW), NOW, Said(), lambda: blocks.extend(read(microphone)), device)
    microphone.open()
    assert microphone.keeper.wait(10)
    try:
        pause(0.5)
        blocks.clear()
        places = [0.5, 1.0, 1.5, 2.0]
        with loopback.recording(NOW, f"{ROOM}.monitor") as recording:
            loopback.play(clicks(places, 2.5, RATE))
            times = [recording.time(place) for place in onsets(recording.pcm)]
    finally:
        microphone.close()
    assert not any(block.gap_ns for block in blocks)
    pcm = np.concatenate([block.pcm for block in blocks])
    stamps = np.concatenate([block.media_ns + np.arange(512) * 62_500 for block in blocks])
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 3000)
    heard = [int(stamps[b]) for a, b in zip([-8000, *loud], loud, strict=False) if b - a > 800]
    assert len(heard) == len(times) == len(places)
    errors = np.subtract(heard, times)
    assert np.abs(errors).max() <= 15 * MS, (errors / MS).round(1)


def read(microphone: DeviceMicrophone) -> list[MicrophoneAudio]:
    blocks = []
    while (block := microphone.read()) is not None:
        blocks.append(block)
    return blocks


def test_a_lost_microphone_leaves_a_gap(loopback: Loopback) -> None:
    microphone = DeviceMicrophone(PortAudio(NOW), NOW, Said(), lambda: None)
    microphone.open()
    try:
        assert microphone.keeper.wait(10)
        until(lambda: microphone.read() is not None)
        loopback.stop()
        until(lambda: microphone.keeper.device is None)
        read(microphone)
        loopback.start()
        until(lambda: microphone.keeper.device is not None)
        blocks: list[MicrophoneAudio] = []
        until(lambda: bool(blocks.extend(read(microphone)) or blocks))
    finally:
        microphone.close()
    assert blocks[0].gap_ns > 100 * MS
