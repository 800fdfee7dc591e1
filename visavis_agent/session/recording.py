"""What is kept of a session: the bag, the film, the events, and sums that tell two sessions apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.bags import BagEntry, BagWriter
from visavis_agent.bags.digest import as_recorded
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import (
    BodyMotion,
    CameraImage,
    Diagnostic,
    FaceMotion,
    Level,
    MicrophoneAudio,
    PlaybackStatus,
    Prosody,
    Record,
    SpeechAudio,
    TurnReport,
    VideoFrame,
    VoiceActivity,
)
from visavis_agent.graph import GRAPH
from visavis_agent.kiosk.film import Film, mix
from visavis_agent.session.plain import Sum, plain

_SUMS: dict[str, tuple[type[Record], ...]] = {
    "sound": (SpeechAudio,),
    "motion": (FaceMotion, BodyMotion),
    "frames": (VideoFrame,),
}
_STREAMS = (MicrophoneAudio, CameraImage, SpeechAudio, FaceMotion, BodyMotion, VideoFrame, Prosody)


class Recording:
    """A tap that keeps what was sent.

    Attributes:
        entries: everything but camera pictures, drawn pictures as digests.
        turns: one report for each turn.
        problems: warnings and errors of the stages, in words.
    """

    def __init__(self, bag: BagWriter | None = None, film: Film | None = None) -> None:
        self.entries: list[BagEntry] = []
        self.turns: list[TurnReport] = []
        self.problems: list[str] = []
        self._bag = bag
        self._film = film
        self._names = {topic.record: topic.name for topic in GRAPH.topics}
        self._sums = {name: Sum() for name in ("events", *_SUMS)}
        self._events: list[dict[str, Any]] = []
        self._last: dict[type[Record], Any] = {}

    def tap(self, record: Record, at_ns: int) -> None:
        """Keep a record that was sent at media time `at_ns`."""
        if self._film is not None and isinstance(record, VideoFrame):
            self._film.show(record)
        kept = as_recorded(record)
        if self._bag is not None:
            self._bag.write(kept, at_ns)
        if not isinstance(record, CameraImage):
            self.entries.append(BagEntry(self._names[type(record)], kept, at_ns))
        for name, kinds in _SUMS.items():
            if isinstance(record, kinds):
                self._sums[name].add(kept, at_ns)
        if not isinstance(record, _STREAMS):
            self._event(record, at_ns)

    def visitor(self) -> list[MicrophoneAudio]:
        """The visitor's sound."""
        return [entry.record for entry in self.entries if isinstance(entry.record, MicrophoneAudio)]

    def finish_film(self, agent: npt.NDArray[np.int16]) -> None:
        """Give the film its sound: the visitor's and the agent's (48 kHz from media time 0)."""
        if self._film is not None:
            self._film.finish(mix(self.visitor(), agent))

    def summary(self) -> dict[str, Any]:
        """Turns, events and sums, as JSON values; the same for the same input and seed."""
        return {
            "turns": [plain(turn) for turn in self.turns],
            "problems": self.problems,
            "frames": self._sums["frames"].count,
            "sha256": {name: total.hexdigest for name, total in self._sums.items()},
            "events": self._events,
        }

    def _event(self, record: Record, at_ns: int) -> None:
        self._sums["events"].add(record, at_ns)
        if isinstance(record, TurnReport):
            self.turns.append(record)
        if isinstance(record, Diagnostic) and record.level is not Level.OK:
            self.problems.append(f"{record.stage}: {record.message}")
        if self._is_change(record):
            fields: Mapping[str, Any] = {k: v for k, v in plain(record).items() if v not in ("", [], None)}
            self._events.append({"at_s": at_ns / SECOND, "topic": self._names[type(record)], **fields})

    def _is_change(self, record: Record) -> bool:
        """Of what is repeated at a rate, only what is new."""
        state: Any
        if isinstance(record, VoiceActivity):
            state = record.speaking
        elif isinstance(record, PlaybackStatus):
            state = (record.id, record.lane, record.state, record.starved)
        else:
            return True
        changed = self._last.get(type(record)) != state
        self._last[type(record)] = state
        return changed
