"""When a process that died is started again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

FIRST_S = 0.5
LONGEST_S = 10.0
CRASHES = 5
WITHIN_S = 60.0
PAUSE_S = 60.0
LONGEST_PAUSE_S = 600.0
STEADY_S = 5.0


@dataclass(frozen=True, slots=True)
class Decision:
    """Start again in `delay_s` seconds; `crashes` is not 0 when that is a pause after so many deaths in a row."""

    delay_s: float
    crashes: int = 0


@dataclass
class Restarts:
    """The back-off and the brake of one process.

    The first death is answered at once, each further one after twice the time of the one before, up to 10 s. The
    fifth within a minute brings a pause of a minute, and while it then goes on dying, of twice that, up to 10
    minutes. All is forgiven once the process has run for five seconds: what kills it then is no loop of crashes.
    """

    _recent: deque[float] = field(default_factory=deque)
    _row: int = 0
    _pauses: int = 0

    def died(self, now_s: float, ran_s: float) -> Decision:
        """What to do about a death at `now_s`, `ran_s` seconds after all its stages were up (0: they never were)."""
        if ran_s >= STEADY_S:
            self._recent.clear()
            self._row = self._pauses = 0
        self._row += 1
        self._recent.append(now_s)
        while now_s - self._recent[0] > WITHIN_S:
            self._recent.popleft()
        if len(self._recent) >= CRASHES or self._pauses:
            self._pauses += 1
            return Decision(min(LONGEST_PAUSE_S, PAUSE_S * 2.0 ** (self._pauses - 1)), self._row)
        return Decision(0.0 if self._row == 1 else min(LONGEST_S, FIRST_S * 2.0 ** (self._row - 2)))
