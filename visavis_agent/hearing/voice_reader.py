"""Reads an utterance's prosody as it is spoken, and its affect at each pause and at its end."""

from __future__ import annotations

from collections.abc import Iterable

from visavis_agent.core.records import Prosody, VoiceAffect
from visavis_agent.core.stage import Host
from visavis_agent.hearing.affect import VoiceAffectEstimator
from visavis_agent.hearing.intake import Frame
from visavis_agent.hearing.prosody import HOP_NS, ProsodyTrack


class VoiceReader:
    """Emits Prosody for each frame of speech and VoiceAffect at a pause of 64 ms or, at the latest, the end.

    One speaker is assumed until nobody has spoken for `forget_ns`; then the baseline is forgotten.
    """

    def __init__(self, host: Host, forget_ns: int) -> None:
        self._host = host
        self._forget_ns = forget_ns
        self._track = ProsodyTrack()
        self._affect = VoiceAffectEstimator()
        self._ended_ns: int | None = None
        self._told = False

    def begin(self, start_ns: int, frames: Iterable[Frame]) -> None:
        """Speech began at `start_ns`; of the frames before now, those that belong to it are read."""
        if self._ended_ns is not None and start_ns - self._ended_ns > self._forget_ns:
            self._affect.forget()
        self._affect.begin()
        self._told = False
        spoken = [frame for frame in frames if frame.end_ns > start_ns]
        if spoken:
            self._track.begin(spoken[0].media_ns)
        for frame in spoken:
            self._read(frame)

    def push(self, frame: Frame, quiet_ns: int) -> None:
        """The next frame of the utterance."""
        if not quiet_ns:
            self._told = False
        self._read(frame)
        if quiet_ns > 0:
            self._tell(frame.end_ns)

    def end(self, end_ns: int, now_ns: int) -> None:
        """Speech ended at `end_ns`."""
        self._tell(now_ns)
        self._affect.end()
        self._ended_ns = end_ns

    def _read(self, frame: Frame) -> None:
        frames = self._track.push(frame.pcm)
        if frames is None:
            return
        self._affect.push(frames)
        self._host.emit(
            Prosody(media_ns=frames.media_ns, f0_hz=frames.f0_hz, level_dbfs=frames.level_dbfs, hop_ns=HOP_NS)
        )

    def _tell(self, now_ns: int) -> None:
        if not self._told:
            self._told = True
            self._host.emit(VoiceAffect(media_ns=now_ns, emotion=self._affect.estimate()))
