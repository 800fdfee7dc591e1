"""Media time: integer nanoseconds on one timeline that stamps sound, camera and motion."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

MS = 1_000_000
SECOND = 1_000_000_000


def seconds(ns: int) -> float:
    """Nanoseconds as seconds."""
    return ns / SECOND


def nanoseconds(s: float) -> int:
    """Seconds as nanoseconds, rounded to the nearest."""
    return round(s * SECOND)


def sample_time(index: int, rate: int) -> int:
    """Offset in ns of sample `index` at `rate` Hz, rounded down; in integers, so that no drift builds up."""
    return index * SECOND // rate


def sample_index(ns: int, rate: int) -> int:
    """First sample that starts at or after the offset `ns`: the inverse of `sample_time` up to 1 GHz."""
    return -(-ns * rate // SECOND)


class Clock(Protocol):
    """Where time comes from: the session's event loop, or the host in a live process."""

    def now(self) -> int:
        """Media time in ns."""
        ...


@dataclass(frozen=True, slots=True)
class ClockReport:
    """One report of the presenter that owns the output clock."""

    media_ns: int
    host_ns: int
    rate: float = 1.0
    epoch: int = 0


class ClockMap:
    """Maps host time to the presenter's media time: offset and drift fitted to its latest reports.

    A line through the last `window` reports by least squares (drift is parts per million, the noise of a report
    milliseconds). A new epoch or another rate (0: held, stalled) starts afresh: the line never bridges a jump.
    Answers may step back by a report's noise when the next one arrives.

    Args:
        window: reports that count, at least 1.
    """

    def __init__(self, window: int = 60) -> None:
        self._reports: deque[ClockReport] = deque(maxlen=window)
        self._slope = 1.0
        self._offset = 0.0

    @property
    def ready(self) -> bool:
        return bool(self._reports)

    @property
    def drift(self) -> float:
        """Media seconds gained per host second, minus one."""
        return self._slope - 1.0

    def report(self, report: ClockReport) -> None:
        """Take a report; one of an earlier epoch, or older than the newest, is ignored."""
        last = self._reports[-1] if self._reports else None
        if last and (report.epoch < last.epoch or report.host_ns < last.host_ns):
            return
        if last and (report.epoch != last.epoch or report.rate != last.rate):
            self._reports.clear()
        self._reports.append(report)
        self._fit()

    def media(self, host_ns: int) -> int:
        """Media time at host time `host_ns`; ValueError before the first report."""
        if not self._reports:
            raise ValueError("the presenter has not reported its clock yet")
        last = self._reports[-1]
        # Only the distance from the newest report is a float: times since 1970 do not fit one to the ns.
        return last.media_ns + round(self._offset + self._slope * (host_ns - last.host_ns))

    def _fit(self) -> None:
        last = self._reports[-1]
        host = np.array([r.host_ns - last.host_ns for r in self._reports], dtype=np.float64)
        media = np.array([r.media_ns - last.media_ns for r in self._reports], dtype=np.float64)
        spread = float(host.var())
        # Below a second of reports the slope is noise; the nominal rate is the better estimate.
        long_enough = len(host) >= 4 and host[0] <= -SECOND
        slope = float(np.mean((host - host.mean()) * (media - media.mean())) / spread) if long_enough else last.rate
        self._slope = slope
        self._offset = float(media.mean() - slope * host.mean())
