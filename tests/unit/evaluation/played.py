"""A reply that is played, held, resumed and flushed by the real playback stage."""

from __future__ import annotations

import numpy as np

from tests.unit.fake_host import FakeHost
from visavis_agent.bags.layout import BagEntry
from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    GestureCue,
    Hypothesis,
    Lane,
    Phase,
    PhoneMark,
    Playback,
    Record,
    SpeechAudio,
    TurnState,
    UserTurn,
    WordMark,
)
from visavis_agent.speech.playback import PlaybackSettings, PlaybackStage

RATE = 16_000
REPLY, NEXT = ReplyId(1, 1, 0), ReplyId(1, 2, 0)
STEP = RATE // 10


class Played:
    """What was sent, with times, and the stage, whose sink knows the truth.

    The reply has two seconds: words "w0" … "w9" of 200 ms, each of the phones b and aa.
    """

    def __init__(self) -> None:
        self.host = FakeHost()
        self.stage = PlaybackStage(PlaybackSettings(record=True), self.host)
        self.sent: list[tuple[Record, int]] = []
        self._taken = 0
        self.stage.start()

    def give(self, record: Record) -> None:
        self.sent.append((record, self.host.now()))
        self.stage.handle(record)
        self._collect()

    def advance(self, ms: int) -> None:
        for _ in range(ms // 10):
            self.host.advance(10 * MS)
            self._collect()

    def state(self, phase: Phase, playback: Playback = Playback.PLAY, reply: ReplyId = REPLY, reason: str = "") -> None:
        self.give(TurnState(media_ns=self.host.now(), id=reply, phase=phase, playback=playback, reason=reason))

    def ask(self, text: str) -> None:
        now = self.host.now()
        turn = UserTurn(media_ns=now, id=REPLY, hypotheses=(Hypothesis(text),), speech_end_ns=now - 300 * MS)
        self.sent.append((turn, now))

    def speak(self) -> None:
        tone = np.round(9000 * np.sin(np.arange(20 * STEP) * 0.2)).astype(np.int16)
        self.give(
            SpeechAudio(
                media_ns=self.host.now(),
                id=REPLY,
                lane=Lane.REPLY,
                clause=0,
                sample_rate=RATE,
                first_sample=0,
                pcm=tone,
                last=True,
                phones=tuple(PhoneMark(("b", "aa")[k % 2], k * STEP, (k + 1) * STEP) for k in range(20)),
                words=tuple(WordMark(f"w{k}", 2 * k * STEP, 2 * (k + 1) * STEP) for k in range(10)),
                gestures=(GestureCue("open", STEP),),
            )
        )

    def records(self) -> list[Record]:
        return [record for record, _ in self.sent]

    def entries(self) -> list[BagEntry]:
        return [BagEntry("topic", record, at) for record, at in self.sent]

    def _collect(self) -> None:
        emitted = self.host.emitted[self._taken :]
        self._taken += len(emitted)
        self.sent += [(record, self.host.now()) for record in emitted]


def held_and_flushed() -> Played:
    """Heard for 450 ms, held for 500 ms, resumed for 600 ms, then flushed."""
    played = Played()
    played.advance(500)
    played.state(Phase.THINKING, reason="endpoint")
    played.ask("who are you")
    played.speak()
    played.advance(100)
    played.state(Phase.SPEAKING, reason="sound")
    played.advance(410)
    played.state(Phase.SPEAKING, Playback.HOLD, reason="onset")
    played.advance(500)
    played.state(Phase.SPEAKING, reason="release")
    played.advance(660)
    played.state(Phase.LISTENING, reply=NEXT, reason="interrupt")
    played.advance(500)
    return played
