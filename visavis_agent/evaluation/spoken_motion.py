"""Motion of a reply as the whole stage makes it, after all layers."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.errors import EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    BodyMotion,
    FaceMotion,
    Lane,
    Level,
    Phase,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechAudio,
    TurnState,
)
from visavis_agent.evaluation.stage_host import StageHost
from visavis_agent.evaluation.utterances import Utterance
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.stage import MotionStage

_REPLY = ReplyId(0, 1, 0)
_BEFORE_NS = 400 * MS
_AFTER_NS = 600 * MS
_ANNOUNCED_NS = 60 * MS
_STATUS_NS = 100 * MS


@dataclass(frozen=True, slots=True, eq=False)
class SpokenMotion:
    """Frames of a reply; `start_ns` is the media time of its first sample."""

    utterance: Utterance
    start_ns: int
    faces: tuple[FaceMotion, ...]
    bodies: tuple[BodyMotion, ...]

    def times(self) -> list[float]:
        """Reply time of each frame, s."""
        return [(face.media_ns - self.start_ns) / SECOND for face in self.faces]


def speech_records(
    utterance: Utterance, reply: ReplyId, start_ns: int, with_phones: bool = True
) -> list[tuple[int, Record]]:
    """(media time, record) of a reply heard from `start_ns` on: its sound, then the sink's reports."""
    rate, count = utterance.sample_rate, len(utterance.pcm)
    audio = SpeechAudio(
        media_ns=start_ns,
        id=reply,
        lane=Lane.REPLY,
        clause=0,
        sample_rate=rate,
        first_sample=0,
        pcm=utterance.pcm,
        last=True,
        text=utterance.name,
        emotion=utterance.emotion,
        phones=utterance.phones if with_phones else (),
    )
    records: list[tuple[int, Record]] = [(start_ns - _ANNOUNCED_NS, audio)]
    end = start_ns + sample_time(count, rate)
    for at in range(start_ns, end, _STATUS_NS):
        sample = (at - start_ns) * rate // SECOND
        told = at - _ANNOUNCED_NS if at == start_ns else at
        records.append((told, _status(at, reply, SinkState.PLAYING, sample, rate)))
    records.append((end, _status(end, reply, SinkState.FINISHED, count, rate)))
    return records


def _status(at: int, reply: ReplyId, state: SinkState, sample: int, rate: int) -> PlaybackStatus:
    return PlaybackStatus(media_ns=at, id=reply, lane=Lane.REPLY, state=state, sample=sample, sample_rate=rate)


def animate(utterance: Utterance, seed: int, phase_ns: int = 0, with_phones: bool = True) -> SpokenMotion:
    """The motion of one utterance, its lips from its phones or from its sound alone.

    `phase_ns` shifts the sound against the 20 ms frames.

    Raises:
        EngineError: the net that hears the sound cannot be run.
    """
    emitted: list[Record] = []
    host = StageHost(seed, emitted.append)
    stage = MotionStage(MotionSettings(), host)
    stage.start()
    start = _BEFORE_NS + phase_ns
    host.deliver(stage, TurnState(media_ns=0, id=_REPLY, phase=Phase.SPEAKING))
    for at, record in speech_records(utterance, _REPLY, start, with_phones):
        host.advance(at)
        host.deliver(stage, record)
    host.advance(host.now() + _AFTER_NS)
    stage.stop()
    if not with_phones:
        problems = [words for level, words in host.diagnostics if level is not Level.OK and words.startswith("lips")]
        if problems:
            raise EngineError(problems[0], "motion", "Run `make env`")
    faces = tuple(record for record in emitted if isinstance(record, FaceMotion))
    bodies = tuple(record for record in emitted if isinstance(record, BodyMotion))
    return SpokenMotion(utterance, start, faces, bodies)
