"""A loudspeaker on the media clock: what would sound can be kept with its time, for the film."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from visavis_agent.core.clock import MS, SECOND, nanoseconds, sample_index, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, SinkState, SpeechAudio
from visavis_agent.speech.player import Player
from visavis_agent.speech.sound import resample, to_pcm
from visavis_agent.speech.voices import Pcm

if TYPE_CHECKING:
    from visavis_agent.core.stage import Host
    from visavis_agent.speech.playback import PlaybackSettings

CAPACITY_S = 2.0


@dataclass(eq=False)
class Audible:
    """An unbroken run of samples that was heard.

    Attributes:
        media_ns: media time of the first sample.
        first_sample: its number in the reply.
        fading: how many of the last samples ring out after a hold or a flush.
    """

    media_ns: int
    id: ReplyId
    lane: Lane
    sample_rate: int
    first_sample: int
    fading: int = 0
    blocks: list[Pcm] = field(default_factory=list)

    @property
    def pcm(self) -> Pcm:
        return np.concatenate(self.blocks) if self.blocks else np.zeros(0, np.int16)

    @property
    def count(self) -> int:
        return sum(map(len, self.blocks))


class VirtualSink:
    """Implements AudioSink (core/ports.py) in media time: what is due is rendered whenever the sink is asked.

    Args:
        now: the media clock, ns.
        record: keep what is heard.
        lead_ns: from the decision to play (or to go on) to the first sample, so that the mouth can open
            before it.
    """

    def __init__(self, now: Callable[[], int], lead_ns: int = 60 * MS, record: bool = False) -> None:
        self._now = now
        self._recording = record
        self._lead_ns = lead_ns
        self._player: Player | None = None
        self._key = (ReplyId(), Lane.REPLY)
        self._origin_ns = 0
        self._pulled = 0
        self._runs: list[Audible] = []

    @classmethod
    def for_stage(cls, settings: PlaybackSettings, host: Host) -> VirtualSink:
        """The sink that a playback stage with these settings uses (speech/sinks.py)."""
        return cls(host.now, nanoseconds(settings.lead_ms / 1000.0), settings.record)

    def open(self) -> None:
        """Nothing to open: it lives in media time."""

    def close(self) -> None:
        """Nothing to give back; what was recorded stays."""

    def mute(self, muted: bool) -> None:
        """The media clock makes no sound anyway."""

    # ------------------------------------------------------------------------------------------------
    # AudioSink
    def write(self, audio: SpeechAudio) -> bool:
        """Queue a piece; False while another stream plays or two seconds are waiting."""
        self._advance()
        key = (audio.id, audio.lane)
        player = self._player
        if player is None or player.state in (SinkState.FINISHED, SinkState.FLUSHED):
            player = self._player = Player(audio.sample_rate, audio.first_sample)
            self._key = key
            self._begin(self._now() + self._lead_ns)
        elif key != self._key or player.waiting > CAPACITY_S * player.sample_rate:
            return False
        elif player.starved:
            self._begin(self._now() + self._lead_ns)
        player.append(audio)
        return True

    def hold(self) -> None:
        self._advance()
        if self._player is not None:
            self._ring_out(self._player.position, self._player.hold())

    def resume(self) -> None:
        self._advance()
        if self._player is not None and self._player.state is SinkState.HELD:
            self._player.resume()
            self._begin(self._now() + self._lead_ns)

    def flush(self) -> None:
        self._advance()
        if self._player is not None:
            self._ring_out(self._player.position, self._player.flush())

    def status(self) -> PlaybackStatus:
        """Where the sound is; before its first sample `media_ns` is in the future."""
        self._advance()
        player, now = self._player, self._now()
        if player is None:
            return self._report(now, SinkState.IDLE, 0, 16_000)
        if player.state is SinkState.PLAYING and not player.starved:
            at = self._origin_ns + sample_time(self._pulled, player.sample_rate)
            return self._report(at, player.state, player.position, player.sample_rate)
        return self._report(now, player.state, player.position, player.sample_rate, player.starved)

    # ------------------------------------------------------------------------------------------------ for
    # the film
    @property
    def audible(self) -> tuple[Audible, ...]:
        """Everything heard since the start or since the recording was taken; empty unless it records."""
        self._advance()
        return tuple(self._runs)

    def take_recording(self, until_ns: int, sample_rate: int = 48_000) -> Pcm:
        """The sound from media time 0 to `until_ns`, mono, and forget it."""
        sound = np.zeros(sample_index(until_ns, sample_rate), np.float64)
        for run in self.audible:
            samples = resample(run.pcm, run.sample_rate, sample_rate)
            start = round(run.media_ns * sample_rate / SECOND)
            room = sound[start : start + len(samples)]
            room += samples[: len(room)]
        self._runs = []
        return to_pcm(sound)

    # ------------------------------------------------------------------------------------------------ media
    # time
    def _begin(self, at_ns: int) -> None:
        self._origin_ns, self._pulled = at_ns, 0

    def _advance(self) -> None:
        """Render what has become due: every sample that starts before now."""
        player, elapsed = self._player, self._now() - self._origin_ns
        if player is None or player.state is not SinkState.PLAYING or elapsed <= 0:
            return
        due = sample_index(elapsed, player.sample_rate)
        first = player.position
        block = player.pull(due - self._pulled)
        self._record(first, block)
        self._pulled = due if player.starved else self._pulled + len(block)

    def _ring_out(self, first: int, tail: Pcm) -> None:
        """The end of a cut sound; nothing when its first sample had not been reached."""
        if self._pulled and len(tail) and self._recording:
            self._record(first, tail)
            self._runs[-1].fading = len(tail)

    def _record(self, first: int, block: Pcm) -> None:
        player = self._player
        if player is None or not len(block) or not self._recording:
            return
        last = self._runs[-1] if self._runs else None
        if last is not None and self._pulled and self._goes_on(last, first):
            last.blocks.append(block)
        else:
            at = self._origin_ns + sample_time(self._pulled, player.sample_rate)
            self._runs.append(Audible(at, *self._key, player.sample_rate, first, 0, [block]))

    def _goes_on(self, run: Audible, first: int) -> bool:
        same = (run.id, run.lane) == self._key and run.first_sample + run.count == first
        return same and run.media_ns >= self._origin_ns

    def _report(self, media_ns: int, state: SinkState, sample: int, rate: int, starved: bool = False) -> PlaybackStatus:
        return PlaybackStatus(
            media_ns=media_ns,
            id=self._key[0],
            lane=self._key[1],
            state=state,
            sample=sample,
            sample_rate=rate,
            starved=starved,
        )
