"""Hand-made speech and a motion stage that says it, for the tests of motion."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tests.unit.fake_host import FakeHost
from visavis_agent.core.arkit import ARKIT_INDEX
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.phones import VOWELS
from visavis_agent.core.records import (
    FaceMotion,
    GestureCue,
    Lane,
    Phase,
    PhoneMark,
    Playback,
    PlaybackStatus,
    SinkState,
    SpeechAudio,
    TurnState,
)
from visavis_agent.motion.phonemes import Segment
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.stage import MotionStage

RATE = 16_000
FIRST = ReplyId(0, 1, 0)


def phones(text: str, start: int = 0) -> tuple[PhoneMark, ...]:
    """Marks from `p:80 aa1:120 iy1!:90`: phone, stress, accent, milliseconds."""
    marks = []
    for word in text.split():
        match = re.fullmatch(r"([a-z]+)([0-2]?)(!?):(\d+)", word)
        assert match, word
        end = start + int(match[4]) * RATE // 1000
        marks.append(PhoneMark(match[1], start, end, int(match[2] or 0), bool(match[3])))
        start = end
    return tuple(marks)


def segments(marks: Iterable[PhoneMark]) -> list[Segment]:
    return [Segment(m.phone, m.start / RATE, m.end / RATE, m.stress, m.accented) for m in marks]


def sound(marks: Iterable[PhoneMark], hertz: float = 180.0) -> npt.NDArray[np.int16]:
    """A buzz on vowels, a weaker one on other phones, nothing in silence."""
    marks = list(marks)
    time = np.arange(marks[-1].end - marks[0].start) / RATE
    buzz = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 8))
    level = np.concatenate([np.full(m.end - m.start, _level(m.phone)) for m in marks])
    return (buzz * level * 12_000).astype(np.int16)


def _level(phone: str) -> float:
    return 0.25 if phone in VOWELS else 0.0 if phone == "pau" else 0.05


def piece(
    marks: tuple[PhoneMark, ...],
    reply: ReplyId = FIRST,
    *,
    clause: int = 0,
    last: bool = True,
    emotion: Emotion | None = None,
    gestures: tuple[GestureCue, ...] = (),
) -> SpeechAudio:
    return SpeechAudio(
        media_ns=0,
        id=reply,
        lane=Lane.REPLY,
        clause=clause,
        sample_rate=RATE,
        first_sample=marks[0].start,
        pcm=sound(marks),
        last=last,
        phones=marks,
        emotion=emotion or Emotion(),
        gestures=gestures,
    )


class Scene:
    """A stage with a host; `say` plays a reply as the sink would report it."""

    def __init__(self, seed: int = 0, settings: MotionSettings | None = None) -> None:
        self.host = FakeHost(seed)
        self.stage = MotionStage(settings or MotionSettings(), self.host)
        self.stage.start()

    def now(self) -> int:
        return self.host.now()

    def wait(self, milliseconds: float) -> None:
        self.host.advance(round(milliseconds * MS))

    def turn(self, reply: ReplyId = FIRST, phase: Phase = Phase.SPEAKING, playback: Playback = Playback.PLAY) -> None:
        self.stage.handle(TurnState(media_ns=self.now(), id=reply, phase=phase, playback=playback))

    def status(self, state: SinkState, sample: int, reply: ReplyId = FIRST, *, starved: bool = False) -> None:
        self.stage.handle(
            PlaybackStatus(
                media_ns=self.now(),
                id=reply,
                lane=Lane.REPLY,
                state=state,
                sample=sample,
                sample_rate=RATE,
                starved=starved,
            )
        )

    def play(self, samples: int, start: int = 0, reply: ReplyId = FIRST) -> None:
        """Report `samples` of a reply as playing, every 100 ms; time moves on by their length."""
        played = 0
        while played < samples:
            self.status(SinkState.PLAYING, start + played, reply)
            step = min(RATE // 10, samples - played)
            self.host.advance(step * SECOND // RATE)
            played += step

    def say(self, audio: SpeechAudio) -> int:
        """Play one piece to its end; returns the media time of its first sample."""
        self.turn(audio.id)
        self.stage.handle(audio)
        start = self.now()
        self.play(len(audio.pcm), audio.first_sample, audio.id)
        self.status(SinkState.FINISHED, audio.first_sample + len(audio.pcm), audio.id)
        return start

    @property
    def faces(self) -> list[FaceMotion]:
        return self.host.of(FaceMotion)

    def course(self, name: str) -> npt.NDArray[np.float64]:
        """One coefficient over all frames."""
        return np.array([face.coefficients[ARKIT_INDEX[name]] for face in self.faces], np.float64)

    def times(self) -> npt.NDArray[np.float64]:
        return np.array([face.media_ns / SECOND for face in self.faces])


def parted(face: FaceMotion) -> float:
    """How far anything parts the lips, in coefficient units."""
    value = {name: float(face.coefficients[i]) for name, i in ARKIT_INDEX.items()}
    return max(
        value["jawOpen"] - value["mouthClose"],
        value["mouthUpperUpLeft"],
        value["mouthLowerDownLeft"],
        value["mouthFunnel"],
    )
