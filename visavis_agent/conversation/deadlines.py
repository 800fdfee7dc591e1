"""What the conversation waits for, each with the media time at which it stops waiting."""

from __future__ import annotations

from enum import IntEnum


class Deadline(IntEnum):
    """In the order in which those of the same instant are met."""

    DEAF = 0
    DECIDE = 1
    HELD = 2
    ACCEPT = 3
    ASK_AGAIN = 4
    GIVE_UP = 5
    REST = 6


class Deadlines:
    """At most one time (ns) for each deadline."""

    def __init__(self) -> None:
        self._at: dict[Deadline, int] = {}

    def __contains__(self, deadline: Deadline) -> bool:
        return deadline in self._at

    def set(self, deadline: Deadline, at_ns: int) -> None:
        self._at[deadline] = at_ns

    def clear(self, *deadlines: Deadline) -> None:
        for deadline in deadlines:
            self._at.pop(deadline, None)

    @property
    def next_ns(self) -> int | None:
        """The earliest; None: nothing is waited for."""
        return min(self._at.values(), default=None)

    def take_due(self, now: int) -> Deadline | None:
        """The first that has come, which is then no longer waited for."""
        due = min((deadline for deadline, at in self._at.items() if at <= now), default=None)
        if due is not None:
            del self._at[due]
        return due
