"""What microphone and playback of one audio process share: the page's sound, and when the agent itself is heard."""

from __future__ import annotations

import threading
from collections import deque

from visavis_agent.core.clock import MS
from visavis_agent.devices.played_sound import PlayedSound
from visavis_agent.kiosk.sound_server import SoundServer

_BRIDGE_NS = 50 * MS
_REVERBERATION_NS = 250 * MS


class SelfSpeech:
    """When the agent's own voice leaves a loudspeaker; any thread may tell and ask. Times are media time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[list[int]] = deque(maxlen=16)

    def sounded(self, start_ns: int, end_ns: int) -> None:
        """The voice is audible from `start_ns` to `end_ns`."""
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
    """The audio process's common ground.

    Attributes:
        page: the server of the page's sound while it listens.
        device_voice: when the voice leaves a loudspeaker of the machine.
        played: what leaves it.
        page_voice: when it leaves the page, whose browser knows it and takes it out of the page's own microphone.
    """

    def __init__(self) -> None:
        self.page: SoundServer | None = None
        self.device_voice = SelfSpeech()
        self.played = PlayedSound()
        self.page_voice = SelfSpeech()

    @property
    def page_sounds(self) -> bool:
        """A page is connected that plays sound."""
        return self.page is not None and self.page.sink.available

    @property
    def page_hears(self) -> bool:
        """A page is connected that sends its microphone's sound."""
        return self.page is not None and self.page.microphone_open


HUB = Hub()
