"""When a frame of a sound device's stream is heard: a line through what the device reports of its blocks."""

from __future__ import annotations

from visavis_agent.core.clock import MS, ClockMap, ClockReport, sample_index, sample_time

_JUMP_NS = 15 * MS


class SampleClock:
    """Frame numbers of one stream ↔ media time.

    Reports jitter by milliseconds and are averaged. One that is further off than that (an underrun, another
    device) starts afresh.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._map = ClockMap()
        self._epoch = 0
        self._latest = 0

    @property
    def ready(self) -> bool:
        return self._map.ready

    def report(self, frame: int, media_ns: int, torn: bool = False) -> bool:
        """Frame `frame` is due at `media_ns`; whether the timeline jumps here."""
        jumped = self.ready and (torn or abs(media_ns - self.time(frame)) > _JUMP_NS)
        self._epoch += jumped
        self._latest = frame
        self._map.report(ClockReport(media_ns, sample_time(frame, self.rate), epoch=self._epoch))
        return jumped

    def time(self, frame: int) -> int:
        """Media time of a frame, ns."""
        return self._map.media(sample_time(frame, self.rate))

    def frame(self, media_ns: int) -> int:
        """The first frame at or after `media_ns`; exact near the latest report, where drift has no say."""
        return self._latest + sample_index(media_ns - self.time(self._latest), self.rate)
