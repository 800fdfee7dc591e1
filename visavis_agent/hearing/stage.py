"""The hearing stage: microphone sound in; voice activity, prosody, voice affect and what was said, out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import ClassVar

from visavis_agent.core.clock import MS, nanoseconds
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import DevicesEnabled, Level, MicrophoneAudio, Phase, Record, TurnState, VoiceActivity
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Host, Stage
from visavis_agent.hearing.denoiser import Denoiser
from visavis_agent.hearing.intake import FRAME_NS, Frame, Gap, Intake
from visavis_agent.hearing.recogniser import RECOGNISERS, Recogniser, RecogniserSettings
from visavis_agent.hearing.transcriber import Latencies, Transcriber, milliseconds
from visavis_agent.hearing.vad import SILENCE_DBFS, Activity, SpeechGate, VoiceDetector
from visavis_agent.hearing.voice_reader import VoiceReader

_RECOGNITION = RecogniserSettings()
# VoiceActivity is sent at least every 100 ms of sound, and for each frame where it matters: early in speech, and when
# it gets loud, as reactions cannot wait.
_REPORT_FRAMES = 3
_EARLY_NS = 1200 * MS
_SUDDEN_DB = 12.0
# Onsets reach back over frames below the threshold; the pre-roll lies before those.
_REACH_FRAMES = 10


@dataclass(frozen=True)
class HearingSettings:
    """Settings of the hearing stage."""

    recogniser: str = setting(
        "pocketsphinx", "what turns speech into words", choices=("pocketsphinx", "whisper", "server", "none")
    )
    recognition: RecogniserSettings = setting(_RECOGNITION, "settings of the recogniser")
    vad_on: float = setting(0.5, "probability above which speech begins", low=0.05, high=0.99)
    vad_off: float = setting(0.35, "probability below which speech pauses", low=0.01, high=0.99)
    hangover_ms: int = setting(
        320,
        "pause after which an utterance has ended; speech itself has gaps of 200 ms",
        unit="ms",
        low=250,
        high=2000,
    )
    preroll_ms: int = setting(320, "sound before the onset that the recogniser gets", unit="ms", low=300, high=1000)
    partial_every_ms: int = setting(300, "time between partial results", unit="ms", low=100, high=5000)
    noise_suppression: int = setting(
        2,
        "steady noise is taken out before words are read, by 6, 12, 18 or 21 dB at most; 0: not at all",
        low=0,
        high=4,
    )
    maximum_utterance: float = setting(
        30.0, "longer speech is cut into utterances of this length", unit="s", low=5.0, high=120.0
    )
    forget_after: float = setting(
        120.0, "silence after which a new speaker is assumed", unit="s", low=1.0, high=86400.0
    )
    partial_latency_ms: int = setting(
        60, "declared latency of a partial result in offline sessions", unit="ms", low=0, high=5000
    )
    careful_latency_ms: int = setting(
        150, "declared latency of the reading at a pause in offline sessions", unit="ms", low=0, high=5000
    )
    settled_latency_ms: int = setting(
        10, "declared latency of a final result that was read at the pause", unit="ms", low=0, high=5000
    )


class HearingStage(Stage):
    """Hears one visitor. A missing recogniser costs the words, a missing detector the hearing; it says so."""

    settings_type = HearingSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        MicrophoneAudio: "_microphone",
        DevicesEnabled: "_enable",
        TurnState: "_turn",
    }

    def __init__(self, settings: HearingSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._intake = Intake()
        self._detector: VoiceDetector | None = None
        self._denoiser: Denoiser | None = None
        self._recogniser: Recogniser | None = None
        self._transcriber: Transcriber | None = None
        self._reader = VoiceReader(host, nanoseconds(settings.forget_after))
        frames = -(-milliseconds(settings.preroll_ms) // FRAME_NS) + _REACH_FRAMES
        self._recent: deque[Frame] = deque(maxlen=frames)
        self._speaking_since: int | None = None
        self._unreported = 0
        self._reported_dbfs = SILENCE_DBFS
        self._enabled = True
        self._over_agent = False

    def start(self) -> None:
        settings: HearingSettings = self.settings
        self._intake = Intake()
        self._recent.clear()
        self._speaking_since = None
        self._unreported = 0
        gate = SpeechGate(settings.vad_on, settings.vad_off, milliseconds(settings.hangover_ms))
        try:
            self._detector = VoiceDetector(gate)
        except EngineError as error:
            self.host.diagnose(Level.ERROR, f"the agent is deaf: {error}")
        self._denoiser = self._make_denoiser()
        self._recogniser = self._make_recogniser()
        if self._recogniser is not None:
            self._transcriber = Transcriber(
                self.host,
                self._recogniser,
                settings.recognition.locale,
                milliseconds(settings.partial_every_ms),
                Latencies(
                    milliseconds(settings.partial_latency_ms),
                    milliseconds(settings.careful_latency_ms),
                    milliseconds(settings.settled_latency_ms),
                ),
            )
            self._prepare(self._recogniser)

    def stop(self) -> None:
        recogniser, self._recogniser, self._transcriber, self._detector = self._recogniser, None, None, None
        if recogniser is not None:
            recogniser.close()

    def _make_denoiser(self) -> Denoiser | None:
        settings: HearingSettings = self.settings
        if not settings.noise_suppression or settings.recogniser == "none":
            return None
        try:
            return Denoiser(settings.noise_suppression)
        except EngineError as error:
            self.host.diagnose(Level.WARN, f"steady noise is not taken out: {error}")
            return None

    def _make_recogniser(self) -> Recogniser | None:
        settings: HearingSettings = self.settings
        if settings.recogniser == "none":
            self.host.diagnose(Level.WARN, "no recogniser is set: spoken words are not understood")
            return None
        try:
            recogniser: Recogniser = RECOGNISERS.load(settings.recogniser)(settings.recognition)
        except EngineError as error:
            self.host.diagnose(Level.ERROR, f"spoken words are not understood: {error}")
            return None
        return recogniser

    def _prepare(self, recogniser: Recogniser) -> None:
        """Have it load its models; speech that is heard meanwhile is read afterwards."""

        def job() -> tuple[str, ...] | EngineError:
            try:
                return recogniser.prepare()
            except EngineError as error:
                return error

        def done(found: tuple[str, ...] | EngineError) -> None:
            if self._recogniser is not recogniser:
                return
            if isinstance(found, EngineError):
                self._transcriber = None
                self.host.diagnose(Level.ERROR, f"spoken words are not understood: {found}")
                return
            for note in found:
                self.host.diagnose(Level.WARN, note)

        self.host.work(job, done, 0)

    def _microphone(self, record: MicrophoneAudio) -> None:
        if self._detector is None or not self._enabled:
            return
        for piece in self._intake.push(record):
            if isinstance(piece, Gap):
                self._torn(piece)
                self._detector.reset(piece.media_ns)
            else:
                self._frame(self._denoised(piece), self._detector.frame(piece))

    def _denoised(self, frame: Frame) -> Frame:
        return replace(frame, denoised=self._denoiser.frame(frame.pcm)) if self._denoiser is not None else frame

    def _enable(self, devices: DevicesEnabled) -> None:
        """Deaf on request, wherever the sound comes from: what is being said ends where it was last heard."""
        if devices.microphone == self._enabled:
            return
        self._enabled = devices.microphone
        self._cut(self.host.now())
        self._intake = Intake()
        if self._detector is not None:
            self._detector.reset(self.host.now())
        if not self._enabled:
            self.host.diagnose(Level.OK, "the microphone is switched off: the agent hears nothing")

    def _turn(self, state: TurnState) -> None:
        """Who speaks while the agent does may want to stop it: the sooner he has words the better."""
        self._over_agent = state.phase is Phase.SPEAKING

    def _torn(self, gap: Gap) -> None:
        """Nothing is known about the sound that is missing: speech ends where it was last heard."""
        if gap.duration_ns > MS:
            self.host.diagnose(Level.WARN, "microphone sound was lost; speech is cut there")
        self._cut(gap.media_ns)

    def _cut(self, at_ns: int) -> None:
        """Nothing is heard from `at_ns` on."""
        last_ns = self._recent[-1].end_ns if self._recent else at_ns
        if self._speaking_since is not None:
            self._end(last_ns, last_ns)
            self.host.emit(VoiceActivity(media_ns=at_ns, speaking=False, probability=0.0, since_ns=last_ns))
        self._recent.clear()

    def _frame(self, frame: Frame, activity: Activity) -> None:
        if activity.changed and activity.speaking:
            self._begin(frame, activity.since_ns)
        elif self._speaking_since is not None:
            self._continue(frame, activity, self._speaking_since)
        self._recent.append(frame)
        self._report(frame, activity)

    def _begin(self, frame: Frame, since_ns: int) -> None:
        settings: HearingSettings = self.settings
        from_ns = since_ns - milliseconds(settings.preroll_ms)
        frames = [recent for recent in self._recent if recent.end_ns > from_ns] + [frame]
        self._speaking_since = since_ns
        self._reader.begin(since_ns, frames)
        if self._transcriber is not None:
            self._transcriber.begin(since_ns, frames, early=self._over_agent)

    def _continue(self, frame: Frame, activity: Activity, since_ns: int) -> None:
        settings: HearingSettings = self.settings
        self._reader.push(frame, activity.quiet_ns)
        if self._transcriber is not None:
            self._transcriber.push(frame, activity.last_energy_ns, activity.quiet_ns)
        if activity.changed:
            self._end(activity.since_ns, frame.end_ns)
        elif frame.end_ns - since_ns >= nanoseconds(settings.maximum_utterance):
            self._end(frame.end_ns, frame.end_ns)
            self._speaking_since = frame.end_ns
            self._reader.begin(frame.end_ns, ())
            if self._transcriber is not None:
                self._transcriber.begin(frame.end_ns, ())

    def _end(self, end_ns: int, now_ns: int) -> None:
        self._speaking_since = None
        self._reader.end(end_ns, now_ns)
        if self._transcriber is not None:
            self._transcriber.end(end_ns, now_ns)

    def _report(self, frame: Frame, activity: Activity) -> None:
        self._unreported += 1
        early = activity.speaking and frame.end_ns - activity.since_ns < _EARLY_NS
        urgent = activity.changed or early or activity.level_dbfs > self._reported_dbfs + _SUDDEN_DB
        if not urgent and self._unreported < _REPORT_FRAMES:
            return
        self._unreported, self._reported_dbfs = 0, activity.level_dbfs
        self.host.emit(
            VoiceActivity(
                media_ns=frame.end_ns,
                speaking=activity.speaking,
                probability=activity.probability,
                since_ns=activity.since_ns,
                level_dbfs=activity.level_dbfs,
            )
        )
