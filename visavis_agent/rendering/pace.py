"""How much is drawn: as much as the machine has time for beside everything else it does.

A ladder from everything over fewer to the fewest Gaussians. The rate stays: with a recogniser and a browser on the same
two cores, fewer pictures on purpose were fewer still. A step down follows when too many of the last pictures came late
or never; a step up needs some calm, and that what the pictures took now leaves room for what the step costs more. What
a step costs more is learned whenever one is taken, so that a steady load ends at a steady step.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from visavis_agent.core.clock import MS, SECOND

MOTION_PERIOD_NS = 20 * MS
WINDOW_NS = 3 * SECOND // 2
JUDGE_EVERY_NS = SECOND // 5
FEWEST = 10  # pictures to judge by, however old
SETTLE_NS = SECOND  # after a step nothing is judged
CALM_NS, LONGEST_CALM_NS = 6 * SECOND, 96 * SECOND
LATE = 0.85  # of the period: a picture that takes longer is late
MOST_LATE = 0.15  # share of late pictures that is borne before detail is given up
ROOM = 0.65  # of the period: what nine of ten pictures may take after a step up
FADE_NS = 400 * MS  # from one level of detail to the next
RISE = 1.35  # what a level is taken to cost more until it is known


class Pace:
    """Chooses the level. Pure: it knows of time what it is told, and the same reports give the same levels.

    Args:
        period_ns: time between pictures.
        levels: of detail.

    Attributes:
        level: what is to be drawn now, at most `levels` - 1.
        period_ns: what a picture may take.
    """

    def __init__(self, period_ns: int, levels: int) -> None:
        self.level = self._top = levels - 1
        self.period_ns = max(period_ns, MOTION_PERIOD_NS)  # more often than motion comes nothing is drawn
        self._pictures: deque[tuple[int, float]] = deque()  # when, and what it took as a share of the period
        self._judge_from: int | None = None
        self._judge_next = 0
        self._calm_since = 0
        self._calm_ns = CALM_NS
        self._climbed: int | None = None
        self._rise = [RISE] * self._top  # what the level above costs more than each
        self._before: tuple[int, float] | None = None  # the level before the last step, and what its pictures took
        self._shown = float(self._top)
        self._shown_ns: int | None = None

    def detail(self, media_ns: int) -> float:
        """Detail of the picture of that media time: it moves to the level, never jumps."""
        passed = 0 if self._shown_ns is None else max(0, media_ns - self._shown_ns)
        self._shown_ns = media_ns
        most = min(passed, FADE_NS) / FADE_NS
        self._shown += float(np.clip(self.level - self._shown, -most, most))
        return self._shown

    def missed(self, now_ns: int) -> bool:
        """A picture was left out, as the one before was still being drawn; True when the level changes."""
        return self._take(now_ns, 2.0)

    def drew(self, now_ns: int, took_ns: int) -> bool:
        """A picture was drawn, from asking to having it in so long; True when the level changes."""
        return self._take(now_ns, took_ns / self.period_ns)

    def _take(self, now_ns: int, load: float) -> bool:
        if self._judge_from is None or now_ns < self._judge_from - SETTLE_NS:
            self._settle(now_ns)  # the first pictures fill caches; or the clock was set back
            return False
        if now_ns < self._judge_from:
            return False
        self._pictures.append((now_ns, load))
        while len(self._pictures) > FEWEST and self._pictures[0][0] < now_ns - WINDOW_NS:
            self._pictures.popleft()
        if len(self._pictures) < FEWEST or now_ns < self._judge_next:
            return False
        self._judge_next = now_ns + JUDGE_EVERY_NS
        loads = [each for _, each in self._pictures]
        self._learn(float(np.median(loads)))
        late = sum(each > LATE for each in loads) / len(loads)
        if late <= MOST_LATE:
            return self._up(now_ns, loads)
        self._calm_since = now_ns
        return self._down(now_ns, float(np.median(loads)))

    def _learn(self, median: float) -> None:
        """Once after a step: how the costs of the two levels compare."""
        if self._before is None:
            return
        (before, load), self._before = self._before, None
        ratio = median / load if self.level > before else load / median
        self._rise[min(before, self.level)] = float(np.clip(ratio, 1.0, 3.0))

    def _down(self, now_ns: int, median: float) -> bool:
        if self.level == 0:
            return False
        if self._climbed is not None and now_ns - self._climbed < self._calm_ns:
            self._calm_ns = min(2 * self._calm_ns, LONGEST_CALM_NS)  # it was too early
        self._climbed = None
        self._move(now_ns, -1, median)
        return True

    def _up(self, now_ns: int, loads: list[float]) -> bool:
        if self._climbed is not None and now_ns - self._climbed >= 2 * self._calm_ns:
            self._climbed, self._calm_ns = None, CALM_NS  # it was right
        if self.level == self._top or now_ns - self._calm_since < self._calm_ns:
            return False
        if float(np.percentile(loads, 90)) * self._rise[self.level] > ROOM:
            return False
        self._climbed = now_ns
        self._move(now_ns, 1, float(np.median(loads)))
        return True

    def _move(self, now_ns: int, by: int, median: float) -> None:
        self._before = (self.level, median)
        self.level += by
        self._settle(now_ns)

    def _settle(self, now_ns: int) -> None:
        self._pictures.clear()
        self._judge_from = self._calm_since = now_ns + SETTLE_NS
        self._judge_next = self._judge_from + WINDOW_NS // 2
