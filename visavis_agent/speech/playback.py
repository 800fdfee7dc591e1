"""The playback stage: which reply sounds when, and what of it was heard. Its sink is the only loudspeaker.

Every lane has its own queue. A stream (reply and lane) sounds only while its id is the turn's; a filler or
backchannel that has not begun when the reply is there is dropped, one that has begun ends with its word.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    DevicesEnabled,
    Lane,
    Level,
    Playback,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechAudio,
    TurnState,
    WordsHeard,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.speech.heard import HeardText
from visavis_agent.speech.sinks import SINKS, StageSink

_JUMP_NS = 10 * MS
_TICK_NS = 20 * MS
_STATUS_NS = 100 * MS
_LONGEST_HOLE_S = 10.0
_LONGEST_QUEUE_S = 600.0


@dataclass(frozen=True)
class PlaybackSettings:
    """Settings of the playback stage."""

    lead_ms: float = setting(
        60.0,
        "from the decision to play to the first sample: the mouth moves ahead",
        unit="ms",
        low=20.0,
        high=500.0,
    )
    record: bool = setting(False, "keep what was heard in memory, for the film of an offline session")
    sink: str = setting(
        "virtual", "what plays: the media clock alone (offline), or page and devices", choices=("virtual", "live")
    )
    output: str = setting(
        "auto",
        "where a live voice comes from; auto: the page while one is connected, else a loudspeaker if there is one",
        choices=("auto", "page", "device", "none"),
    )
    device: str = setting(
        "", "the loudspeaker: part of its ALSA name, or pulse:NAME (PulseAudio, PipeWire); empty for the default"
    )
    latency_ms: float = setting(
        30.0, "of the loudspeaker's buffer: more is safer, less stops sooner", unit="ms", low=5.0, high=500.0
    )


@dataclass(eq=False)
class _Stream:
    """The queue of one reply in one lane."""

    id: ReplyId
    lane: Lane
    sample_rate: int
    end: int
    pieces: deque[SpeechAudio] = field(default_factory=deque)
    closed: bool = False
    heard: HeardText = field(default_factory=HeardText)

    @property
    def queued_s(self) -> float:
        return (self.end - self.pieces[0].first_sample) / self.sample_rate if self.pieces else 0.0


class PlaybackStage(Stage):
    """Plays the turn's SpeechAudio; reports PlaybackStatus at changes, jumps and each 100 ms, and WordsHeard."""

    settings_type = PlaybackSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        SpeechAudio: "audio",
        TurnState: "turn_state",
        DevicesEnabled: "enabled",
    }

    def __init__(self, settings: PlaybackSettings, host: Host) -> None:
        super().__init__(settings, host)
        self.sink: StageSink = SINKS.load(settings.sink).for_stage(settings, host)
        self.starvations = 0
        self._turn: ReplyId | None = None
        self._held = False
        self._streams: list[_Stream] = []
        self._active: _Stream | None = None
        self._said: ReplyId | None = None
        self._last: PlaybackStatus | None = None
        self._tick: Handle | None = None

    def start(self) -> None:
        self.sink.open()

    def stop(self) -> None:
        if self._active is not None:
            self.sink.flush()
            self._finish(SinkState.FLUSHED)
        self._streams.clear()
        if self._tick is not None:
            self._tick.cancel()
        self.sink.close()

    # ------------------------------------------------------------------------------------------------
    # records in
    def audio(self, piece: SpeechAudio) -> None:
        """Queue a piece; old, late or unusable ones are dropped."""
        if self._turn is not None and piece.id < self._turn:
            return
        stream = next((s for s in self._streams if (s.id, s.lane) == (piece.id, piece.lane)), None)
        if piece.lane is Lane.REPLY and (piece.id == self._said or (stream is not None and stream.closed)):
            self.host.diagnose(Level.WARN, f"sound of reply {piece.id} came after its end")
            return
        if piece.lane is not Lane.REPLY and self._too_late(piece):
            return
        if stream is None or stream.closed:
            stream = _Stream(piece.id, piece.lane, piece.sample_rate, piece.first_sample)
            self._streams.insert(0, stream)
            if piece.lane is Lane.REPLY:
                self._end_filler(piece.id)
        checked = self._checked(stream, piece)
        if checked is not None:
            stream.pieces.append(checked)
            stream.heard.add(checked.words)
            stream.end = max(stream.end, checked.first_sample + len(checked.pcm))
            stream.closed = stream.closed or checked.last
        self._pump()

    def _too_late(self, piece: SpeechAudio) -> bool:
        """A filler has no place once the reply is there, a backchannel none beside it."""
        waiting = any(s.id == piece.id and s.lane is Lane.REPLY for s in self._streams)
        return waiting or (piece.lane is Lane.FILLER and piece.id == self._said)

    def _end_filler(self, reply: ReplyId) -> None:
        """The reply is there: a filler ends with the word that it is saying."""
        filler = self._poll()
        if filler is None or filler.lane is Lane.REPLY or filler.id != reply or self._last is None:
            return
        status, end = self.sink.status(), filler.heard.word_end
        if end is not None:
            at = status.media_ns + sample_time(max(0, end - status.sample), status.sample_rate)
            self.host.at(at, lambda: self._cut(filler))

    def _cut(self, filler: _Stream) -> None:
        if self._active is filler:
            self.sink.flush()
            self._finish(SinkState.FLUSHED)
            self._pump()

    def _checked(self, stream: _Stream, piece: SpeechAudio) -> SpeechAudio | None:
        """The piece if the stream can take it; the bare end of the reply if it cannot but ends it."""
        hole = piece.first_sample - stream.end
        if piece.sample_rate != stream.sample_rate:
            problem = f"{piece.sample_rate} Hz in a reply at {stream.sample_rate} Hz"
        elif hole > _LONGEST_HOLE_S * stream.sample_rate:
            problem = f"{hole} samples before it are missing"
        elif stream.queued_s > _LONGEST_QUEUE_S:
            problem = f"{_LONGEST_QUEUE_S:.0f} s are waiting already"
        else:
            if hole > 0:
                self.host.diagnose(Level.WARN, f"{hole} samples of reply {piece.id} are missing: silence instead")
            return piece
        self.host.diagnose(Level.WARN, f"a piece of reply {piece.id} was refused: {problem}")
        if not piece.last:
            return None
        nothing = np.zeros(0, np.int16)
        rate = stream.sample_rate
        return replace(piece, sample_rate=rate, first_sample=stream.end, pcm=nothing, phones=(), words=(), gestures=())

    def turn_state(self, state: TurnState) -> None:
        """Flush what is older than the turn, hold or resume the rest."""
        if self._turn is not None and state.id < self._turn:
            return
        self._turn = state.id
        active = self._poll()
        if active is not None and active.id < state.id:
            self.sink.flush()
            self._finish(SinkState.FLUSHED)
        self._streams = [stream for stream in self._streams if stream.id >= state.id]
        self._hold(state.playback is Playback.HOLD)
        self._pump()

    def enabled(self, devices: DevicesEnabled) -> None:
        """Be silent at once, or audible again; the reply goes on either way."""
        self.sink.mute(not devices.sound)
        if not devices.sound:
            self.host.diagnose(Level.OK, "the sound is switched off: the agent cannot be heard")

    def _hold(self, held: bool) -> None:
        if held == self._held:
            return
        self._held = held
        if self._poll() is None:
            return
        if held:
            self.sink.hold()
        else:
            self.sink.resume()
        self._report(self.sink.status())
        self._tell(complete=False)

    # ------------------------------------------------------------------------------------------------ playing
    def _pump(self) -> None:
        """Ask the sink where it is, feed it, start what waits; come back in 20 ms while something sounds."""
        self._poll()
        if self._active is None and not self._held:
            self._active = self._next()
        stream = self._active
        if stream is None:
            return
        started = self._last is None or (self._last.id, self._last.lane) != (stream.id, stream.lane)
        fed = False
        while stream.pieces and self.sink.write(stream.pieces[0]):
            stream.pieces.popleft()
            fed = True
        if fed and (started or (self._last is not None and (self._last.starved or not _sounding(self._last)))):
            self._poll(force=True)
        self._schedule()

    def _next(self) -> _Stream | None:
        """The turn's stream to play: the reply before a filler before a backchannel, the older first."""
        ready = [stream for stream in reversed(self._streams) if stream.id == self._turn]
        if any(stream.lane is Lane.REPLY for stream in ready):
            self._streams = [s for s in self._streams if s.id != self._turn or s.lane is Lane.REPLY]
        return min(ready, key=lambda stream: stream.lane, default=None)

    def _poll(self, force: bool = False) -> _Stream | None:
        """Take the sink's status, report what changed; returns the stream that is still active."""
        stream = self._active
        if stream is None:
            return None
        status = self.sink.status()
        if (status.id, status.lane) != (stream.id, stream.lane):
            return stream
        stream.heard.advance(status.sample)
        if status.state is SinkState.FINISHED:
            self._finish(SinkState.FINISHED)
            return None
        last = self._last
        if status.starved and not (last is not None and last.starved):
            self.starvations += 1
            self.host.diagnose(Level.WARN, f"the voice ran dry {self.starvations} times: its text or sound came late")
            force = True
        force = force or (last is not None and _jumped(last, status))
        if force or last is None or self.host.now() - last.media_ns > _STATUS_NS - _TICK_NS:
            self._report(status)
            if stream.heard.changed:
                self._tell(complete=False)
        return stream

    def _finish(self, state: SinkState) -> None:
        """The active stream is over."""
        stream, self._active = self._active, None
        if stream is None:
            return
        status = self.sink.status()
        stream.heard.advance(status.sample)
        self._report(status)
        self._tell_of(stream, complete=state is SinkState.FINISHED)
        self._streams = [other for other in self._streams if other is not stream]
        if stream.lane is Lane.REPLY:
            self._said = stream.id

    def _schedule(self) -> None:
        """Come back in 20 ms, or when the last sample of the reply is over if that is sooner."""
        stream, status = self._active, self._last
        if stream is None:
            return
        due = self.host.now() + _TICK_NS
        if stream.closed and not stream.pieces and status is not None and _sounding(status):
            end = status.media_ns + sample_time(stream.end - status.sample, status.sample_rate) + 1
            due = min(due, max(self.host.now() + MS, end))
        if self._tick is not None:
            self._tick.cancel()
        self._tick = self.host.at(due, self._pump)

    # ------------------------------------------------------------------------------------------------ reports
    def _report(self, status: PlaybackStatus) -> None:
        """Send a status; its time never runs backwards, though a start is announced ahead."""
        if self._last is not None and status.media_ns < self._last.media_ns:
            status = replace(status, media_ns=self._last.media_ns)
        self._last = status
        self.host.emit(status)

    def _tell(self, complete: bool) -> None:
        if self._active is not None:
            self._tell_of(self._active, complete)

    def _tell_of(self, stream: _Stream, complete: bool) -> None:
        """What of a reply was heard; fillers and backchannels are not remembered."""
        if stream.lane is not Lane.REPLY:
            return
        self.host.emit(WordsHeard(media_ns=self.host.now(), id=stream.id, text=stream.heard.text(), complete=complete))


def _sounding(status: PlaybackStatus) -> bool:
    return status.state is SinkState.PLAYING and not status.starved


def _jumped(last: PlaybackStatus, status: PlaybackStatus) -> bool:
    """Whether a sample sounds at another time than the last report let expect: the output had a hole."""
    if not _sounding(last) or not _sounding(status) or (last.id, last.lane) != (status.id, status.lane):
        return False
    passed = (status.sample - last.sample) * SECOND // status.sample_rate
    return abs(status.media_ns - last.media_ns - passed) > _JUMP_NS
