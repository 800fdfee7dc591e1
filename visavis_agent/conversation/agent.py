"""The agent's part of the conversation: which reply may be heard, what it is doing, and who is told."""

from __future__ import annotations

from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import DevicesEnabled, Phase, Playback, Record, TurnState


class Agent:
    """Issues ids, which never fall, and announces every change.

    Attributes:
        id: of the reply that may be heard.
        now: media time, ns.
        devices: what of its devices the agent may use.
        out: what is to be sent, in order; the caller empties it.
    """

    def __init__(self, epoch: int) -> None:
        self.id = ReplyId(epoch)
        self.phase = Phase.IDLE
        self.playback = Playback.PLAY
        self.session = ""
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

    def announce(self, reason: str, user_speaking: bool) -> None:
        self.out.append(
            TurnState(
                media_ns=self.now,
                session=self.session,
                id=self.id,
                phase=self.phase,
                playback=self.playback,
                user_speaking=user_speaking,
                reason=reason,
                microphone=self.devices.microphone,
                camera=self.devices.camera,
                sound=self.devices.sound,
            )
        )
