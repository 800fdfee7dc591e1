"""When a reply's first audible sample was announced: from its sound and from what playback says of it."""

from __future__ import annotations

import threading

import numpy as np

from visavis_agent.core.clock import MS, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, PlaybackStatus, Record, SinkState, SpeechAudio

_AUDIBLE = 100  # as in the recording
_NEAR_NS = 300 * MS


class VoiceOnsets:
    """Collects the announced onsets of replies; records may come on another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[ReplyId, int] = {}
        self._announced: dict[ReplyId, int] = {}

    def take(self, record: Record) -> None:
        with self._lock:
            if isinstance(record, SpeechAudio) and record.lane is Lane.REPLY:
                self._sound(record)
            elif isinstance(record, PlaybackStatus) and record.lane is Lane.REPLY:
                self._status(record)

    def error_ns(self, heard_ns: int | None) -> int | None:
        """How much later than announced the onset at `heard_ns` was heard; None when none was announced near it."""
        with self._lock:
            near = [heard_ns - at for at in self._announced.values()] if heard_ns is not None else []
        best = min(near, key=abs, default=None)
        return best if best is not None and abs(best) < _NEAR_NS else None

    def _sound(self, piece: SpeechAudio) -> None:
        if piece.id in self._samples:
            return
        loud = np.flatnonzero(np.abs(piece.pcm.astype(np.int32)) > _AUDIBLE)
        if len(loud):
            self._samples[piece.id] = piece.first_sample + int(loud[0])

    def _status(self, status: PlaybackStatus) -> None:
        """The latest report before the onset places it best."""
        sample = self._samples.get(status.id)
        if sample is None or status.state is not SinkState.PLAYING or status.starved:
            return
        if status.sample <= sample or status.id not in self._announced:
            self._announced[status.id] = status.media_ns + sample_time(sample - status.sample, status.sample_rate)
