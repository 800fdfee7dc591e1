"""A visitor who talks into the agent's replies, in the offline graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.records import (
    MICROPHONE_RATE,
    FaceMotion,
    Lane,
    MicrophoneAudio,
    PlaybackStatus,
    Record,
    SinkState,
    TextInput,
    TurnState,
)
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.overlap import Overlap, Overlapped
from visavis_agent.evaluation.sink_sound import sink_sound
from visavis_agent.session.loop import Session
from visavis_agent.speech.playback import PlaybackStage
from visavis_agent.speech.virtual_sink import VirtualSink

Pcm = npt.NDArray[np.int16]
_BLOCK = 512
_INTO_REPLY_NS = (900 * MS, 2000 * MS)
_AFTER_NS = 2500 * MS
_REST_NS = 600 * MS
_RECENT_FACES = 100


class SessionOverlaps:
    """Each overlap gets a reply of its own to a typed question, and 2.5 s after its end.

    Args:
        questions: with long answers, asked in turn.
        noise: (m,) int16 room noise that is added all the time, repeated.
    """

    def __init__(
        self, deployment: Deployment, questions: Sequence[str], overlaps: Sequence[Overlap], noise: Pcm, seed: int
    ) -> None:
        self.seen: list[Overlapped] = []
        self._questions, self._left, self._noise = questions, list(overlaps), noise
        self._rng = np.random.default_rng(seed)
        self._position = 0
        self._pending: Pcm = np.zeros(0, np.int16)
        self._reply_ns: int | None = None
        self._next_ns = SECOND
        self._asking = False
        self._current: Overlapped | None = None
        self._recent: deque[FaceMotion] = deque(maxlen=_RECENT_FACES)
        settings = {name: value for name, value in deployment.settings.items() if name != "rendering"}
        settings["playback"] = replace(settings["playback"], record=True)
        inputs = (MicrophoneAudio, TextInput)
        with Session(settings, deployment.seed, self._tap, inputs) as session:
            self._session = session
            session.outside(0, self._listen)
            session.run(lambda: session.now if not self._left and self._current is None else None)

    def _listen(self) -> None:
        """The next 32 ms of the room and of the overlap."""
        now = self._session.now
        self._step(now)
        block = np.take(self._noise, np.arange(self._position, self._position + _BLOCK), mode="wrap").astype(np.int32)
        part, self._pending = self._pending[:_BLOCK], self._pending[_BLOCK:]
        block[: len(part)] += part
        record = MicrophoneAudio(media_ns=now, pcm=np.clip(block, -32768, 32767).astype(np.int16))
        self._position += _BLOCK

        def heard() -> None:
            self._session.send(record)
            self._listen()

        self._session.outside(sample_time(self._position, MICROPHONE_RATE), heard)

    def _step(self, now: int) -> None:
        if self._current is None and self._left and now >= self._next_ns and not self._asking:
            question = self._questions[len(self.seen) % len(self._questions)]
            self._reply_ns, self._asking = None, True
            self._session.send(TextInput(media_ns=now, text=question))
        elif self._asking and self._reply_ns is not None and now >= self._reply_ns:
            self._begin(now)
        elif self._current is not None and now >= self._current.end_ns + _AFTER_NS:
            self._finish(now, self._current)

    def _begin(self, now: int) -> None:
        overlap = self._left.pop(0)
        self._asking, sound = False, overlap.sound
        self._pending = sound.pcm[sound.first :]
        end = now + sample_time(sound.end - sound.first, MICROPHONE_RATE)
        self._current = Overlapped(overlap, now, end, faces=list(self._recent))
        self.seen.append(self._current)

    def _finish(self, now: int, seen: Overlapped) -> None:
        playback = self._session.stages["playback"]
        if isinstance(playback, PlaybackStage) and isinstance(playback.sink, VirtualSink):
            seen.voice_ns, seen.rate = seen.start_ns - SECOND, MICROPHONE_RATE
            seen.voice = sink_sound(playback.sink, seen.voice_ns, now)
            playback.sink.take_recording(0)
        self._current = None
        self._session.send(TextInput(media_ns=now, text=""))
        self._next_ns = now + _REST_NS

    def _tap(self, record: Record, at_ns: int) -> None:
        match record:
            case TurnState() if self._current is not None:
                self._current.states.append(record)
            case FaceMotion():
                self._recent.append(record)
                if self._current is not None:
                    self._current.faces.append(record)
            case PlaybackStatus() if self._asking and self._reply_ns is None:
                if record.state is SinkState.PLAYING and record.lane is Lane.REPLY and not record.starved:
                    low, high = _INTO_REPLY_NS
                    self._reply_ns = record.media_ns + int(self._rng.integers(low, high))
