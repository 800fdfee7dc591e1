"""Who is who from picture to picture: faces become persons with stable ids by place, course and looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from visavis_agent.core.clock import MS
from visavis_agent.core.records import Presence
from visavis_agent.perception.action_units import NeutralFace
from visavis_agent.perception.affect import FaceReader
from visavis_agent.perception.appearance import Appearance, likeness
from visavis_agent.perception.eyes import Box, Face
from visavis_agent.perception.face_depth import FaceDepth
from visavis_agent.perception.hands import GestureReader, Shown
from visavis_agent.perception.hidden import Hidden
from visavis_agent.perception.liveness import Liveness
from visavis_agent.perception.resting_pitch import RestingPitch

# A face is missed now and then, and the detector looks only a few times a second.
_BLIP_NS = 500 * MS
GONE_NS = 1000 * MS
# Who has gone behind somebody who stands nearer comes out on the other side.
_COVERED_NS = 2500 * MS
# What a person covers, in sizes of the face's box: hair and shoulders, and all that is below.
_COVERS_LEFT, _COVERS_ABOVE = 0.6, 0.5
_LEAST_OVERLAP = 0.15
_NEAR = 0.7
# Where two might be meant, looks decide: clothes of another colour outweigh a better overlap.
_LOOKS = 2.0
_LEARNT = 0.1
# Nobody's course is known for longer than that, and only after some steps.
_COURSE_NS, _FORESEEN_NS = 300 * MS, 900 * MS


@dataclass
class Track:
    """One person in view; `speed` of the face in px a nanosecond, `covered_ns` when he was last behind somebody."""

    person_id: str
    face: Face
    seen_ns: int
    appearance: Appearance | None = None
    speed: tuple[float, float] = (0.0, 0.0)
    covered_ns: int = 0
    liveness: Liveness = field(default_factory=Liveness)
    neutral: NeutralFace = field(default_factory=NeutralFace)
    hands: GestureReader = field(default_factory=GestureReader)
    shown: Shown = field(default_factory=Shown)
    hand_on_mouth: bool = False
    hidden: Hidden = field(default_factory=Hidden)
    resting: RestingPitch = field(default_factory=RestingPitch)
    depth: FaceDepth = field(default_factory=FaceDepth)
    reader: FaceReader = field(default_factory=FaceReader)

    def __post_init__(self) -> None:
        self.appearance = self.face.appearance

    @property
    def mouth_hidden(self) -> bool:
        """By a hand, or by something worn."""
        return self.hand_on_mouth or self.hidden.mouth

    def take(self, face: Face, now_ns: int) -> None:
        """This is the person now."""
        elapsed = now_ns - self.seen_ns
        if elapsed > 0:
            keep = math.exp(-elapsed / _COURSE_NS)
            (x, y), (old_x, old_y) = face.box.centre, self.face.box.centre
            step = ((x - old_x) / elapsed, (y - old_y) / elapsed)
            self.speed = (
                keep * self.speed[0] + (1 - keep) * step[0],
                keep * self.speed[1] + (1 - keep) * step[1],
            )
        if face.appearance is not None:
            known = face.appearance if self.appearance is None else self.appearance
            self.appearance = (1 - _LEARNT) * known + _LEARNT * face.appearance
        self.face, self.seen_ns = face, now_ns

    def expected(self, now_ns: int) -> Box:
        """Where the person is if the course was kept since; who is behind somebody keeps it until he comes out."""
        elapsed = min(max(_FORESEEN_NS, self.covered_ns - self.seen_ns), max(0, now_ns - self.seen_ns))
        box = self.face.box
        return Box(box.x + self.speed[0] * elapsed, box.y + self.speed[1] * elapsed, box.width, box.height)

    def gone(self, now_ns: int) -> bool:
        """Not seen for GONE_NS; the time behind somebody does not count, up to a limit."""
        return now_ns - max(self.seen_ns, self.covered_ns) >= GONE_NS or now_ns - self.seen_ns >= _COVERED_NS

    def presence(self, now_ns: int) -> Presence:
        if now_ns - self.seen_ns > _BLIP_NS:
            return Presence.LEAVING
        return Presence.CONFIRMED if self.liveness.alive else Presence.PRESENT


class Tracker:
    """Follows persons. A face near no known one is somebody new; who is not seen for GONE_NS is gone."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._count = 0

    def update(self, faces: Sequence[Face], now_ns: int) -> None:
        """Take the faces of a picture, the detailed one first."""
        free, unknown = list(self.tracks), list(faces)
        while (pair := _best_pair(unknown, free, now_ns)) is not None:
            face, track = pair
            unknown.remove(face)
            free.remove(track)
            track.take(face, now_ns)
        for face in unknown:
            self._count += 1
            self.tracks.append(Track(f"person-{self._count}", face, now_ns))
        for track in self.tracks:
            if self._is_covered(track, now_ns):
                track.covered_ns = now_ns
        self.tracks = [track for track in self.tracks if not track.gone(now_ns)]

    def _is_covered(self, track: Track, now_ns: int) -> bool:
        """Whether the person, who is not seen, is behind one who is."""
        if track.seen_ns == now_ns:
            return False
        place = track.expected(now_ns)
        seen = (other.face.box for other in self.tracks if now_ns - other.seen_ns < _BLIP_NS and other is not track)
        return any(_covers(nearer, place) for nearer in seen)

    def track(self, person_id: str) -> Track | None:
        return next((track for track in self.tracks if track.person_id == person_id), None)


def _covers(nearer: Box, place: Box) -> bool:
    """Whether a face at `place` is hidden behind the person whose face is `nearer`, if that one stands in front."""
    x, y = place.centre
    left, right = nearer.x - _COVERS_LEFT * nearer.width, nearer.x + (1 + _COVERS_LEFT) * nearer.width
    return nearer.width > place.width and left < x < right and y > nearer.y - _COVERS_ABOVE * nearer.height


def _best_pair(faces: Sequence[Face], tracks: Sequence[Track], now_ns: int) -> tuple[Face, Track] | None:
    """The face and the track that most plainly belong together; None where none do."""
    pairs = [(_affinity(face, track, now_ns), face, track) for face in faces for track in tracks]
    best = max(pairs, key=lambda pair: pair[0], default=None)
    return (best[1], best[2]) if best is not None and best[0] > 0 else None


def _affinity(face: Face, track: Track, now_ns: int) -> float:
    """Above 0 if the face may be the track's: overlap where the person was or was going, then nearness, and looks."""
    expected = track.expected(now_ns)
    overlap = max(face.box.overlap(track.face.box), face.box.overlap(expected))
    place = 1.0 + overlap
    if overlap < _LEAST_OVERLAP:
        apart = min(_distance(face.box, track.face.box), _distance(face.box, expected))
        if apart >= _NEAR:
            return 0.0
        place = 1.0 - apart
    if face.appearance is None or track.appearance is None:
        return place
    return max(1e-3, place + _LOOKS * (likeness(face.appearance, track.appearance) - 0.5))


def _distance(a: Box, b: Box) -> float:
    """Between the centres, in mean face widths; far apart where the sizes differ by more than half."""
    size = (a.width + b.width) / 2
    if size <= 0 or not 0.5 < a.width / max(b.width, 1e-6) < 2:
        return float("inf")
    (ax, ay), (bx, by) = a.centre, b.centre
    return ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 / size
