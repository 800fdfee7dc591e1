"""The agent's part of the conversation: which reply may be heard, what it is doing, and who is told."""

from __future__ import annotations

from visavis_agent.conversation.deadlines import Deadline, Deadlines
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.conversation.visitor import Visitor
from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    DevicesEnabled,
    Hypothesis,
    Phase,
    Playback,
    Record,
    TextSource,
    TurnState,
    UserTurn,
)

# A reply is not held longer than this, whatever is heard.
_LONGEST_HOLD = 4000 * MS


class Agent:
    """Issues ids, which never fall, and announces every change.

    Attributes:
        id: of the reply that may be heard.
        now: media time, ns.
        devices: what of its devices the agent may use.
        engaged: whom it talks to, empty for nobody in particular.
        out: what is to be sent, in order; the caller empties it.
    """

    def __init__(self, epoch: int, visitor: Visitor, deadlines: Deadlines, settings: ConversationSettings) -> None:
        self._visitor, self._deadlines = visitor, deadlines
        self._confirm_ns, self._idle_ns = settings.confirm_ms * MS, settings.idle_ms * MS
        self.id = ReplyId(epoch)
        self.phase = Phase.IDLE
        self.playback = Playback.PLAY
        self.session = ""
        self.engaged = ""
        self.devices = DevicesEnabled(media_ns=0)
        self.now = 0
        self.out: list[Record] = []
        self._issued = self.id

    @property
    def has_floor(self) -> bool:
        return self.phase in (Phase.THINKING, Phase.SPEAKING)

    @property
    def held(self) -> bool:
        return self.playback is Playback.HOLD

    def next_id(self, turn: bool = False) -> ReplyId:
        """An id above every one issued: of the next turn, or another draft of the turn being prepared."""
        fresh = turn or self._issued.turn == self.id.turn
        self._issued = self._issued.next_turn() if fresh else self._issued.next_reply()
        return self._issued

    def announce(self, reason: str) -> None:
        self.out.append(
            TurnState(
                media_ns=self.now,
                session=self.session,
                id=self.id,
                phase=self.phase,
                playback=self.playback,
                user_speaking=self._visitor.speaking,
                reason=reason,
                microphone=self.devices.microphone,
                camera=self.devices.camera,
                sound=self.devices.sound,
            )
        )

    def become(self, phase: Phase, reason: str) -> None:
        """Enter a phase; an attentive agent rests after a while."""
        self.phase = phase
        if phase is Phase.LISTENING:
            self._deadlines.set(Deadline.REST, self.now + self._idle_ns)
        else:
            self._deadlines.clear(Deadline.REST)
        self.announce(reason)

    def hold(self, decide: bool = True, reason: str = "onset") -> None:
        """Silent at once, everything kept; `decide`: by what is heard of the visitor."""
        if not self.held:
            self._deadlines.set(Deadline.HELD, self.now + _LONGEST_HOLD)
        self.playback = Playback.HOLD
        if decide:
            self._deadlines.set(Deadline.DECIDE, self._visitor.since_ns + self._confirm_ns)
        self.announce(reason)

    def play(self) -> None:
        """What was held goes on, or what comes next begins; to be announced."""
        self.playback = Playback.PLAY
        self._deadlines.clear(Deadline.HELD)

    def turn(
        self,
        hypotheses: tuple[Hypothesis, ...],
        end_ns: int,
        source: TextSource,
        locale: str = "en",
        person_id: str = "",
    ) -> UserTurn:
        """A turn of the visitor for the dialogue to answer under the present id."""
        return UserTurn(
            media_ns=self.now,
            session=self.session,
            id=self.id,
            hypotheses=hypotheses,
            speech_end_ns=end_ns,
            source=source,
            locale=locale,
            person_id=person_id or self.engaged,
        )
