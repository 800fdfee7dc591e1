"""The perception stage: camera pictures in; who is in view and what the engaged one's face shows, out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import (
    CameraImage,
    DevicesEnabled,
    FaceAffect,
    Level,
    Person,
    Persons,
    Presence,
    Record,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.perception.action_units import ACTION_UNITS, expression
from visavis_agent.perception.appearance import appearance
from visavis_agent.perception.body import BodyReader
from visavis_agent.perception.engagement import Engagement, Zones
from visavis_agent.perception.eyes import EYES, Box, Eyes, EyesSettings, Face
from visavis_agent.perception.face_table import MOUTH
from visavis_agent.perception.frozen import Frozen
from visavis_agent.perception.hands import Body, covers
from visavis_agent.perception.liveness import washed_out
from visavis_agent.perception.reading import Familiar, Reading, View, read_face
from visavis_agent.perception.tracking import GONE_NS, Track, Tracker

_EYES = EyesSettings()
_FRONTAL = math.radians(15)
_REST = 3  # so much more seldom are hanging arms looked at
# A picture that took so long is waited for again, with some leeway.
_SLOW = 3


@dataclass(frozen=True)
class PerceptionSettings:
    """Settings of the perception stage."""

    engine: str = setting("facemesh", "what sees faces", choices=("facemesh", "none"))
    eyes: EyesSettings = setting(_EYES, "settings of the engine")
    rate: float = setting(25.0, "pictures looked at per second at most", unit="Hz", low=1.0, high=120.0)
    field_of_view: float = setting(
        60.0, "of the camera along the picture's longer side", unit="°", low=10.0, high=170.0
    )
    engage_distance: float = setting(
        1.5, "distance from which the agent turns to somebody", unit="m", low=0.2, high=10.0
    )
    leave_distance: float = setting(2.0, "distance beyond which the agent turns away", unit="m", low=0.2, high=10.0)
    gestures_hz: float = setting(
        6.0,
        "how often arms and hands of the person in front are looked at, a third of it while they hang down; 0: never",
        unit="Hz",
        low=0.0,
        high=15.0,
    )
    latency_ms: int = setting(15, "declared latency in offline sessions", unit="ms", low=0, high=1000)


class PerceptionStage(Stage):
    """Sees persons. A missing engine costs the sight, and it says so."""

    settings_type = PerceptionSettings
    handlers: ClassVar[dict[type[Record], str]] = {CameraImage: "_camera", DevicesEnabled: "_enable"}

    def __init__(self, settings: PerceptionSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._eyes: Eyes | None = None
        self._body: BodyReader | None = None
        self._enabled = True
        self._begin()

    def _begin(self) -> None:
        settings: PerceptionSettings = self.settings
        self._tracker = Tracker()
        self._persons: dict[str, Person] = {}
        self._engagement = Engagement(settings.engage_distance, settings.leave_distance)
        self._zones = Zones()
        self._hands_ns: int | None = None
        self._due_ns: int | None = None
        self._looking = False
        self._frozen, self._was_frozen = Frozen(), False
        self._waiting: CameraImage | None = None
        self._expiry: Handle | None = None

    def start(self) -> None:
        settings: PerceptionSettings = self.settings
        self._begin()
        if settings.engine == "none":
            self.host.diagnose(Level.WARN, "no eyes are set: nobody is seen")
            return
        try:
            self._eyes = EYES.load(settings.engine)(settings.eyes)
        except EngineError as error:
            self.host.diagnose(Level.ERROR, f"nobody is seen: {error}")
            return
        if settings.gestures_hz > 0:
            try:
                self._body = BodyReader()
            except EngineError as error:
                self.host.diagnose(Level.WARN, f"no gestures are seen: {error}")

    def stop(self) -> None:
        eyes, self._eyes = self._eyes, None
        body, self._body = self._body, None
        if body is not None:
            body.close()
        if self._expiry is not None:
            self._expiry.cancel()
        if eyes is not None:
            eyes.close()

    def _camera(self, record: CameraImage) -> None:
        if self._eyes is None or not self._enabled or not self._is_due(record.media_ns):
            return
        if self._stands_still(record):
            return
        if self._looking:
            self._waiting = record
        else:
            self._look(self._eyes, record)

    def _enable(self, devices: DevicesEnabled) -> None:
        """Blind on request and at once, wherever the pictures come from: nobody is in view any more."""
        if devices.camera == self._enabled:
            return
        self._enabled = devices.camera
        self._waiting = None
        if not self._enabled:
            self.host.diagnose(Level.OK, "the camera is switched off: nobody is seen")
            self._see_nobody()

    def _stands_still(self, record: CameraImage) -> bool:
        """Whether the camera has stopped; whoever was in view last is there no more, for all that is known."""
        frozen = self._frozen.see(record.image, record.media_ns)
        if frozen and not self._was_frozen:
            self.host.diagnose(Level.WARN, "the camera shows the very same picture again and again: nobody is seen")
            self._see_nobody()
        elif self._was_frozen and not frozen:
            self.host.diagnose(Level.OK, "the camera's picture changes again")
        self._was_frozen = frozen
        return frozen

    def _see_nobody(self) -> None:
        self._waiting = None
        if self._expiry is not None:
            self._expiry.cancel()
        self._tracker.tracks.clear()
        self._tell(self.host.now())

    def _is_due(self, media_ns: int) -> bool:
        """Whether a picture is looked at: on average `rate` per second, whatever the camera's own rate."""
        settings: PerceptionSettings = self.settings
        period = round(SECOND / settings.rate)
        if self._due_ns is None or media_ns < self._due_ns - 2 * period:
            self._due_ns = media_ns  # the first picture, or the film has started again
        if media_ns + period // 4 < self._due_ns:
            return False
        self._due_ns = max(self._due_ns + period, media_ns + period // 2)
        return True

    def _look(self, eyes: Eyes, record: CameraImage) -> None:
        settings: PerceptionSettings = self.settings
        self._looking = True
        preferred, hands_of = self._preferred(), self._hands_of(record.media_ns)
        body = self._body if hands_of is not None else None
        self.host.work(
            lambda: _see(eyes, body, record, preferred, hands_of.face.box if hands_of else None),
            lambda sight: self._seen(record, sight, hands_of),
            settings.latency_ms * MS,
        )

    def _hands_of(self, media_ns: int) -> Track | None:
        """Whose hands are looked at in the next picture, a few times a second: the engaged or the nearest person's."""
        settings: PerceptionSettings = self.settings
        tracks = [track for track in self._tracker.tracks if track.presence(media_ns) is not Presence.LEAVING]
        if self._body is None or not tracks:
            return None
        engaged = self._tracker.track(self._engagement.engaged_id)
        chosen = engaged if engaged in tracks else max(tracks, key=lambda track: track.face.box.area)
        period = round(SECOND / settings.gestures_hz) * (_REST if chosen.hands.at_rest else 1)
        if self._hands_ns is not None and 0 <= media_ns - self._hands_ns < period:
            return None
        self._hands_ns = media_ns
        return chosen

    def _preferred(self) -> Box | None:
        """Where the engaged person was last."""
        track = self._tracker.track(self._engagement.engaged_id)
        return track.face.box if track else None

    def _seen(self, record: CameraImage, sight: _Sight, hands_of: Track | None) -> None:
        self._looking = False
        if self._eyes is None or not self._enabled or self._was_frozen:
            return
        now_ns = record.media_ns
        self._tracker.update(sight.faces, now_ns)
        if hands_of is not None:
            _read_hands(hands_of, sight.body, now_ns)
        readings = {}
        for track in self._tracker.tracks:
            if track.seen_ns == now_ns:
                reading = self._read(track, record)
                self._persons[track.person_id] = reading.person
                readings[track.person_id] = reading
        self._tell(now_ns)
        engaged = self._tracker.track(self._engagement.engaged_id)
        if engaged is not None and engaged.person_id in readings:
            self._tell_affect(engaged, readings[engaged.person_id], now_ns)
        self._expect_another(now_ns)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._look(self._eyes, waiting)

    def _read(self, track: Track, record: CameraImage) -> Reading:
        """What the face just seen says."""
        settings: PerceptionSettings = self.settings
        if track.face.points is not None:
            clear = not washed_out(record.image, track.face.points)
            track.liveness.watch(track.face.points, record.media_ns, clear)
            if clear:
                track.hidden.watch(record.image, track.face.points, record.media_ns)
        height, width = record.image.shape[:2]
        view = View(width, height, math.radians(settings.field_of_view))
        presence = track.presence(record.media_ns)
        familiar = Familiar(track.neutral.face(), track.resting.pitch, track.depth.pitch_gain, track.hidden.eyes)
        reading = read_face(track.face, track.person_id, presence, familiar, view)
        if reading.features is not None and reading.shape is not None:
            track.depth.learn(reading.shape, record.media_ns)
            track.resting.learn(reading.measured, record.media_ns)
            _, pitch, yaw = reading.person.head
            if max(abs(pitch), abs(yaw)) < _FRONTAL:
                track.neutral.learn(reading.features, record.media_ns, track.mouth_hidden)
        return reading

    def _tell(self, now_ns: int) -> None:
        persons = tuple(self._as_of_now(track, now_ns) for track in self._tracker.tracks)
        self._persons = {person.person_id: person for person in persons}
        engaged_id = self._engagement.update(persons)
        zones = self._zones.update(persons, engaged_id, now_ns)
        persons = tuple(replace(person, zone=zones[person.person_id]) for person in persons)
        self.host.emit(Persons(media_ns=now_ns, persons=persons, engaged_id=engaged_id))

    def _as_of_now(self, track: Track, now_ns: int) -> Person:
        person = self._persons[track.person_id]
        (left, up), hidden = track.shown.direction, track.mouth_hidden
        return replace(
            person,
            presence=track.presence(now_ns),
            gesture=track.shown.gesture,
            pointing=(0.0, left, up),
            mouth_hidden=hidden,
            eyes_hidden=track.hidden.eyes,
            mouth_open=0.0 if hidden else person.mouth_open,
        )

    def _tell_affect(self, track: Track, reading: Reading, now_ns: int) -> None:
        if reading.features is None:
            return
        neutral = track.neutral
        shown = expression(reading.features, neutral.face(), reading.person.head, neutral.known)
        shown = shown.without(mouth=track.mouth_hidden, eyes=track.hidden.eyes)
        self.host.emit(
            FaceAffect(
                media_ns=now_ns,
                person_id=track.person_id,
                emotion=track.reader.read(shown, now_ns),
                action_units=ACTION_UNITS,
                intensities=shown.intensities,
            )
        )

    def _expect_another(self, seen_ns: int) -> None:
        """Without further pictures (the camera is lost, the film has ended) the persons in view go too.

        A busy machine takes its time for a picture, and for the next one as well: nobody has gone for that.
        """
        if self._expiry is not None:
            self._expiry.cancel()
        patience_ns = max(GONE_NS, _SLOW * (self.host.now() - seen_ns))
        self._expiry = self.host.at(seen_ns + patience_ns, self._expire) if self._tracker.tracks else None

    def _expire(self) -> None:
        self._expiry = None
        if self._tracker.tracks:
            self._tracker.update((), self.host.now())
            self._tell(self.host.now())


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one picture showed: faces, and the body that was looked at."""

    faces: tuple[Face, ...]
    body: Body | None


def _see(eyes: Eyes, hands: BodyReader | None, record: CameraImage, preferred: Box | None, face: Box | None) -> _Sight:
    """On the worker: the faces with the looks of their owners, and the arms of the person with this face."""
    faces = eyes.see(record.image, record.media_ns, preferred)
    body = hands.see(record.image, face) if hands is not None and face is not None else None
    return _Sight(tuple(replace(face, appearance=appearance(record.image, face.box)) for face in faces), body)


def _read_hands(track: Track, body: Body | None, media_ns: int) -> None:
    track.shown = track.hands.read(body, media_ns)
    points, hands = track.face.points, [arm.hand for arm in body.arms if arm.hand is not None] if body else []
    track.hand_on_mouth = points is not None and any(covers(hand, points[list(MOUTH), :2]) for hand in hands)
