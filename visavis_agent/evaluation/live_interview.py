"""A visitor who asks a live agent one question after the other; answers are timed in a recording of its voice."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate, resample_poly

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import DeviceError, EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    MICROPHONE_RATE,
    Lane,
    Phase,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechPlan,
    TurnReport,
    TurnState,
    UserTurn,
)
from visavis_agent.evaluation.interview import Answered, Asked
from visavis_agent.evaluation.live_agent import LiveAgent, kiosk
from visavis_agent.evaluation.loopback import MICROPHONE, RATE, ROOM, SPEAKER, Loopback, Recording
from visavis_agent.evaluation.observer import Observer

Pcm = npt.NDArray[np.int16]
KINDS = (TurnState, UserTurn, SpeechPlan, PlaybackStatus, TurnReport)
BREATH_S = 0.6
_PATIENCE_S = 5.0
_LONGEST_ANSWER_S = 60.0
_EARLY_NS = 60 * MS  # the sound may come so much before the time that playback announced
_AFTER_S = 0.4
_DISCOVERY_S = 30.0
_WHOLE = 0.85  # noise of -10 dB leaves 0.95, a lost block much less
_TRIALS = 3
_LEAD_S = 0.4
_AUDIBLE = 100  # of full scale 32768: -50 dBFS; between answers the loudspeaker is digitally silent
_SPACING = RATE // MICROPHONE_RATE


def sound_settings() -> dict[str, Any]:
    """The sections of a deployment whose agent hears and speaks by the loopback."""
    return {
        "microphone": {"source": "device", "page": False, "device": f"pulse:{MICROPHONE}"},
        "playback": {"sink": "live", "output": "device", "device": f"pulse:{SPEAKER}"},
    }


class LiveInterview:
    """An agent in a loopback, and its visitor; use it with `with`.

    Raises:
        DeviceError: there is no PulseAudio.
        EngineError: the agent did not start.
    """

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._loopback = Loopback()

    def __enter__(self) -> LiveInterview:
        with self._stack:
            loopback = self._stack.enter_context(self._loopback)
            environment = loopback.child_environment
            settings = kiosk(sound_settings(), without=("page", "camera"))
            agent = self._stack.enter_context(LiveAgent(settings, environment))
            self._visitor = Visitor(loopback)
            observer = Observer(KINDS, agent.namespace, self._visitor.take, environment)
            self._visitor.interrupt = self._stack.enter_context(observer).interrupt
            self._visitor.wait_until_heard()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def sound_folder(self) -> str:
        """Where the sound server has its socket."""
        return self._loopback.environment["PULSE_RUNTIME_PATH"]

    @property
    def torn(self) -> int:
        """Questions that had to be asked again, because the sound server did not play them whole."""
        return self._visitor.torn

    def run(self, questions: Sequence[Asked], noise: Pcm, deadline_s: float | None = None) -> list[Answered]:
        """Ask all; none after `deadline_s` (perf_counter)."""
        answers = []
        with self._loopback.playing(noise, MICROPHONE_RATE):
            for question in questions:
                if deadline_s is not None and time.perf_counter() > deadline_s:
                    break
                answers.append(self._visitor.ask(question))
            self._visitor.wait_for_calm(_LONGEST_ANSWER_S if deadline_s is None else _PATIENCE_S)
        return answers


class Visitor:
    """Asks by the loopback's microphone, and listens to the loudspeaker and to what the agent says of itself."""

    def __init__(self, loopback: Loopback) -> None:
        self._loopback = loopback
        self._changed = threading.Condition()
        self._id = ReplyId()
        self._listening = True
        self._sounding = False
        self._calm_s = time.monotonic()
        self._answer: Answered | None = None
        self._start_ns = 0
        self._reply: PlaybackStatus | None = None
        self._other_end_ns = 0
        self._heard = False
        self._planned = False
        self.interrupt: Callable[[], None] | None = None
        """Stops an answer once it is timed and known to its end; without it, each is heard out."""
        self.likeness = 1.0
        """Of the last question as played and as recorded from the microphone."""
        self.torn = 0
        """Questions that had to be asked again."""

    def wait_until_heard(self) -> None:
        """Until the agent's topics reach this visitor.

        Raises:
            EngineError: they do not.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._heard, _DISCOVERY_S):
                remedy = "ROS must reach from process to process on this machine"
                raise EngineError("the agent runs, but its topics do not come", "conversation/turn_state", remedy)

    def ask(self, question: Asked) -> Answered:
        """Ask once the agent is calm; waits for the first sound of the answer, not for its end.

        A question that did not come through whole (the machine was too busy to play it) is asked again.
        """
        answer = self._ask(question)
        for _ in range(_TRIALS - 1):
            if self.likeness >= _WHOLE:
                break
            self.torn += 1
            answer = self._ask(question)
        return answer

    def _ask(self, question: Asked) -> Answered:
        self.wait_for_calm(_LONGEST_ANSWER_S)
        source = f"{ROOM}.monitor"
        now = time.monotonic_ns
        first = max(0, question.first - round(_LEAD_S * MICROPHONE_RATE))
        with self._loopback.recording(now, source) as heard, self._loopback.recording(now) as said:
            answer = Answered(question, end_ns=0, start_ns=now())
            with self._changed:
                self._answer, self._reply, self._start_ns, self._planned = answer, None, now(), False
            self._loopback.play(question.pcm[first:], MICROPHONE_RATE)
            reply = self._await_reply()
            if reply is not None:
                time.sleep(max(0.0, (reply.media_ns - now()) / SECOND) + _AFTER_S)
        self._stop_answer()
        place, self.likeness = found(heard.pcm, question.pcm[question.first : question.end])
        answer.start_ns = heard.time(place)
        answer.end_ns = heard.time(place + (question.end - question.first) * _SPACING)
        if reply is not None:
            answer.audible_ns = onset(said, max(reply.media_ns - _EARLY_NS, self._other_end_ns))
        return answer

    def _await_reply(self) -> PlaybackStatus | None:
        with self._changed:
            self._changed.wait_for(lambda: self._reply is not None, _PATIENCE_S)
            return self._reply

    def _stop_answer(self) -> None:
        """Once its last clause is known, so that it can be judged."""
        if self.interrupt is None:
            return
        with self._changed:
            planned = self._changed.wait_for(lambda: self._planned, _PATIENCE_S)
        if planned:
            self.interrupt()

    def wait_for_calm(self, seconds: float) -> None:
        """Until the agent has been silent, and listening, for a breath."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._changed:
                calm = self._listening and not self._sounding
                rest = BREATH_S - (time.monotonic() - self._calm_s)
                if calm and rest <= 0:
                    return
                self._changed.wait(max(0.01, rest) if calm else 1.0)

    def take(self, record: Record, at_ns: int) -> None:
        """What the agent says of itself; on the observer's thread."""
        with self._changed:
            self._heard = True
            self._note(record)
            self._changed.notify_all()

    def _note(self, record: Record) -> None:
        answer = self._answer
        match record:
            case TurnState():
                self._id = record.id
                self._calm(record.phase in (Phase.IDLE, Phase.LISTENING) and not record.user_speaking, self._sounding)
            case PlaybackStatus():
                self._calm(self._listening, record.state in (SinkState.PLAYING, SinkState.HELD))
                self._played(record)
            case UserTurn() if answer is not None:
                answer.drafts += record.draft
                if not record.draft:
                    answer.heard = record.hypotheses[0].text if record.hypotheses else ""
            case SpeechPlan() if answer is not None and record.lane is Lane.REPLY:
                if record.clause == 0:
                    answer.said.clear()
                answer.said.append(record.text)
                self._planned = record.last
            case TurnReport() if answer is not None:
                answer.report = record

    def _calm(self, listening: bool, sounding: bool) -> None:
        if (listening, sounding) != (self._listening, self._sounding):
            self._listening, self._sounding = listening, sounding
            self._calm_s = time.monotonic()

    def _played(self, status: PlaybackStatus) -> None:
        if status.lane is not Lane.REPLY:
            self._other_end_ns = max(self._other_end_ns, status.media_ns)
        elif self._reply is None and status.state is SinkState.PLAYING and status.id == self._id:
            self._reply = status if status.media_ns > self._start_ns else None


def found(recorded: Pcm, played: Pcm) -> tuple[int, float]:
    """Where a sound (m,) at 16 kHz begins in a recording (n,) at RATE, and how alike both are (correlation, 0–1).

    Raises:
        DeviceError: the recording is shorter than the sound.
    """
    coarse = resample_poly(recorded.astype(np.float64), 1, _SPACING)
    if len(coarse) < len(played):
        raise DeviceError("the recording is shorter than what was played", ROOM, "The machine is too busy; try again")
    sound = played.astype(np.float64)
    place = int(np.argmax(correlate(coarse, sound, "valid", "fft")))
    there = coarse[place : place + len(sound)]
    power = float(np.sqrt(np.square(there).sum() * np.square(sound).sum()))
    return place * _SPACING, float(there @ sound) / power if power else 0.0


def onset(recording: Recording, from_ns: int) -> int | None:
    """When the first audible sample after `from_ns` was heard, ns; None without one."""
    first = max(0, recording.sample(from_ns))
    loud = np.flatnonzero(np.abs(recording.pcm[first:].astype(np.int32)) > _AUDIBLE)
    return recording.time(first + int(loud[0])) if len(loud) else None
