"""Stand-ins for sound devices: the test is the clock and the device's thread."""

from __future__ import annotations

import numpy as np

from visavis_agent.core.clock import MS, sample_time
from visavis_agent.core.errors import DeviceError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, Level, SpeechAudio, WordMark
from visavis_agent.devices.portaudio import Begin

REPLY = ReplyId(1, 1, 0)
RATE = 16_000
WORD = 1600


class Clock:
    def __init__(self, now: int = 1_000 * MS) -> None:
        self.ns = now

    def __call__(self) -> int:
        return self.ns


class Stream:
    """An open device that plays or records when the test says so."""

    def __init__(self, rate: int, begin: Begin, channels: int) -> None:
        self.sample_rate = rate
        self.callback = begin(rate)
        self.channels = channels
        self.well = True
        self.closed = False

    def alive(self) -> bool:
        return self.well

    def close(self) -> None:
        self.closed = True

    def play(self, frames: int, media_ns: int, torn: bool = False) -> np.ndarray:
        block = np.full((frames, self.channels), 99, np.int16)
        self.callback(block, media_ns, torn)
        assert (block == block[:, :1]).all()
        return block[:, 0]

    def record(self, pcm: np.ndarray, media_ns: int, torn: bool = False) -> None:
        self.callback(np.repeat(pcm[:, None], self.channels, axis=1), media_ns, torn)


class Port:
    """A SoundPort with at most one device; `there` says whether it is plugged in."""

    def __init__(self, rate: int = 0, there: bool = True, channels: int = 2) -> None:
        self.rate = rate
        self.there = there
        self.channels = channels
        self.streams: list[Stream] = []

    def open_output(self, device: str, rates: tuple[int, ...], latency_s: float, begin: Begin) -> Stream:
        if not self.there:
            raise DeviceError("it is not there", "", "Plug it in")
        self.streams.append(Stream(self.rate or rates[0], begin, self.channels))
        return self.streams[-1]

    open_input = open_output

    @property
    def stream(self) -> Stream:
        return self.streams[-1]


class Speaker:
    """Runs a stream in blocks of 10 ms, 30 ms ahead of the clock, and keeps what was heard when."""

    def __init__(self, clock: Clock, latency_ns: int = 30 * MS) -> None:
        self.clock = clock
        self.latency_ns = latency_ns
        self.blocks: list[np.ndarray] = []
        self.start_ns: int | None = None

    def run(self, stream: Stream, duration_ns: int, every: object = None) -> None:
        frames = stream.sample_rate // 100
        for _ in range(duration_ns // (10 * MS)):
            due = self.clock.ns + self.latency_ns
            self.start_ns = due if self.start_ns is None else self.start_ns
            self.blocks.append(stream.play(frames, due))
            self.clock.ns += 10 * MS
            if callable(every):
                every()

    @property
    def pcm(self) -> np.ndarray:
        return np.concatenate(self.blocks)

    def first_sound(self, rate: int) -> int:
        """Media time of the first sample that is not silent."""
        assert self.start_ns is not None
        return self.start_ns + sample_time(int(np.flatnonzero(self.pcm)[0]), rate)


class Said:
    """Collects what a device reports."""

    def __init__(self) -> None:
        self.all: list[tuple[Level, str]] = []

    def __call__(self, level: Level, message: str) -> None:
        self.all.append((level, message))

    @property
    def text(self) -> str:
        return "\n".join(message for _, message in self.all)


def sound(start: int, count: int) -> np.ndarray:
    """Samples that tell where they are from; never silent."""
    return (1000 + np.arange(start, start + count) * 13 % 9973).astype(np.int16)


def audio(start: int, count: int, last: bool = False, reply: ReplyId = REPLY, rate: int = RATE) -> SpeechAudio:
    words = tuple(
        WordMark(f"w{at // WORD}", at, at + WORD)
        for at in range(-(-start // WORD) * WORD, start + count - WORD + 1, WORD)
    )
    return SpeechAudio(
        media_ns=0,
        id=reply,
        lane=Lane.REPLY,
        clause=0,
        sample_rate=rate,
        first_sample=start,
        pcm=sound(start, count),
        last=last,
        words=words,
    )
