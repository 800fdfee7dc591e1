"""The speech stage: clauses in, their sound in pieces of at most 200 ms out, old ids dropped at once."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.clock import MS, SECOND, nanoseconds
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import ConfigurationError, EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    GestureCue,
    Lane,
    Level,
    PhoneMark,
    Playback,
    Record,
    Selection,
    SpeechAudio,
    SpeechPlan,
    TurnState,
    WordMark,
)
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.speech.bank import SILENT_RATE, Said, VoiceBank
from visavis_agent.speech.espeak import EspeakSettings
from visavis_agent.speech.flite import FliteSettings, speaker_for
from visavis_agent.speech.pieces import Piece, cues, cut, joined
from visavis_agent.speech.piper import PiperSettings
from visavis_agent.speech.plan import Unit, units_of
from visavis_agent.speech.prosody import prosody_of
from visavis_agent.speech.sound import change_rate, silence
from visavis_agent.speech.voice_server_settings import VoiceServerSettings

# Declared latency of a job: measured on two shared cores, flite needs 0.01–0.03 of the sound's length; a
# character of English is 65 ms of sound.
_LATENCY_BASE_NS = 25 * MS
_LATENCY_PER_SOUND = 0.03
_SECONDS_PER_CHARACTER = 0.065

# Pause after a clause by its final punctuation, s, at neutral tempo.
_PAUSES = {",": 0.15, ";": 0.22, ":": 0.22, ".": 0.35, "?": 0.35, "!": 0.35}
_PAUSE_WITHOUT_MARK = 0.06

_FLITE, _ESPEAK, _SERVER, _PIPER = FliteSettings(), EspeakSettings(), VoiceServerSettings(), PiperSettings()


@dataclass(frozen=True)
class SpeechSettings:
    """Settings of the speech stage."""

    engine: str = setting(
        "auto",
        "voice engine; auto: flite for English, espeak-ng for the rest; server, piper: with those beside it",
        choices=("auto", "flite", "espeak", "server", "piper"),
    )
    locale: str = setting("en", "language whose voice is loaded and warmed up at start (BCP-47)")
    ahead: float = setting(10.0, "how much sound is made ahead of what is heard", unit="s", low=1.0, high=600.0)
    flite: FliteSettings = setting(_FLITE, "the embedded English voice")
    espeak: EspeakSettings = setting(_ESPEAK, "the voice of other languages")
    server: VoiceServerSettings = setting(_SERVER, "the voice server")
    piper: PiperSettings = setting(_PIPER, "the neural voice")


def persona_voice(engine: str, name: str, locale: str) -> dict[str, Any]:
    """Settings of this stage for a persona's voice: its engine, the engine's name of the speaker, its locale.

    "flite" means flite for English and espeak-ng for all else; an empty name the engine's default speaker.

    Raises:
        ConfigurationError: there is no such engine. (A wrong speaker is found when the settings are read.)
    """
    if engine == "espeak":
        return {"engine": "espeak", "locale": locale, "espeak": {"variant": name}}
    if engine not in ("auto", "flite"):
        problem = f"unknown voice engine {engine!r}"
        raise ConfigurationError(problem, "voice.engine", "Known: auto, flite, espeak")
    return {"engine": "auto", "locale": locale, "flite": {"voice": name} if name else {}}


@dataclass
class _Stream:
    """One reply (or the fillers of one id): what is still to be said, and where in its sound it is."""

    id: ReplyId
    lane: Lane
    units: deque[Unit] = field(default_factory=deque)
    expression: Emotion | None = None
    clause: int = -1
    ended: bool = False
    rate: int = 0
    position: int = 0
    heard_ns: int = 0

    @property
    def made_ns(self) -> int:
        """Length of the sound made so far."""
        return self.position * SECOND // self.rate if self.rate else 0


class SpeechStage(Stage):
    """Speaks SpeechPlans of the current reply, and of drafts ahead of it, one unit at a time."""

    settings_type = SpeechSettings
    handlers: ClassVar[dict[type[Record], str]] = {
        SpeechPlan: "plan",
        TurnState: "turn_state",
        Selection: "selection",
    }

    def __init__(self, settings: SpeechSettings, host: Host) -> None:
        super().__init__(settings, host)
        engines: dict[str, dict[str, Any]] = {
            "flite": asdict(settings.flite),
            "espeak": asdict(settings.espeak),
            "server": asdict(settings.server),
            "piper": asdict(settings.piper),
        }
        self._bank = VoiceBank(settings.engine, engines)
        self._speaker: str = settings.flite.voice
        self._streams: dict[tuple[ReplyId, Lane], _Stream] = {}
        self._turn: ReplyId | None = None
        self._playing_since: int | None = None
        self._job: tuple[_Stream, Handle, Cancellation] | None = None
        self._timer: Handle | None = None

    def start(self) -> None:
        """Load and warm up the voice; what it cannot do is said in diagnostics.

        A voice that does not exist is replaced by the default ones: a visitor rather hears another voice than none.

        Raises:
            ConfigurationError: a setting of the engine is wrong.
        """
        try:
            notes = self._bank.open(self.settings.locale)
        except EngineError as error:
            self._bank.close()
            self._bank = VoiceBank("auto", {})
            notes = (f"{error}; the default voices speak instead", *self._bank.open(self.settings.locale))
        for note in notes:
            self.host.diagnose(Level.WARN, note)

    def stop(self) -> None:
        self._drop(None)
        self._bank.close()

    # ------------------------------------------------------------------------------------------------
    # records in
    def plan(self, plan: SpeechPlan) -> None:
        """Queue a clause; older than the turn, after the reply's end or out of order is dropped."""
        if self._turn is not None and plan.id < self._turn:
            return
        stream = self._streams.setdefault((plan.id, plan.lane), _Stream(plan.id, plan.lane))
        if stream.ended or plan.clause <= stream.clause:
            self.host.diagnose(Level.WARN, f"clause {plan.clause} of reply {plan.id} came twice or too late")
            return
        if plan.clause > stream.clause + 1 and stream.clause >= 0:
            self.host.diagnose(Level.WARN, f"reply {plan.id} lacks the clauses before {plan.clause}")
        first = not stream.units and stream.position == 0
        read = units_of(plan, first, stream.expression)
        stream.units.extend(read.units)
        stream.expression, stream.clause = read.expression, plan.clause
        if plan.last:
            stream.ended = plan.lane is Lane.REPLY
            stream.clause, stream.expression = -1, None
        for note in read.notes:
            self.host.diagnose(Level.WARN, note)
        self._work()

    def turn_state(self, state: TurnState) -> None:
        """Drop what is older than the turn; the clock of what is heard runs while the turn plays."""
        if self._turn is not None and state.id < self._turn:
            return
        self._count_heard()
        self._turn = state.id
        self._playing_since = self.host.now() if state.playback is Playback.PLAY else None
        self._drop(state.id)
        self._work()

    def selection(self, selection: Selection) -> None:
        """Speak as the avatar presents itself, from the next unit on; as configured where it says nothing."""
        own: str = self.settings.flite.voice
        self._speaker = speaker_for(selection.presentation, own) if selection.presentation else own

    def _drop(self, turn: ReplyId | None) -> None:
        """Forget every stream older than `turn` (None: all), and the job for it."""
        self._streams = {key: s for key, s in self._streams.items() if turn is not None and key[0] >= turn}
        if self._job is not None and (turn is None or self._job[0].id < turn):
            self._job[1].cancel()
            self._job[2].cancel()
            self._job = None

    # ------------------------------------------------------------------------------------------------ one
    # job at a time
    def _work(self) -> None:
        """Start the next job unless one runs: the turn's reply, then drafts, the newest first; none too far ahead."""
        if self._job is not None:
            return
        waiting = sorted((s for s in self._streams.values() if s.units), key=lambda s: s.lane)
        waiting.sort(key=lambda s: s.id, reverse=True)  # of drafts the newest is the likeliest
        waiting.sort(key=lambda s: s.id != self._turn)
        self._count_heard()
        for stream in waiting:
            early = stream.made_ns - stream.heard_ns - nanoseconds(self.settings.ahead)
            if early <= 0:
                self._begin(stream)
                return
            if stream.id == self._turn and self._playing_since is not None:
                self._wake(early)

    def _wake(self, after_ns: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.host.at(self.host.now() + after_ns, self._work)

    def _count_heard(self) -> None:
        """Advance what has been heard of the turn's streams, at most as far as it was made."""
        now = self.host.now()
        if self._playing_since is not None:
            for stream in self._streams.values():
                if stream.id == self._turn:
                    stream.heard_ns = min(stream.made_ns, stream.heard_ns + now - self._playing_since)
            self._playing_since = now

    def _begin(self, stream: _Stream) -> None:
        unit = stream.units.popleft()
        sound_s = _SECONDS_PER_CHARACTER * len(unit.text) / prosody_of(unit.emotion).rate_factor
        latency = _LATENCY_BASE_NS + nanoseconds(_LATENCY_PER_SOUND * sound_s)
        bank, speaker, cancellation = self._bank, self._speaker, Cancellation()

        def say() -> Said:
            bank.speak_as(speaker)
            return bank.say(unit.text, unit.locale, unit.emotion, unit.id, cancellation)

        handle = self.host.work(
            say,
            lambda said: self._done(stream, unit, said),
            latency,
        )
        self._job = (stream, handle, cancellation)

    def _done(self, stream: _Stream, unit: Unit, said: Said) -> None:
        if self._streams.get((stream.id, stream.lane)) is not stream:
            return
        self._job = None
        for note in said.notes:
            self.host.diagnose(Level.WARN, note)
        if said.good:
            self.host.diagnose(Level.OK, said.good)
        self._emit(stream, unit, said)
        self._work()

    # ------------------------------------------------------------------------------------------------ sound
    # out
    def _emit(self, stream: _Stream, unit: Unit, said: Said) -> None:
        """Send a unit's sound: the silence before it, itself, the pause after it."""
        spoken = len(said.speech.pcm) > 0
        if not stream.rate:
            stream.rate = said.speech.sample_rate if spoken else SILENT_RATE
        rate = stream.rate
        pause = 0.0
        if spoken and not unit.last:
            pause = _PAUSES.get(said.ending, _PAUSE_WITHOUT_MARK) * prosody_of(unit.emotion).pause_factor
        before = silence(unit.silence_s, rate)
        speech = change_rate(said.speech, rate)
        whole = joined((before, speech, silence(pause, rate)), rate)
        pieces = cut(whole, cues(unit.gestures, unit.text, whole.words, len(whole.pcm)))
        for number, piece in enumerate(pieces):
            self._send(stream, unit, piece, first=number == 0, last=unit.last and number == len(pieces) - 1)
        stream.position += len(whole.pcm)

    def _send(self, stream: _Stream, unit: Unit, piece: Piece, first: bool, last: bool) -> None:
        start = stream.position
        self.host.emit(
            SpeechAudio(
                media_ns=self.host.now(),
                id=stream.id,
                lane=stream.lane,
                clause=unit.clause,
                sample_rate=stream.rate,
                first_sample=start + piece.start,
                pcm=piece.pcm,
                last=last,
                text=unit.caption if first else "",
                emotion=unit.emotion,
                phones=tuple(
                    PhoneMark(p.phone, start + p.start, start + p.end, p.stress, p.accented) for p in piece.phones
                ),
                words=tuple(WordMark(w.text, start + w.start, start + w.end) for w in piece.words),
                gestures=tuple(GestureCue(c.name, start + c.sample) for c in piece.gestures),
            )
        )
