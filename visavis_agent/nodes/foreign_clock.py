"""Records from outside whose sender has another clock: a bag from yesterday, a camera on another computer."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import Record

R = TypeVar("R", bound=Record)
TOLERANCE_NS = 2 * SECOND


class ForeignClock:
    """Places the records of one topic in this process's media time.

    A sender is taken to share the clock as long as what it sends is about now. Otherwise the difference at its first
    record is added to all, so that they keep their distances; and again after a jump (the bag starts anew).
    """

    def __init__(self) -> None:
        self._difference_ns = 0

    def place(self, record: R, arrival_ns: int) -> R:
        """The record at its media time here, given when it arrived."""
        if abs(arrival_ns - record.media_ns - self._difference_ns) > TOLERANCE_NS:
            shared = abs(arrival_ns - record.media_ns) <= TOLERANCE_NS
            self._difference_ns = 0 if shared else arrival_ns - record.media_ns
        if not self._difference_ns:
            return record
        return dataclasses.replace(record, media_ns=record.media_ns + self._difference_ns)
