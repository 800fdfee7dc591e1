"""The three queue policies of the contract: drop the oldest, push back, count what was lost."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")


class DropOldest(Generic[T]):
    """For states and frames: the newest wins, losses are counted. One thread at a time."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a queue holds at least one item")
        self._items: deque[T] = deque(maxlen=capacity)
        self.dropped = 0

    def put(self, item: T) -> None:
        self.dropped += len(self._items) == self._items.maxlen
        self._items.append(item)

    def get(self) -> T | None:
        return self._items.popleft() if self._items else None

    def clear(self) -> None:
        self._items.clear()

    def __len__(self) -> int:
        return len(self._items)


class BackPressure(Generic[T]):
    """For speech audio and plans: nothing is lost, a full queue refuses, its producer waits. One thread at a time."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a queue holds at least one item")
        self._items: deque[T] = deque()
        self._capacity = capacity

    def offer(self, item: T) -> bool:
        """True if taken; False leaves the item with the caller, who offers it again later."""
        if len(self._items) >= self._capacity:
            return False
        self._items.append(item)
        return True

    def get(self) -> T | None:
        return self._items.popleft() if self._items else None

    def clear(self) -> None:
        self._items.clear()

    def __len__(self) -> int:
        return len(self._items)


class SampleRing:
    """For a microphone: int16 samples; an overrun drops the oldest and is reported as a gap before the next read.

    One thread may write (the device's callback) while another reads.

    Args:
        capacity: samples that can wait, at least 1.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a ring holds at least one sample")
        self._buffer = np.zeros(capacity, np.int16)
        self._lock = threading.Lock()
        self._written = 0
        self._read = 0
        self.overruns = 0

    def write(self, pcm: npt.NDArray[np.int16]) -> None:
        """Append (n,) samples; `overruns` counts the writes that pushed unread samples out."""
        capacity = len(self._buffer)
        kept = pcm[-capacity:]
        with self._lock:
            start = self._written + len(pcm) - len(kept)
            self._buffer[(start + np.arange(len(kept))) % capacity] = kept
            unread = min(self._written - self._read, capacity)
            self._written += len(pcm)
            self.overruns += unread + len(pcm) > capacity

    def read(self, count: int) -> tuple[npt.NDArray[np.int16], int] | None:
        """`count` samples and how many were lost right before them; None while fewer are there.

        Raises:
            ValueError: the ring never holds so many.
        """
        capacity = len(self._buffer)
        if not 0 <= count <= capacity:
            raise ValueError(f"a ring of {capacity} samples never holds {count}")
        with self._lock:
            oldest = max(self._read, self._written - capacity)
            if self._written - oldest < count:
                return None
            pcm = self._buffer[(oldest + np.arange(count)) % capacity]
            lost = oldest - self._read
            self._read = oldest + count
        return pcm, lost
