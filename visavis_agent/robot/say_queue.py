"""The texts that other programs want said: one after the other, and not into a conversation that is going on."""

from __future__ import annotations

from collections import deque

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import Phase, Record, TurnState
from visavis_agent.core.stage import Handle, Host
from visavis_agent.robot.saying import Saying


class SayQueue:
    """Begins with a text when the one before is over and nobody has the floor."""

    LONGEST = 32
    _QUIET_NS = 1500 * MS  # since the visitor's last sound: his words may still be on their way

    def __init__(self, host: Host) -> None:
        self._host = host
        self._state: TurnState | None = None
        self._spoke_ns = -self._QUIET_NS
        self._begun: list[Saying] = []
        self._waiting: deque[Saying] = deque()
        self._timer: Handle | None = None

    @property
    def busy(self) -> bool:
        """Something is being said, or waits to be."""
        return bool(self._begun or self._waiting)

    def add(self, saying: Saying, at_once: bool) -> None:
        """Say it at once, cutting off what is being said, or after what waits already."""
        if saying.over:
            return
        if at_once:
            self._begin(saying)
        elif len(self._waiting) >= self.LONGEST:
            saying.fail(f"{self.LONGEST} texts are waiting already. Wait for their results, or interrupt")
        else:
            self._waiting.append(saying)
            self._go_on()

    def take(self, record: Record) -> None:
        """Follow what the other stages say."""
        if isinstance(record, TurnState):
            if record.user_speaking or (self._state is not None and self._state.user_speaking):
                self._spoke_ns = self._host.now()
            self._state = record
        for saying in self._begun:
            saying.take(record)
        self._go_on()

    def clear(self) -> None:
        """Forget what waits."""
        waiting = list(self._waiting)
        self._waiting.clear()
        for saying in waiting:
            saying.cancel()

    def stop(self, message: str) -> None:
        """End everything without saying it."""
        for saying in [*self._begun, *self._waiting]:
            saying.fail(message)
        self._begun.clear()
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self, saying: Saying) -> None:
        self._begun.append(saying)
        saying.begin()

    def _go_on(self) -> None:
        """Begin with the next if the floor is free; look again when it may have become free."""
        self._begun = [saying for saying in self._begun if not saying.over]
        self._waiting = deque(saying for saying in self._waiting if not saying.over)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        free_ns = self._free_ns()
        if free_ns is not None and free_ns <= self._host.now():
            self._begin(self._waiting.popleft())
        elif free_ns is not None:
            self._timer = self._host.at(free_ns, self._go_on)
        elif self._begun:
            self._timer = self._host.at(self._host.now() + SECOND, self._go_on)

    def _free_ns(self) -> int | None:
        """From when on the floor is free; None: not before something changes."""
        state = self._state
        if self._begun:
            return None
        if state is None:
            return self._host.now()
        if state.user_speaking or state.phase in (Phase.THINKING, Phase.SPEAKING):
            return None
        return self._spoke_ns + self._QUIET_NS
