"""Who is who from picture to picture: faces become persons with stable ids by overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from visavis_agent.core.clock import MS
from visavis_agent.core.records import Presence
from visavis_agent.perception.action_units import NeutralFace
from visavis_agent.perception.affect import FaceReader
from visavis_agent.perception.eyes import Box, Face
from visavis_agent.perception.liveness import Liveness

# A face is missed now and then, and the detector looks only a few times a second.
_BLIP_NS = 500 * MS
GONE_NS = 1200 * MS
_LEAST_OVERLAP = 0.15
_NEAR = 0.7


@dataclass
class Track:
    """One person in view."""

    person_id: str
    face: Face
    seen_ns: int
    liveness: Liveness = field(default_factory=Liveness)
    neutral: NeutralFace = field(default_factory=NeutralFace)
    reader: FaceReader = field(default_factory=FaceReader)

    def presence(self, now_ns: int) -> Presence:
        if now_ns - self.seen_ns > _BLIP_NS:
            return Presence.LEAVING
        return Presence.CONFIRMED if self.liveness.alive else Presence.PRESENT


class Tracker:
    """Follows persons. A face that overlaps no known one is somebody new; after 1.2 s unseen one is gone."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._count = 0

    def update(self, faces: Sequence[Face], now_ns: int) -> None:
        """Take the faces of a picture, the detailed one first."""
        free = list(self.tracks)
        for face in faces:
            track = _nearest(face.box, free)
            if track is None:
                self._count += 1
                self.tracks.append(Track(f"person-{self._count}", face, now_ns))
            else:
                free.remove(track)
                track.face, track.seen_ns = face, now_ns
        self.tracks = [track for track in self.tracks if now_ns - track.seen_ns < GONE_NS]

    def track(self, person_id: str) -> Track | None:
        return next((track for track in self.tracks if track.person_id == person_id), None)


def _nearest(box: Box, tracks: Sequence[Track]) -> Track | None:
    """The track whose last box overlaps most, or lies nearest where a quick movement left no overlap."""
    if not tracks:
        return None
    best = max(tracks, key=lambda track: box.overlap(track.face.box))
    if box.overlap(best.face.box) >= _LEAST_OVERLAP:
        return best
    nearest = min(tracks, key=lambda track: _distance(box, track.face.box))
    return nearest if _distance(box, nearest.face.box) < _NEAR else None


def _distance(a: Box, b: Box) -> float:
    """Between the centres, in mean face widths; far apart where the sizes differ by more than half."""
    size = (a.width + b.width) / 2
    if size <= 0 or not 0.5 < a.width / max(b.width, 1e-6) < 2:
        return float("inf")
    (ax, ay), (bx, by) = a.centre, b.centre
    return ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 / size
