"""An agent at an open loudspeaker, in the offline graph: a visitor speaks into the second of two answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.records import (
    MICROPHONE_RATE,
    Lane,
    MicrophoneAudio,
    PlaybackStatus,
    Record,
    SinkState,
    TextInput,
    TextSource,
    TurnState,
    UserTurn,
    WordsHeard,
)
from visavis_agent.deployment import Deployment
from visavis_agent.devices.echo import EchoGuard
from visavis_agent.devices.hub import SelfSpeech
from visavis_agent.devices.played_sound import PlayedSound
from visavis_agent.devices.webrtc_canceller import WebRtcCanceller
from visavis_agent.evaluation.interview import Asked
from visavis_agent.evaluation.rooms import Echo
from visavis_agent.evaluation.sink_sound import sink_sound
from visavis_agent.session.loop import Session
from visavis_agent.speech.playback import PlaybackStage
from visavis_agent.speech.virtual_sink import VirtualSink

Pcm = npt.NDArray[np.int16]
_BLOCK = 512
_QUESTIONS = ("What can I see here?", "Where is the dinosaur hall?")
_REST_NS = 700 * MS
_AFTER_NS = 2500 * MS
_LONGEST_NS = 40 * SECOND


@dataclass(slots=True)
class EchoOutcome:
    """What an agent made of its own voice, and of a visitor's.

    Attributes:
        spoken_s: how long the agent was audible while nobody else was.
        self_triggered: turns and confirmed interruptions while nobody spoke.
        self_held: how often it fell silent for its own voice.
        detected: the visitor's interruption was confirmed.
        heard: what was understood of the visitor.
        deaf_s: how long the agent was audible before the canceller was trusted; None: it never was.
        converged: the canceller was trusted at the end.
    """

    spoken_s: float = 0.0
    self_triggered: int = 0
    self_held: int = 0
    detected: bool = False
    heard: str = ""
    deaf_s: float | None = None
    converged: bool = False


class EchoVisit:
    """One visit in one room.

    Args:
        visitor: what is said into the second answer, as loud as the echo is.
        noise_rms: of the room, of full scale 32768.
    """

    def __init__(self, deployment: Deployment, echo: Echo, visitor: Asked, seed: int, noise_rms: float = 12.0) -> None:
        self.outcome = EchoOutcome()
        self._echo, self._visitor, self._noise_rms = echo, visitor, noise_rms
        self._rng = np.random.default_rng(seed)
        self._played, self._audible = PlayedSound(), SelfSpeech()
        self._guard = EchoGuard(WebRtcCanceller(), self._played)
        self._position = 0
        self._waiting: MicrophoneAudio | None = None
        self._pending: Pcm = np.zeros(0, np.int16)
        self._echo_rms: list[float] = []
        self._asked = 0
        self._next_ns = SECOND
        self._start_ns: int | None = None
        self._end_ns: int | None = None
        settings = {name: value for name, value in deployment.settings.items() if name not in ("rendering", "motion")}
        settings["playback"] = replace(settings["playback"], record=True)
        with Session(settings, deployment.seed, self._tap, (MicrophoneAudio, TextInput)) as session:
            self._session = session
            playback = session.stages["playback"]
            assert isinstance(playback, PlaybackStage) and isinstance(playback.sink, VirtualSink)  # noqa: S101
            self._sink = playback.sink
            session.outside(0, self._listen)
            session.run(self._over)
        self.outcome.converged = self._guard.converged

    def _over(self) -> int | None:
        now = self._session.now
        done = self._end_ns is not None and now > self._end_ns + _AFTER_NS
        return now if done or now > _LONGEST_NS else None

    def _listen(self) -> None:
        """32 ms have passed: what the loudspeaker played in them, and what the microphone heard 32 ms before."""
        now = self._session.now
        if now:
            self._hear(now)
        self._step(now)
        self._position += _BLOCK
        self._session.outside(sample_time(self._position, MICROPHONE_RATE), self._listen)

    def _hear(self, now: int) -> None:
        begin = sample_time(self._position - _BLOCK, MICROPHONE_RATE)
        played = sink_sound(self._sink, begin, now)[:_BLOCK]
        self._played.write(played, MICROPHONE_RATE, begin)
        if played.any():
            self._audible.sounded(begin, now)
            self.outcome.spoken_s += (now - begin) / SECOND if self._start_ns is None else 0.0
        echo = self._echo.of(played)
        if self._start_ns is None and played.any():
            self._echo_rms.append(float(np.mean(np.square(echo))))
        sound = echo + self._noise_rms * self._rng.standard_normal(_BLOCK)
        part, self._pending = self._pending[:_BLOCK], self._pending[_BLOCK:]
        sound[: len(part)] += part
        block = MicrophoneAudio(media_ns=begin, pcm=np.clip(sound, -32768, 32767).astype(np.int16))
        waiting, self._waiting = self._waiting, block
        if waiting is not None:
            end_ns = waiting.media_ns + sample_time(_BLOCK, MICROPHONE_RATE)
            clean = self._guard.hear(waiting, self._audible.audible(waiting.media_ns, end_ns))
            if self._guard.converged and self.outcome.deaf_s is None:
                self.outcome.deaf_s = self.outcome.spoken_s
            if len(clean.pcm):
                self._session.send(clean)

    def _step(self, now: int) -> None:
        if self._asked < len(_QUESTIONS) and now >= self._next_ns:
            self._session.send(TextInput(media_ns=now, text=_QUESTIONS[self._asked]))
            self._asked += 1
            self._next_ns = _LONGEST_NS
        elif self._asked == len(_QUESTIONS) and self._start_ns is None and now >= self._next_ns:
            self._speak(now)

    def _speak(self, now: int) -> None:
        sound = self._visitor.pcm[self._visitor.first : self._visitor.end].astype(np.float64)
        level = float(np.sqrt(np.mean(self._echo_rms)))
        sound *= level / float(np.sqrt(np.mean(np.square(sound))))
        self._pending = np.clip(sound, -32768, 32767).astype(np.int16)
        self._start_ns, self._end_ns = now, now + sample_time(len(sound), MICROPHONE_RATE)

    def _tap(self, record: Record, at_ns: int) -> None:
        alone = self._start_ns is None
        match record:
            case TurnState() if record.reason == "confirm":
                self.outcome.self_triggered += alone
                self.outcome.detected = self.outcome.detected or not alone
            case TurnState() if record.reason == "onset" and alone:
                self.outcome.self_held += 1
            case UserTurn() if record.source is TextSource.SPOKEN and not record.draft:
                self.outcome.self_triggered += alone
                if not alone and record.hypotheses:
                    self.outcome.heard = record.hypotheses[0].text
            case WordsHeard() if record.complete and self._asked < len(_QUESTIONS):
                self._next_ns = at_ns + _REST_NS
            case PlaybackStatus() if self._asked == len(_QUESTIONS) and self._next_ns == _LONGEST_NS:
                if record.state is SinkState.PLAYING and record.lane is Lane.REPLY and not record.starved:
                    self._next_ns = record.media_ns + int(self._rng.uniform(1.5, 3.5) * SECOND)
