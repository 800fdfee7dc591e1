"""One frame of face and body: the models in the order in which they depend on another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.clock import SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import BodyMotion, FaceMotion, Persons, Phase
from visavis_agent.motion.attract import Attract, Lure
from visavis_agent.motion.body import Body
from visavis_agent.motion.company import Company
from visavis_agent.motion.curves import Spring, clamp
from visavis_agent.motion.emotion_face import EmotionFace
from visavis_agent.motion.eyes import eyes
from visavis_agent.motion.gaze import Gaze, GazeMode
from visavis_agent.motion.gestures import ARM_GESTURES, GESTURES, HEAD_GESTURES, preparation
from visavis_agent.motion.head import HeadMotion
from visavis_agent.motion.life import Blinks, Breath, Drift
from visavis_agent.motion.listening import Listener
from visavis_agent.motion.mixer import Layers, Mixer
from visavis_agent.motion.orienting import Cause
from visavis_agent.motion.prosodic import Prosodic
from visavis_agent.motion.reply import Cue, Reply
from visavis_agent.motion.requests import Requests
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.speech_mouth import SpeechMouth
from visavis_agent.motion.speech_track import Moment, SpeechTrack
from visavis_agent.motion.viewpoint import Target, Viewpoint

_PERSON_KEPT_NS = 2 * SECOND
_EMOTION_AHEAD = 0.25
_EFFORT = 0.15
# With what gaze shifts and ends of phrases add: about 17 a minute at rest, 26 in speech (Bentivoglio et al. 1997).
_BLINK_PACE = {Phase.IDLE: 0.7, Phase.LISTENING: 0.75, Phase.THINKING: 0.8, Phase.SPEAKING: 0.75}
_PHRASE_END_BLINK = 0.25
_ORIENT_NO_BLINK = 0.6
_LONGEST_PREPARATION, _LONGEST_WAIT, _HEARD_LATE = 0.8, 1.1, 0.25
_BROW_REST = 0.03
_LURE_SMILE = 0.4
_BROW_DRIFT = ((2.5, 0.020), (5.0, 0.015))


@dataclass(frozen=True, slots=True)
class Frame:
    """One instant of motion; `shares` tells how active each layer is, about 0–1, by name."""

    face: FaceMotion
    body: BodyMotion
    shares: dict[str, float]


class Animator:
    """All models of motion; `frame` is called once per frame, in order."""

    def __init__(self, settings: MotionSettings, rng: np.random.Generator) -> None:
        # A stream of random numbers each: an event that makes one model draw leaves the others as they were.
        streams = rng.spawn(10)
        layers = settings.layers
        idle = settings.liveliness * layers.idle
        self.speech = SpeechTrack()
        self.listener = Listener(streams[0], settings.mimicry, settings.layers)
        self.emotion = Emotion()
        self.requests = Requests()
        self._settings = settings
        self._viewpoint = Viewpoint(settings)
        self._gaze = Gaze(streams[1], settings)
        self._blinks = Blinks(streams[2], settings.blink_interval_s)
        self._breath = Breath(streams[3])
        self._body = Body(streams[4], idle, layers.beats)
        self._prosodic = Prosodic(streams[5], idle, layers.accents)
        self._emotion_face = EmotionFace(streams[6], settings.expressiveness * layers.emotion)
        self._drift = Drift(streams[7], *_BROW_DRIFT)
        self._mouth = SpeechMouth(settings.lip_lead_ms / 1000.0)
        self._head = HeadMotion(settings)
        self._mixer = Mixer()
        self._speaking = Spring(14.0)
        self._persons: Persons | None = None
        self._company = Company(streams[8])
        self._attract = Attract(streams[9], settings.attract)
        self._layers = layers
        self._cued = 0.0
        self._begun: set[Cue] = set()
        self._said = 0.0
        self._rest_smile = Spring(4.0, settings.resting_smile)

    def on_persons(self, time: float, persons: Persons) -> None:
        """Take who is in view, at media time `time`, s."""
        self._persons = persons
        self._company.see(time, persons)

    def orient(self, time: float, cause: Cause | None) -> None:
        """Something calls for attention: the eyes stay open for a moment; a bang shuts them first."""
        if cause is Cause.BANG:
            self._blinks.evoke(time, 1.0)
        if cause is not None:
            self._blinks.suppress(time, _ORIENT_NO_BLINK)

    def perform(self, time: float, gesture: str, intensity: float) -> None:
        """Start a gesture at media time `time` (s); `intensity` 0–1 is how large."""
        intensity *= self._layers.gestures
        if intensity <= 0.0:
            return
        if gesture in ARM_GESTURES:
            self._body.arms.perform(gesture, time, intensity)
        elif gesture in HEAD_GESTURES:
            self._head.perform(gesture, time, intensity)

    def frame(self, media_ns: int, dt_ns: int, session: str) -> Frame:
        """Face and body due at `media_ns`, `dt_ns` after the last frame."""
        time, dt = media_ns / SECOND, dt_ns / SECOND
        moment = self.speech.at(media_ns)
        emotion = self.requests.emotion(media_ns) or self._emotion_now(moment)
        self._start_gestures(time, moment)
        persons = self._seen(media_ns)
        asked = self.requests.target(media_ns, self._viewpoint, persons)
        lure = self._lure(time, dt, persons, asked is None and not _talking(moment))
        breath = 0.5 + self._layers.breath * (self._breath.step(dt, emotion.arousal * emotion.intensity) - 0.5)
        prosodic = self._prosodic.step(time, dt, moment)
        for beat in prosodic.beats:
            self._body.beat(beat.time, beat.strength)
        body = self._body.step(time, dt, breath)
        if _talking(moment):
            self.listener.own_voice(time)
        speaking = self._speaking.step(1.0 if _talking(moment) else 0.0, dt)
        expression, lowered = self._emotion_face.step(emotion, clamp(speaking, 0.0, 1.0), dt)
        listening = self.listener.step(time, dt, emotion, clamp(speaking, 0.0, 1.0))
        target = asked or self._target(time, persons, lure)
        mode = GazeMode.CONTACT if asked or lure.person else self._gaze_mode(time, moment)
        gaze = self._gaze.step(time, dt, (target.yaw, target.pitch), mode)
        parts = (prosodic.head, (0.0, lowered + listening.nod, 0.0))
        person = (target.yaw, target.pitch)
        head = self._head.step(time, dt, person, gaze.direction, parts, listening.tilt)
        pose = eyes(gaze.direction, target.distance, head, body.chest)
        self._evoke_blinks(time, gaze.saccade, moment)
        mouth, contact = self._mouth.step(moment, 1.0 + _EFFORT * emotion.arousal * emotion.intensity, dt)
        brow_drift, smile_drift = self._drift.step(dt)
        layers = Layers(
            expression,
            self._smile(emotion, dt, lure.smile),
            listening,
            prosodic.brow,
            (_BROW_REST + self._layers.idle * brow_drift, self._layers.idle * smile_drift),
            mouth,
            contact,
            pose,
            self._layers.blinks * self._blinks.step(time, _BLINK_PACE[self.listener.phase]),
        )
        coefficients = self._mixer.mix(layers, dt)
        shown = self._mixer.mouth
        self._mouth.shown(shown, dt)
        face = FaceMotion(
            media_ns=media_ns,
            session=session,
            coefficients=coefficients,
            tongue_up=clamp(shown.tip, 0.0, 1.0),
            head=head,
            left_eye=pose.left,
            right_eye=pose.right,
        )
        motion = BodyMotion(
            media_ns=media_ns, session=session, rotations=body.rotations, root=body.root, gesture=body.gesture
        )
        shares = {
            "speech": clamp(shown.gap + shown.pucker + shown.upper, 0.0, 1.0),
            "emotion": float(expression.max()),
            "accents": prosodic.brow,
            **self.listener.shares,
            "attract": lure.smile,
            "gesture": 1.0 if body.gesture else 0.0,
        }
        return Frame(face, motion, shares)

    def _emotion_now(self, moment: Moment) -> Emotion:
        """The clause's emotion while it is said, a little ahead of it; else what the agent feels."""
        if moment.audible and moment.reply is not None and moment.reply.remaining(moment.time) > 0.0:
            said = moment.reply.emotion(moment.time + _EMOTION_AHEAD)
            if said.intensity > 0.0:
                return said
        return self.emotion

    def _smile(self, emotion: Emotion, dt: float, lure: float) -> float:
        """The resting smile, more for a passer-by; it goes with unpleasant emotions."""
        unpleasant = sum(emotion.distribution[2:5]) + emotion.distribution[6]
        goal = (self._settings.resting_smile + _LURE_SMILE * lure) * (
            1.0 - min(1.0, 1.5 * emotion.intensity * unpleasant)
        )
        return self._rest_smile.step(goal, dt)

    def _start_gestures(self, time: float, moment: Moment) -> None:
        """Begin what was asked for so early that its stroke falls on the stressed word, or as soon as it can be."""
        if not moment.audible or moment.reply is None:
            if moment.cut:
                self._body.arms.retract(time)
            return
        if moment.jumped:
            self._cued = moment.time - _HEARD_LATE
            self._begun.clear()
        self._cued = max(self._cued, moment.time - _LONGEST_WAIT)
        for cue in moment.reply.cues(self._cued, moment.time + _LONGEST_PREPARATION):
            if cue not in self._begun and _is_time(cue, moment.reply, moment.time):
                self._begun.add(cue)
                self.perform(time, cue.name, 1.0)

    def _seen(self, media_ns: int) -> Persons | None:
        """Who is in view, if that is known well enough."""
        persons = self._persons
        return persons if persons is not None and media_ns - persons.media_ns <= _PERSON_KEPT_NS else None

    def _lure(self, time: float, dt: float, persons: Persons | None, free: bool) -> Lure:
        """What is done for those to whom the agent does not talk yet, `free` to do so."""
        here = persons.persons if persons is not None else ()
        engaged = persons is not None and persons.engaged_id
        free = free and not engaged and not self.listener.user_speaking and self.listener.phase is Phase.IDLE
        lure = self._attract.step(time, dt, here, free)
        if lure.noticed:
            self.orient(time, self.listener.on_passer_by(time))
        if lure.wave:
            self.perform(time, "wave", 1.0)
        return lure

    def _target(self, time: float, persons: Persons | None, lure: Lure) -> Target:
        person = lure.person or self._company.choose(time, persons, self.listener.user_speaking)
        return self._viewpoint.target(person) if person else self._viewpoint.ahead

    def _gaze_mode(self, time: float, moment: Moment) -> GazeMode:
        if self.listener.wants_contact(time):
            return GazeMode.CONTACT
        if _talking(moment):
            return GazeMode.SPEAKING
        if self.listener.user_speaking or self.listener.phase is Phase.LISTENING:
            return GazeMode.LISTENING
        return GazeMode.THINKING if self.listener.phase is Phase.THINKING else GazeMode.IDLE

    def _evoke_blinks(self, time: float, saccade: float, moment: Moment) -> None:
        if saccade > math.radians(6.0):
            self._blinks.evoke(time, clamp((math.degrees(saccade) - 4.0) / 22.0, 0.0, 0.8))
        if moment.audible and moment.reply is not None:
            if not moment.jumped and moment.reply.phrase_ends(self._said, moment.time):
                self._blinks.evoke(time, _PHRASE_END_BLINK)
            self._said = moment.time


def _talking(moment: Moment) -> bool:
    return moment.audible and moment.reply is not None and moment.reply.remaining(moment.time) > 0.0


def _is_time(cue: Cue, reply: Reply, time: float) -> bool:
    return cue.name not in GESTURES or time >= reply.stroke(cue) - preparation(cue.name)
