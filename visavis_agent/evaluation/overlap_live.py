"""A visitor who talks into the replies of a live agent, by the loopback."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    MICROPHONE_RATE,
    FaceMotion,
    Lane,
    Phase,
    PlaybackStatus,
    Record,
    SinkState,
    TurnState,
)
from visavis_agent.evaluation.interview import Asked
from visavis_agent.evaluation.live_agent import LiveAgent, kiosk
from visavis_agent.evaluation.live_interview import found, sound_settings
from visavis_agent.evaluation.loopback import RATE, ROOM, Loopback, Recording
from visavis_agent.evaluation.observer import Observer
from visavis_agent.evaluation.overlap import Overlap, Overlapped
from visavis_agent.evaluation.questions import asked

_KINDS = (TurnState, PlaybackStatus, FaceMotion)
_INTO_REPLY_S = (0.3, 1.2)
_AFTER_S = 1.6
_PATIENCE_S = 6.0
_CALM_S = 25.0
_TRIALS = 3
_DISCOVERY_S = 30.0
_LEVEL_S = 1.1
_LEAD_S = 0.25
_RECENT = 150
_SPACING = RATE // MICROPHONE_RATE


class LiveOverlaps:
    """Asks aloud for a reply where none sounds, and plays each overlap into one.

    Args:
        questions: with long answers, asked in turn.
        seed: of the moments.
    """

    def __init__(self, questions: Sequence[str], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._questions = [asked(text, seed + k) for k, text in enumerate(questions)]
        self._asked = 0
        self._changed = threading.Condition()
        self._state: TurnState | None = None
        self._reply: PlaybackStatus | None = None
        self._first_ns: dict[ReplyId, int] = {}
        self._states: deque[TurnState] = deque(maxlen=_RECENT)
        self._faces: deque[FaceMotion] = deque(maxlen=4 * _RECENT)

    def run(self, overlaps: Sequence[Overlap], deadline_s: float | None = None) -> list[Overlapped]:
        """Play all; none after `deadline_s` (perf_counter).

        Raises:
            DeviceError: there is no PulseAudio.
            EngineError: the agent did not start.
        """
        seen = []
        with self._agent() as loopback:
            for overlap in overlaps:
                if deadline_s is not None and time.perf_counter() > deadline_s:
                    break
                seen.append(self._play(loopback, overlap))
        return seen

    @contextlib.contextmanager
    def _agent(self) -> Iterator[Loopback]:
        sections = sound_settings()
        sections["microphone"]["echo"] = "none"  # the loopback's microphone does not hear its loudspeaker
        with Loopback() as loopback:
            environment = loopback.child_environment
            with (
                LiveAgent(kiosk(sections, without=("page", "camera")), environment) as agent,
                Observer(_KINDS, agent.namespace, self.take, environment),
            ):
                with self._changed:
                    self._changed.wait_for(lambda: self._state is not None, _DISCOVERY_S)
                yield loopback

    def take(self, record: Record, at_ns: int) -> None:
        """What the agent says of itself; on the observer's thread."""
        with self._changed:
            match record:
                case TurnState():
                    self._state = record
                    self._states.append(record)
                case FaceMotion():
                    self._faces.append(record)
                case PlaybackStatus() if record.lane is Lane.REPLY:
                    self._reply = record
                    if record.state is SinkState.PLAYING and not record.starved:
                        self._first_ns.setdefault(record.id, record.media_ns)
            self._changed.notify_all()

    # ------------------------------------------------------------------------------------------------------- one sound
    def _play(self, loopback: Loopback, overlap: Overlap) -> Overlapped:
        """Into a reply that has sounded for a while; its own record of the agent around it."""
        self._get_reply(loopback)
        sound = overlap.sound
        with loopback.recording(time.monotonic_ns, f"{ROOM}.monitor") as heard:
            with loopback.recording(time.monotonic_ns) as said:
                time.sleep(_LEVEL_S + float(self._rng.uniform(*_INTO_REPLY_S)))
                loopback.play(sound.pcm[max(0, sound.first - round(_LEAD_S * MICROPHONE_RATE)) :], MICROPHONE_RATE)
                self._wait_for_consequences(overlap)
            return self._seen(overlap, heard, said)

    def _seen(self, overlap: Overlap, heard: Recording, said: Recording) -> Overlapped:
        sound = overlap.sound
        place, _ = found(heard.pcm, sound.pcm[sound.first : sound.end])
        start_ns = heard.time(place)
        with self._changed:
            states, faces = list(self._states), list(self._faces)
        return Overlapped(
            overlap,
            start_ns,
            heard.time(place + (sound.end - sound.first) * _SPACING),
            voice=said.pcm,
            voice_ns=said.start_ns,
            rate=RATE,
            states=states,
            faces=sorted((face for face in faces if face.media_ns > start_ns - 2 * SECOND), key=lambda f: f.media_ns),
        )

    def _wait_for_consequences(self, overlap: Overlap) -> None:
        """The sound has just ended."""
        begin_ns = time.monotonic_ns() - 1500 * MS
        if overlap.meant:
            with self._changed:
                self._changed.wait_for(
                    lambda: any(s.reason == "confirm" and s.media_ns > begin_ns for s in self._states), _AFTER_S
                )
            time.sleep(0.5)
        else:
            time.sleep(_AFTER_S)

    # --------------------------------------------------------------------------------------------------------- replies
    def _get_reply(self, loopback: Loopback) -> None:
        """Until a reply sounds that has only just begun; the visitor asks for it when none does."""
        for _ in range(_TRIALS):
            if self._fresh_reply(_PATIENCE_S if self._thinks() else 0.0):
                return
            self._wait_for_calm()
            question = self._next_question()
            first = max(0, question.first - round(_LEAD_S * MICROPHONE_RATE))
            loopback.play(question.pcm[first : question.end], MICROPHONE_RATE)
            if self._fresh_reply(_PATIENCE_S):
                return

    def _next_question(self) -> Asked:
        self._asked += 1
        return self._questions[self._asked % len(self._questions)]

    def _thinks(self) -> bool:
        with self._changed:
            return self._state is not None and (self._state.phase is Phase.THINKING or self._state.user_speaking)

    def _fresh_reply(self, seconds: float) -> bool:
        """A reply sounds that began less than 3 s ago."""

        def there() -> bool:
            state, reply = self._state, self._reply
            if state is None or reply is None or state.phase is not Phase.SPEAKING or reply.id != state.id:
                return False
            return reply.state is SinkState.PLAYING and time.monotonic_ns() - self._first_ns[reply.id] < 3 * SECOND

        with self._changed:
            return self._changed.wait_for(there, seconds)

    def _wait_for_calm(self) -> None:
        def calm() -> bool:
            state = self._state
            return state is not None and state.phase in (Phase.IDLE, Phase.LISTENING) and not state.user_speaking

        with self._changed:
            self._changed.wait_for(calm, _CALM_S)
        time.sleep(0.6)
