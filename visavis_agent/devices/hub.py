"""What microphone and playback of one audio process share: the page's sound, and when the agent itself is heard."""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol

from visavis_agent.core.clock import MS
from visavis_agent.core.ports import AudioSink

_BRIDGE_NS = 50 * MS
_REVERBERATION_NS = 250 * MS


class PageSound(Protocol):
    """The sound of the kiosk page."""

    @property
    def sink(self) -> AudioSink:
        """The page's loudspeaker."""
        ...

    @property
    def active(self) -> bool:
        """Whether a page is connected that plays sound."""
        ...


class SelfSpeech:
    """When the agent's own voice leaves a loudspeaker of the machine; any thread may ask and tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[list[int]] = deque(maxlen=16)

    def sounded(self, start_ns: int, end_ns: int) -> None:
        """The voice is audible from `start_ns` to `end_ns` (media time)."""
        with self._lock:
            if self._times and start_ns <= self._times[-1][1] + _BRIDGE_NS:
                self._times[-1][1] = max(self._times[-1][1], end_ns)
            else:
                self._times.append([start_ns, end_ns])

    def audible(self, start_ns: int, end_ns: int) -> bool:
        """Whether the voice, or the room's answer to it, is in what is recorded from `start_ns` to `end_ns`."""
        with self._lock:
            return any(start_ns < end + _REVERBERATION_NS and end_ns > start for start, end in self._times)


class Hub:
    """The audio process's common ground."""

    def __init__(self) -> None:
        self.voice = SelfSpeech()
        self.page: PageSound | None = None

    @property
    def page_active(self) -> bool:
        return self.page is not None and self.page.active


HUB = Hub()
