"""Identity of turns and replies, ordered so that anything old can be recognised and dropped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class ReplyId:
    """Which reply of which turn of which conversation a record belongs to.

    Compared as (epoch, turn, reply). The conversation stage is the only writer: `epoch` rises with each of its
    starts (uint64), `turn` with each accepted visitor or agent initiative (uint32), `reply` with each draft (uint32).
    """

    epoch: int = 0
    turn: int = 0
    reply: int = 0

    def next_turn(self) -> ReplyId:
        """The first draft of the next turn."""
        return ReplyId(self.epoch, self.turn + 1, 0)

    def next_reply(self) -> ReplyId:
        """Another draft of the same turn."""
        return ReplyId(self.epoch, self.turn, self.reply + 1)

    def same_turn(self, other: ReplyId) -> bool:
        return (self.epoch, self.turn) == (other.epoch, other.turn)

    def __str__(self) -> str:
        return f"{self.epoch}.{self.turn}.{self.reply}"
