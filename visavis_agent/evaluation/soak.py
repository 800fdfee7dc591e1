"""A visitor who never tires, in the offline graph: hundreds of turns, then ten interruptions a second.

After every turn the stages are looked into: what waited for the reply must be gone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    Phase,
    Playback,
    PlaybackStatus,
    Record,
    SinkState,
    SpeechAudio,
    TextInput,
    TurnState,
    VoiceActivity,
)
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation.holdings import holdings
from visavis_agent.evaluation.processes import own_rss_mb
from visavis_agent.session.loop import Session

QUEUES = (
    "conversation._machine._progress.turn.hypotheses",
    "conversation._machine._draft.turn.hypotheses",
    "conversation._machine._agent.out",
    "dialogue._jobs",
    "dialogue._prepared",
    "speech._job",
    "speech._streams[].units",
    "playback._streams",
    "playback._active.pieces",
    "motion._animator.speech._replies[]._unheard",
)
"""What may wait for a reply; after it there is nothing."""

INTERVAL_NS = 100 * MS
_CALM_NS = 300 * MS
_RUN_OUT_NS = 1200 * MS  # the mouth closes after its last sound
_STEP_NS = 50 * MS
_LONGEST_TURN_NS = 90 * SECOND
_INTO_REPLY_NS = (100 * MS, 1200 * MS)
_COUGH_NS = 60 * MS
_WARM = 0.1  # of the turns, before the first look


@dataclass
class Soaked:
    """How it went.

    Attributes:
        left: "turn 7: speech._streams[].units holds 2", … for each queue that was not empty.
        stuck: turns after which the agent did not come to rest.
        old: turn states, sound and playback under an id that was no longer the turn's.
        longest_hold_ns: of all holds.
        held: stage → elements in its containers after a tenth of the turns and after all of them.
        rss_mb: of this process at the same times.
        answered: turns that were reported with a reply heard.
        media_s: media time.
    """

    left: list[str] = field(default_factory=list)
    stuck: int = 0
    old: int = 0
    longest_hold_ns: int = 0
    held: dict[str, list[int]] = field(default_factory=dict)
    rss_mb: list[float] = field(default_factory=list)
    answered: int = 0
    media_s: float = 0.0


class Soak:
    """A session without pictures, driven step by step; use it with `with`."""

    def __init__(self, deployment: Deployment, seed: int) -> None:
        settings = {name: value for name, value in deployment.settings.items() if name != "rendering"}
        self._texts = deployment.persona.profile.suggested_questions
        self._rng = np.random.default_rng(seed)
        self._out = Soaked()
        self._newest, self._newest_ns = ReplyId(), 0
        self._state: TurnState | None = None
        self._changed_ns = 0
        self._sounds = False
        self._held_ns: int | None = None
        self._asked = 0
        self._session = Session(settings, deployment.seed, self._tap, (TextInput,))

    def __enter__(self) -> Soak:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def turns(self, count: int) -> Soaked:
        """So many questions; most replies are stopped, some coughed into, some heard out."""
        out = self._out = Soaked()
        for number in range(count):
            self._turn()
            self._rest(f"turn {number + 1}")
            if number + 1 == max(1, round(_WARM * count)):
                self._look()
        self._look()
        out.media_s = self._session.now / SECOND
        return out

    def storm(self, seconds: float) -> Soaked:
        """Ten interruptions a second: questions, stops, coughs; then rest, and a question that is answered."""
        out = self._out = Soaked()
        self._rest("before the storm")
        self._look()
        begin_ns = self._session.now
        for _ in range(round(seconds * SECOND / INTERVAL_NS)):
            kind = int(self._rng.integers(4))
            if kind == 0:
                self._type("")
            elif kind == 1:
                self._cough()
            else:
                self._ask()
            self._run(INTERVAL_NS - (_COUGH_NS if kind == 1 else 0))
        self._type("")
        self._rest("after the storm")
        self._look()
        out.media_s = (self._session.now - begin_ns) / SECOND
        before = out.answered
        self._ask()
        self._await_reply()
        self._rest("after the question that followed")
        out.answered -= before
        return out

    # ------------------------------------------------------------------------------------------------ the visitor
    def _turn(self) -> None:
        self._ask()
        self._await_reply()
        kind = self._rng.random()
        if kind > 0.9:
            return  # hears it out
        self._run(int(self._rng.integers(*_INTO_REPLY_NS)))
        if kind > 0.8:
            self._cough()
            self._run(int(self._rng.integers(*_INTO_REPLY_NS)))
        self._type("")

    def _ask(self) -> None:
        self._asked += 1
        self._type(self._texts[self._asked % len(self._texts)])

    def _type(self, text: str) -> None:
        self._session.send(TextInput(media_ns=self._session.now, text=text))

    def _cough(self) -> None:
        """A short sound without words, as voice activity tells it."""
        since = self._session.now
        self._session.send(VoiceActivity(media_ns=since, speaking=True, probability=0.9, since_ns=since))
        self._run(_COUGH_NS)
        now = self._session.now
        self._session.send(VoiceActivity(media_ns=now, speaking=False, probability=0.1, since_ns=now))

    def _await_reply(self) -> None:
        asked_ns = self._session.now
        self._sounds = False
        while not self._sounding() and self._session.now < asked_ns + _LONGEST_TURN_NS:
            self._run(_STEP_NS)
        self._out.answered += self._sounds

    def _sounding(self) -> bool:
        return self._sounds

    def _rest(self, when: str) -> None:
        """Until nothing happens any more; then everything must be empty."""
        begin_ns = self._session.now
        while not self._calm():
            if self._session.now > begin_ns + _LONGEST_TURN_NS:
                self._out.stuck += 1
                break
            self._run(_STEP_NS)
        held = self._holdings()
        self._out.left += [f"{when}: {place} holds {held[place]}" for place in QUEUES if held[place]]

    def _calm(self) -> bool:
        state = self._state
        idle = state is None or state.phase in (Phase.IDLE, Phase.LISTENING)
        return idle and self._session.now - self._changed_ns >= _CALM_NS

    # ------------------------------------------------------------------------------------------------ what is seen
    def _run(self, duration_ns: int) -> None:
        end = self._session.now + duration_ns
        self._session.run(lambda: end)
        self._session.now = max(self._session.now, end)

    def _holdings(self) -> Counter[str]:
        return sum((holdings(stage, name) for name, stage in self._session.stages.items()), Counter())

    def _look(self) -> None:
        self._run(_RUN_OUT_NS)
        totals: Counter[str] = Counter()
        for place, count in self._holdings().items():
            totals[place.split(".")[0]] += count
        for name, total in totals.items():
            self._out.held.setdefault(name, []).append(total)
        self._out.rss_mb.append(round(own_rss_mb(), 1))

    def _tap(self, record: Record, at_ns: int) -> None:
        if isinstance(record, TurnState):
            self._out.old += record.id < self._newest
            if record.id > self._newest:
                self._newest, self._newest_ns = record.id, at_ns
            self._state, self._changed_ns = record, at_ns
            self._hold(record.playback is Playback.HOLD, at_ns)
        elif isinstance(record, SpeechAudio):
            self._out.old += self._is_old(record.id, at_ns)
        elif isinstance(record, PlaybackStatus) and record.state is SinkState.PLAYING:
            self._out.old += self._is_old(record.id, at_ns)
            self._changed_ns = at_ns
            self._sounds |= record.id == self._newest and not record.starved

    def _is_old(self, reply: ReplyId, at_ns: int) -> bool:
        """In the very instant of the change, what was heard until then is still told."""
        return reply < self._newest and at_ns > self._newest_ns

    def _hold(self, held: bool, at_ns: int) -> None:
        if held and self._held_ns is None:
            self._held_ns = at_ns
        elif not held and self._held_ns is not None:
            self._out.longest_hold_ns = max(self._out.longest_hold_ns, at_ns - self._held_ns)
            self._held_ns = None
