"""A visitor who asks one question after the other, each when the agent has finished, in a noisy room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    MICROPHONE_RATE,
    Lane,
    MicrophoneAudio,
    Phase,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechPlan,
    TurnReport,
    TurnState,
    UserTurn,
)
from visavis_agent.deployment import Deployment
from visavis_agent.session.loop import Session

Pcm = npt.NDArray[np.int16]
_BLOCK = 512
_BREATH = 800 * MS
_PATIENCE = 5 * SECOND
_RESTLESS = 25 * SECOND  # longer than any answer


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question as sound: (n,) int16 at 16 kHz, speech between the samples `first` and `end`."""

    text: str
    pcm: Pcm
    first: int
    end: int


@dataclass(eq=False)
class Answered:
    """What became of a question.

    Attributes:
        end_ns: the visitor's last sound.
        audible_ns: the first sound of an answer that began after the question did; None: within 5 s there was none.
        said: the clauses of the last reply.
        drafts: replies that were prepared for nothing.
        report: of the turn that answered.
    """

    question: Asked
    end_ns: int
    start_ns: int
    audible_ns: int | None = None
    heard: str = ""
    said: list[str] = field(default_factory=list)
    drafts: int = 0
    report: TurnReport | None = None

    @property
    def cut_in(self) -> bool:
        """The agent spoke before the visitor had finished."""
        return self.audible_ns is not None and self.audible_ns < self.end_ns


class Interview:
    """Runs questions through a session without a picture.

    Args:
        noise: (m,) int16 room noise that is added all the time, repeated.
    """

    def __init__(self, deployment: Deployment, questions: Sequence[Asked], noise: Pcm) -> None:
        self.answers: list[Answered] = []
        self._questions = list(questions)
        self._noise = noise
        self._position = 0
        self._calm_since: int | None = 0
        self._id = ReplyId()
        self._over = False
        settings = {name: value for name, value in deployment.settings.items() if name != "rendering"}
        with Session(settings, deployment.seed, self._tap, (MicrophoneAudio,)) as session:
            self._session = session
            self._pending: Pcm = np.zeros(0, np.int16)
            session.outside(0, self._listen)
            session.run(lambda: session.now if self._over else None)

    def _listen(self) -> None:
        """The next 32 ms of the room, and of the question while one is being asked."""
        now = self._session.now
        if not len(self._pending):
            self._ask(now)
            if self._over:
                return
        block = np.zeros(_BLOCK, np.int32)
        part = self._pending[:_BLOCK]
        block[: len(part)] += part
        self._pending = self._pending[_BLOCK:]
        block += np.take(self._noise, np.arange(self._position, self._position + _BLOCK), mode="wrap")
        self._position += _BLOCK
        pcm = np.clip(block, -32768, 32767).astype(np.int16)
        end_ns = sample_time(self._position, MICROPHONE_RATE)
        media_ns = sample_time(self._position - _BLOCK, MICROPHONE_RATE)
        record = MicrophoneAudio(media_ns=media_ns, pcm=pcm)

        def heard() -> None:
            self._session.send(record)
            self._listen()

        self._session.outside(end_ns, heard)

    def _ask(self, now: int) -> None:
        """Begin the next question once the agent is calm, or has not answered the last for too long.

        Where others talk all the time it may never be calm. Of whom the agent has cut in upon, the rest is still to be
        answered: the first sound tells nothing of that.
        """
        last = self.answers[-1] if self.answers else None
        if last is not None and now < last.end_ns:
            return
        given_up = last is not None and now - last.end_ns > _RESTLESS
        answered = last is None or (last.audible_ns is not None and not last.cut_in)
        waited = answered or (last is not None and now - last.end_ns > _PATIENCE)
        calm = self._calm_since is not None and now - self._calm_since >= _BREATH
        if not (given_up or (waited and calm)):
            return
        if not self._questions:
            self._over = True
            return
        question = self._questions.pop(0)
        self._pending = question.pcm
        at = sample_time(self._position, MICROPHONE_RATE)
        start, end = (at + sample_time(sample, MICROPHONE_RATE) for sample in (question.first, question.end))
        self.answers.append(Answered(question, end_ns=end, start_ns=start))

    def _tap(self, record: Record, at_ns: int) -> None:
        answer = self.answers[-1] if self.answers else None
        match record:
            case TurnState():
                self._id = record.id
                calm = record.phase in (Phase.IDLE, Phase.LISTENING) and not record.user_speaking
                self._calm_since = at_ns if calm else None
            case UserTurn() if answer is not None:
                answer.drafts += record.draft
                if not record.draft:
                    answer.heard = record.hypotheses[0].text if record.hypotheses else ""
            case SpeechPlan() if answer is not None and record.lane is Lane.REPLY:
                if record.clause == 0:
                    answer.said.clear()
                answer.said.append(record.text)
            case PlaybackStatus() if answer is not None and self._first_sound(record, answer):
                answer.audible_ns = record.media_ns
            case TurnReport() if answer is not None:
                answer.report = record

    def _first_sound(self, status: PlaybackStatus, answer: Answered) -> bool:
        """The last reply counts: one that was cut off by the rest of the question was an answer to half of it."""
        sounding = status.state is SinkState.PLAYING and status.lane is Lane.REPLY and status.id == self._id
        return sounding and status.media_ns > answer.start_ns and answer.audible_ns is None
