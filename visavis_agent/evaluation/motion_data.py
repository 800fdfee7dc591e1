"""The motion of a recorded conversation: its frames, and what each layer did in them.

Frames are read as recorded. Layers are not on any topic: the motion stage runs once more on what it got.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.bags.layout import BagEntry
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import BodyMotion, FaceMotion, Record, equal
from visavis_agent.evaluation.audible import Mark
from visavis_agent.evaluation.face_course import FaceCourse
from visavis_agent.evaluation.stage_host import StageHost
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.stage import MotionStage

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MotionData:
    """What is drawn of motion.

    Attributes:
        face: frames of the face.
        gestures: of the body, with their names.
        layers: name → (n, 2) time in s and how active it was, about 0–1.
        same: the second run gave the recorded frames bit by bit, so that its layers are those of the recording.
    """

    face: FaceCourse
    gestures: tuple[Mark, ...]
    layers: dict[str, Floats]
    same: bool

    @classmethod
    def of(cls, entries: Sequence[BagEntry], settings: MotionSettings, seed: int) -> MotionData:
        """Read a session's records and run its motion again.

        Args:
            entries: as recorded, in order.
            settings: of the motion stage that was recorded.
            seed: of the session.
        """
        recorded = [entry.record for entry in entries if isinstance(entry.record, FaceMotion)]
        bodies = [entry.record for entry in entries if isinstance(entry.record, BodyMotion)]
        again, layers = _layers(entries, settings, seed)
        same = len(again) >= len(recorded) and all(equal(a, b) for a, b in zip(recorded, again, strict=False))
        return cls(FaceCourse.of(recorded), _gestures(bodies), layers, same)


def _layers(entries: Sequence[BagEntry], settings: MotionSettings, seed: int) -> tuple[list[Record], dict[str, Floats]]:
    faces: list[Record] = []
    shares: list[dict[str, float]] = []

    def take(record: Record) -> None:
        if isinstance(record, FaceMotion):
            faces.append(record)
            shares.append(stage.shares)

    # The stage's random numbers are those of the session (session/loop.py).
    host = StageHost([seed, zlib.crc32(b"motion")], take)
    stage = MotionStage(settings, host)
    stage.start()
    for entry in entries:
        # What other stages sent as they started came before motion was there.
        if type(entry.record) in MotionStage.handlers and entry.at_ns > 0:
            host.advance(entry.at_ns)
            host.deliver(stage, entry.record)
    host.advance(max((entry.at_ns for entry in entries), default=0))
    stage.stop()
    times = [record.media_ns / SECOND for record in faces]
    names = list(shares[0]) if shares else []
    return faces, {name: np.array([times, [s[name] for s in shares]]).T for name in names}


def _gestures(bodies: Sequence[BodyMotion]) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for body in bodies:
        at = body.media_ns / SECOND
        if body.gesture and marks and marks[-1].text == body.gesture and at - marks[-1].end_s < 0.1:
            marks[-1] = Mark(marks[-1].start_s, at, body.gesture)
        elif body.gesture:
            marks.append(Mark(at, at, body.gesture))
    return tuple(marks)
