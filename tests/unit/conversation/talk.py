"""A visitor and an agent for tests of the conversation: times in ms, what is sent in `out`."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from visavis_agent.conversation.machine import Conversation
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    HandGesture,
    Hypothesis,
    Lane,
    Person,
    Persons,
    PlaybackStatus,
    Presence,
    Prosody,
    Record,
    SinkState,
    SpeechAudio,
    SpeechPlan,
    TextInput,
    TextSource,
    TurnState,
    UserTurn,
    Utterance,
    VoiceActivity,
    WordsHeard,
    Zone,
)

R = TypeVar("R", bound=Record)
HANGOVER = 320
CAREFUL = 250
LEVEL = -25.0
RATE = 16_000


class Talk:
    """Plays records into a machine in order of time and answers its alarms on the way.

    Args:
        quick_mind: drafts get a plan at once, as whole questions do.
    """

    def __init__(self, quick_mind: bool = True, **settings: object) -> None:
        self._quick_mind = quick_mind
        self.machine = Conversation(ConversationSettings(**settings), epoch=1)  # type: ignore[arg-type]
        self.ms = 0
        self.out: list[Record] = list(self.machine.begin(0))
        self._utterance = 0
        self.confidence = 0.9  # of what is understood

    # ------------------------------------------------------------------------------------------------ what came out
    def of(self, kind: type[R]) -> list[R]:
        return [record for record in self.out if isinstance(record, kind)]

    @property
    def state(self) -> TurnState:
        return self.of(TurnState)[-1]

    @property
    def reasons(self) -> list[str]:
        return [state.reason for state in self.of(TurnState)]

    @property
    def turns(self) -> list[UserTurn]:
        return [turn for turn in self.of(UserTurn) if not turn.draft]

    @property
    def drafts(self) -> list[UserTurn]:
        return [turn for turn in self.of(UserTurn) if turn.draft]

    @property
    def texts(self) -> list[str]:
        return [turn.hypotheses[0].text if turn.hypotheses else "" for turn in self.turns]

    # ------------------------------------------------------------------------------------------------------- time
    def until(self, ms: int) -> None:
        """Let time pass; alarms ring on time."""
        while (alarm := self.machine.alarm) is not None and alarm <= ms * MS:
            self._take(None, alarm)
        self.ms = max(self.ms, ms)

    def wait(self, ms: int) -> None:
        self.until(self.ms + ms)

    def send(self, record: Record) -> None:
        self._take(record, self.ms * MS)

    def _take(self, record: Record | None, at_ns: int) -> None:
        sent = self.machine.on(record, at_ns)
        self.out += sent
        for draft in sent if self._quick_mind else ():
            if isinstance(draft, UserTurn) and draft.draft:
                self._take(SpeechPlan(media_ns=at_ns, id=draft.id, clause=0, text="Upstairs.", last=True), at_ns)

    # ---------------------------------------------------------------------------------------------------- visitor
    def voice(self, speaking: bool, since: int, probability: float | None = None, level: float = LEVEL) -> None:
        likely = (0.9 if speaking else 0.0) if probability is None else probability
        level = level if likely >= 0.5 else -70.0
        self.send(
            VoiceActivity(
                media_ns=self.ms * MS, speaking=speaking, probability=likely, since_ns=since * MS, level_dbfs=level
            )
        )

    def sings(self, *f0_hz: float, ms: int = 300) -> None:
        """The pitch of the voice, each for so long."""
        for f0 in f0_hz:
            rows = np.full(ms // 10, f0, np.float32), np.full(ms // 10, LEVEL, np.float32)
            self.send(Prosody(media_ns=self.ms * MS, f0_hz=rows[0], level_dbfs=rows[1]))

    def words(self, *texts: str, final: bool, start: int, end: int, locale: str = "en", pause: bool = False) -> None:
        self.send(
            Utterance(
                media_ns=self.ms * MS,
                utterance=self._utterance,
                hypotheses=tuple(Hypothesis(text, self.confidence) for text in texts if text),
                final=final,
                start_ns=start * MS,
                end_ns=end * MS,
                locale=locale,
                pause=pause,
            )
        )

    def begins(self, level: float = LEVEL) -> int:
        """Voice activity begins; returns when."""
        self._utterance += 1
        self.voice(True, self.ms, level=level)
        return self.ms

    def speaks(self, ms: int, partial: str = "", level: float = LEVEL) -> None:
        """Go on speaking, seen by voice activity every 100 ms; understood as `partial` after 400 ms."""
        begin, end = self.ms, self.ms + ms
        while self.ms < end:
            self.wait(min(100, end - self.ms))
            self.voice(True, begin, level=level)
            if partial and self.ms - begin >= 400:
                self.words(partial, final=False, start=begin, end=self.ms)

    def ends(self, *texts: str, start: int, locale: str = "en", careful: bool = True) -> None:
        """Fall silent: a careful reading in the pause, the end of voice activity, the final words."""
        end = self.ms
        self.wait(100)
        self.voice(True, start, probability=0.1)
        if careful:
            self.until(end + CAREFUL)
            self.words(*texts, final=False, start=start, end=end, locale=locale, pause=True)
        self.until(end + HANGOVER)
        self.voice(False, end)
        self.wait(10)
        self.words(*texts, final=True, start=start, end=end, locale=locale)

    def says(self, *texts: str, ms: int = 1200, locale: str = "en", careful: bool = True) -> int:
        """An utterance with the hang-over of its voice activity; returns when the voice ended."""
        start = self.begins()
        self.speaks(ms, partial=texts[0] if texts else "")
        end = self.ms
        self.ends(*texts, start=start, locale=locale, careful=careful)
        return end

    def types(self, text: str, source: TextSource = TextSource.TYPED) -> None:
        self.send(TextInput(media_ns=self.ms * MS, text=text, source=source))

    def appears(self, person_id: str) -> None:
        self.send(Persons(media_ns=self.ms * MS, engaged_id=person_id))

    def shows(self, gesture: HandGesture, ms: int, zone: Zone = Zone.ENGAGED, person_id: str = "p1") -> None:
        """Stand there with these hands for a while, seen 25 times a second."""
        person = Person(
            person_id=person_id,
            presence=Presence.CONFIRMED,
            box=(0.4, 0.3, 0.2, 0.3),
            position=(1.0, 0.0, 0.0),
            attention=0.9,
            gesture=gesture,
            zone=zone,
        )
        engaged = person_id if zone is Zone.ENGAGED else ""
        for _ in range(max(1, ms // 40)):
            self.send(Persons(media_ns=self.ms * MS, persons=(person,), engaged_id=engaged))
            self.wait(40)

    # ------------------------------------------------------------------------------------------------------ agent
    def plans(self, id: ReplyId) -> None:
        self.send(SpeechPlan(media_ns=self.ms * MS, id=id, clause=0, text="Upstairs.", last=True))

    def sounds(self, id: ReplyId) -> None:
        pcm = np.zeros(160, np.int16)
        ns = self.ms * MS
        self.send(
            SpeechAudio(
                media_ns=ns, id=id, lane=Lane.REPLY, clause=0, sample_rate=RATE, first_sample=0, pcm=pcm, last=True
            )
        )

    def plays(self, id: ReplyId, state: SinkState = SinkState.PLAYING, starved: bool = False) -> None:
        ns = self.ms * MS
        self.send(
            PlaybackStatus(
                media_ns=ns, id=id, lane=Lane.REPLY, state=state, sample=0, sample_rate=RATE, starved=starved
            )
        )

    def heard(self, id: ReplyId, text: str = "Upstairs.", complete: bool = True) -> None:
        self.send(WordsHeard(media_ns=self.ms * MS, id=id, text=text, complete=complete))

    def answers(self) -> ReplyId:
        """The reply to the last turn begins to sound 100 ms later."""
        id = self.turns[-1].id
        self.wait(20)
        self.plans(id)
        self.wait(50)
        self.sounds(id)
        self.wait(30)
        self.plays(id)
        return id

    def finishes(self, id: ReplyId) -> None:
        self.heard(id)


def speaking_agent(**settings: object) -> tuple[Talk, ReplyId]:
    """An agent who has been speaking for two seconds."""
    talk = Talk(**settings)
    talk.types("What can I see here?")
    id = talk.answers()
    for _ in range(20):
        talk.wait(100)
        talk.plays(id)
    return talk, id
