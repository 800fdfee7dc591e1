"""The motion stage: records in, FaceMotion and BodyMotion at 50 Hz out."""

from __future__ import annotations

from typing import ClassVar

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import (
    MOTION_RATE,
    AgentEmotion,
    ExpressionRequest,
    FaceAffect,
    GazeRequest,
    GestureRequest,
    Level,
    Persons,
    PlaybackStatus,
    Prosody,
    Record,
    SpeechAudio,
    TurnState,
    VoiceActivity,
)
from visavis_agent.core.stage import Handle, Stage
from visavis_agent.motion.animator import Animator
from visavis_agent.motion.gestures import GESTURES
from visavis_agent.motion.lip_engines import LipEngines
from visavis_agent.motion.pitch import Contour, track
from visavis_agent.motion.reply import PitchJob, Reply
from visavis_agent.motion.requests import find
from visavis_agent.motion.settings import MotionSettings

FRAME_NS = SECOND // MOTION_RATE
_PITCH_LATENCY = 10 * MS
_LATE_NS = 100 * MS
_SETTLING_NS = 5 * SECOND  # meanwhile other stages of the process load their engines


class MotionStage(Stage):
    """Animates the face and the body; sends each frame `lead_ms` before it is due."""

    settings_type = MotionSettings
    settings: MotionSettings
    _timer: Handle | None = None
    handlers: ClassVar[dict[type[Record], str]] = {
        SpeechAudio: "on_audio",
        PlaybackStatus: "on_status",
        TurnState: "on_turn",
        AgentEmotion: "on_emotion",
        Persons: "on_persons",
        FaceAffect: "on_face",
        VoiceActivity: "on_voice",
        Prosody: "on_prosody",
        GazeRequest: "on_gaze",
        ExpressionRequest: "on_expression",
        GestureRequest: "on_gesture",
    }

    def start(self) -> None:
        """Begin with a face at rest; the first frame is the next multiple of 20 ms."""
        self.shares: dict[str, float] = {}
        """How active each layer was in the last frame, about 0–1, by name."""
        self._animator = Animator(self.settings, self.host.rng)
        self._lips = LipEngines(self.host, self.settings.lips_from_sound, self.settings.inference)
        self._lead_ns = round(self.settings.lead_ms * MS)
        self._session = ""
        self._due = -(-(self.host.now() + self._lead_ns) // FRAME_NS) * FRAME_NS
        self._last = self._due - FRAME_NS
        self._settled = self._due + _SETTLING_NS
        self._timer = self.host.at(self._due - self._lead_ns, self._frame)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _frame(self) -> None:
        frame = self._animator.frame(self._due, self._due - self._last, self._session)
        self.shares = frame.shares
        self.host.emit(frame.face)
        self.host.emit(frame.body)
        self._last = self._due
        self._due += FRAME_NS
        behind = self.host.now() - (self._due - self._lead_ns)
        if behind > _LATE_NS:
            if self._due > self._settled:
                self.host.diagnose(Level.WARN, "motion is late and leaves out frames; the machine is too busy")
            self._due += behind // FRAME_NS * FRAME_NS
        self._timer = self.host.at(self._due - self._lead_ns, self._frame)

    @property
    def _time(self) -> float:
        """Media time of the next frame, s: what an event now can change first."""
        return self._due / SECOND

    def on_audio(self, audio: SpeechAudio) -> None:
        job = self._animator.speech.on_audio(audio)
        reply = self._animator.speech.reply((audio.id, audio.lane))
        if reply is None:
            return
        self._check(audio, reply)
        self._lips.take(reply)
        if job is not None:
            self._find_pitch(job, reply)

    def _check(self, audio: SpeechAudio, reply: Reply) -> None:
        if reply.sample_rate != audio.sample_rate:
            problem = f"a piece of reply {audio.id} has {audio.sample_rate} Hz, the reply {reply.sample_rate} Hz"
            self.host.diagnose(Level.WARN, f"{problem}; its lips do not move")
        for phone in sorted(reply.unknown_phones):
            self.host.diagnose(Level.WARN, f"unknown phone {phone!r}: the lips show a schwa for it")
        for name in sorted({cue.name for cue in audio.gestures} - GESTURES):
            self._unknown(name)

    def _unknown(self, gesture: str) -> None:
        known = ", ".join(sorted(GESTURES))
        self.host.diagnose(Level.WARN, f"unknown gesture {gesture!r} is left out. Known: {known}")

    def _find_pitch(self, job: PitchJob, reply: Reply) -> None:
        def done(contour: Contour) -> None:
            reply.pitch.add(job.start, contour)

        self.host.work(lambda: track(job.pcm, job.sample_rate), done, _PITCH_LATENCY)

    def on_status(self, status: PlaybackStatus) -> None:
        self._animator.speech.on_status(status)

    def on_turn(self, turn: TurnState) -> None:
        self._session = turn.session
        self._animator.speech.on_turn(turn)
        self._animator.orient(self._time, self._animator.listener.on_turn(self._time, turn))

    def on_emotion(self, emotion: AgentEmotion) -> None:
        self._animator.emotion = emotion.emotion

    def on_persons(self, persons: Persons) -> None:
        self._animator.on_persons(self._time, persons)
        engaged = find(persons, persons.engaged_id)
        self._animator.orient(self._time, self._animator.listener.on_person(self._time, engaged))

    def on_face(self, affect: FaceAffect) -> None:
        self._animator.orient(self._time, self._animator.listener.on_face(self._time, affect))

    def on_voice(self, activity: VoiceActivity) -> None:
        self._animator.orient(self._time, self._animator.listener.on_voice(self._time, activity))

    def on_prosody(self, prosody: Prosody) -> None:
        self._animator.listener.on_prosody(self._time, prosody)

    def on_gaze(self, request: GazeRequest) -> None:
        self._animator.requests.gaze = request

    def on_expression(self, request: ExpressionRequest) -> None:
        self._animator.requests.expression = request

    def on_gesture(self, request: GestureRequest) -> None:
        if request.name in GESTURES:
            self._animator.perform(self._time, request.name, request.intensity)
        else:
            self._unknown(request.name)
