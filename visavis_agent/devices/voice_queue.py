"""What a loudspeaker plays: pieces of a reply in, blocks out on the device's thread, and where the sound is."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, sample_index
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, SinkState, SpeechAudio
from visavis_agent.devices.conversion import Conversion
from visavis_agent.devices.sample_clock import SampleClock
from visavis_agent.speech.player import Player

CAPACITY_S = 2.0
_RUNS = 16

Pcm = npt.NDArray[np.int16]


@dataclass(slots=True)
class _Run:
    """Samples of the voice that sound without a break: `count` from `position`, from the device's frame `frame`."""

    frame: int
    position: int
    count: int


class VoiceQueue:
    """Implements AudioSink (core/ports.py) for whoever asks for blocks: `render` may run on any thread.

    The lock is held for microseconds: conversion happens before it is taken.

    Args:
        now: the media clock, ns.
        rate: of the device, Hz.
        lead_ns: from the decision to play (or to go on) to the first sample, at least.
    """

    def __init__(self, now: Callable[[], int], rate: int, lead_ns: int = 60 * MS) -> None:
        self.rate = rate
        self._now = now
        self._lead_ns = lead_ns
        self._lock = threading.Lock()
        self._clock = SampleClock(rate)
        self._frame = 0
        self._player: Player | None = None
        self._conversion = Conversion(rate, rate, 0)
        self._key = (ReplyId(), Lane.REPLY)
        self._runs: deque[_Run] = deque(maxlen=_RUNS)
        self._start_ns: int | None = None
        self._tail = np.zeros(0, np.int16)

    # ------------------------------------------------------------------------------------------------ AudioSink
    def write(self, audio: SpeechAudio) -> bool:
        """Queue a piece; False while another stream plays or two seconds are waiting."""
        state = self.status().state
        key = (audio.id, audio.lane)
        player = self._player
        if player is None or state in (SinkState.IDLE, SinkState.FINISHED, SinkState.FLUSHED):
            self._conversion = Conversion(audio.sample_rate, self.rate, audio.first_sample)
            piece = self._conversion.convert(audio)
            with self._lock:
                self._player = Player(self.rate, 0)
                self._key = key
                self._begin()
                self._player.append(piece)
            return True
        if key != self._key or player.waiting > CAPACITY_S * player.sample_rate:
            return False
        piece = self._conversion.convert(audio)
        with self._lock:
            if player.starved and len(piece.pcm):
                self._begin()
            player.append(piece)
        return True

    def hold(self) -> None:
        with self._lock:
            if self._player is not None:
                self._ring_out(self._player.hold())

    def resume(self) -> None:
        with self._lock:
            if self._player is not None and self._player.state is SinkState.HELD:
                self._player.resume()
                self._begin()

    def flush(self) -> None:
        with self._lock:
            if self._player is not None:
                self._ring_out(self._player.flush())

    def status(self) -> PlaybackStatus:
        """Where the sound is; before its first sample `media_ns` is in the future."""
        with self._lock:
            return self._status(self._now())

    # --------------------------------------------------------------------------------------- the device's side
    def render(self, frames: int, media_ns: int, torn: bool = False) -> tuple[Pcm, int]:
        """The next `frames` samples, due at `media_ns`, and how many of them belong to the voice.

        Args:
            frames: how many samples.
            media_ns: when the first of them is heard.
            torn: sound was lost before this block (an underrun).
        """
        with self._lock:
            self._clock.report(self._frame, media_ns, torn)
            block = np.zeros(frames, np.int16)
            done = min(frames, len(self._tail))
            block[:done], self._tail = self._tail[:done], self._tail[done:]
            voiced = done + self._play(block, done, media_ns)
            self._frame += frames
            return block, voiced

    def pass_time(self) -> None:
        """Nobody asks for blocks (the device is lost): go on in silence, as if somebody did."""
        with self._lock:
            now = self._now()
            if not self._clock.ready:
                self._clock.report(self._frame, now)
            frames = self._clock.frame(now) - self._frame
            if frames > 0:
                self._tail = self._tail[:0]
                if self._player is not None and self._player.state is SinkState.PLAYING:
                    self._play(np.zeros(frames, np.int16), 0, self._clock.time(self._frame))
                self._frame += frames

    def restart(self, rate: int) -> None:
        """The device asks for another rate; what was queued is dropped."""
        self.flush()
        with self._lock:
            self.rate, self._clock, self._frame = rate, SampleClock(rate), 0
            self._runs.clear()
            self._tail = self._tail[:0]

    def _play(self, block: Pcm, offset: int, media_ns: int) -> int:
        """Fill the block from `offset` on; returns how much."""
        player = self._player
        if player is None or player.state is not SinkState.PLAYING:
            return 0
        if self._start_ns is not None:
            offset = max(offset, sample_index(self._start_ns - media_ns, self.rate))
            if offset >= len(block):
                return 0
        position = player.position
        pcm = player.pull(len(block) - offset)
        if not len(pcm):
            return 0
        self._start_ns = None
        block[offset : offset + len(pcm)] = pcm
        self._note(self._frame + offset, position, len(pcm))
        return len(pcm)

    def _note(self, frame: int, position: int, count: int) -> None:
        last = self._runs[-1] if self._runs else None
        if last is not None and (last.frame + last.count, last.position + last.count) == (frame, position):
            last.count += count
        else:
            self._runs.append(_Run(frame, position, count))

    # -------------------------------------------------------------------------------------- with the lock held
    def _begin(self) -> None:
        """From here on samples are due after the lead."""
        self._start_ns = self._now() + self._lead_ns
        self._runs.clear()

    def _ring_out(self, tail: Pcm) -> None:
        """The end of a cut sound; nothing when its first sample had not been reached."""
        if self._start_ns is None:
            self._tail = tail

    def _status(self, now: int) -> PlaybackStatus:
        player = self._player
        if player is None:
            return self._report(now, SinkState.IDLE, 0)
        if player.state in (SinkState.HELD, SinkState.FLUSHED):
            return self._report(now, player.state, player.position)
        if self._start_ns is not None and player.waiting:
            due = max(self._start_ns, self._clock.time(self._frame)) if self._clock.ready else self._start_ns
            return self._report(max(now, due), SinkState.PLAYING, player.position)
        if self._runs and not player.starved:
            return self._sounding(now, player)
        return self._report(now, player.state, player.position, player.starved)

    def _sounding(self, now: int, player: Player) -> PlaybackStatus:
        """What of the runs is heard now; the device's buffer still sounds when the last sample was pulled."""
        heard = self._clock.frame(now)
        for run in self._runs:
            if heard < run.frame:
                return self._report(self._clock.time(run.frame), SinkState.PLAYING, run.position)
            if heard < run.frame + run.count:
                return self._report(now, SinkState.PLAYING, run.position + heard - run.frame)
        if player.state is SinkState.FINISHED:
            return self._report(now, SinkState.FINISHED, player.position)
        last = self._runs[-1]  # the device is late
        return self._report(self._clock.time(last.frame + last.count), SinkState.PLAYING, player.position)

    def _report(self, media_ns: int, state: SinkState, place: int, starved: bool = False) -> PlaybackStatus:
        return PlaybackStatus(
            media_ns=media_ns,
            id=self._key[0],
            lane=self._key[1],
            state=state,
            sample=self._conversion.sample(place),
            sample_rate=self._conversion.source,
            starved=starved,
        )
