"""Where records from topics wait for the stage thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from visavis_agent.core.graph import QoS
from visavis_agent.core.queues import BackPressure, DropOldest
from visavis_agent.core.records import Record
from visavis_agent.nodes.loop import StageLoop


class Inlet:
    """The queue of one subscription, as deep as its topic's quality of service says.

    States (latched) and frames (best effort) drop the oldest; events and speech let the caller wait.
    """

    def __init__(self, loop: StageLoop, qos: QoS, deliver: Callable[[Record], None]) -> None:
        self._loop = loop
        self._deliver = deliver
        self._changed = threading.Condition()
        self._open = True
        drops = qos.latched or not qos.reliable
        self._queue: DropOldest[Record] | BackPressure[Record]
        self._queue = DropOldest(qos.depth) if drops else BackPressure(qos.depth)

    def put(self, record: Record) -> None:
        """Queue a record; called on the ROS thread, which may have to wait."""
        with self._changed:
            if isinstance(self._queue, DropOldest):
                self._queue.put(record)
            else:
                while self._open and not self._queue.offer(record):
                    self._changed.wait()
        self._loop.post(self._take)

    def close(self) -> None:
        """Forget what is queued and let nobody wait any more."""
        with self._changed:
            self._open = False
            self._queue.clear()
            self._changed.notify_all()

    def _take(self) -> None:
        with self._changed:
            record = self._queue.get() if self._open else None
            self._changed.notify_all()
        if record is not None:
            self._deliver(record)
