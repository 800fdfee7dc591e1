"""Media time of live processes."""

from __future__ import annotations

import time


class MonotonicClock:
    """Media time is the machine's CLOCK_MONOTONIC: the same in all processes, never set back."""

    def now(self) -> int:
        """Media time, ns."""
        return time.monotonic_ns()
