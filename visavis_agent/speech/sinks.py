"""What playback plays on: the media clock alone, or the outputs of a live agent."""

from __future__ import annotations

from typing import Protocol

from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.ports import AudioSink


class StageSink(AudioSink, Protocol):
    """An AudioSink that the playback stage opens and closes; made by `for_stage(settings, host)`."""

    def open(self) -> None:
        """Get going; a device that is missing is said, not raised."""
        ...

    def close(self) -> None:
        """Give back devices; may be followed by open."""
        ...

    def mute(self, muted: bool) -> None:
        """Make no sound from now on, or do again; time and replies go on."""
        ...


SINKS: EngineRegistry[StageSink] = EngineRegistry(
    "sink",
    {
        "virtual": EngineEntry("visavis_agent.speech.virtual_sink:VirtualSink"),
        "live": EngineEntry("visavis_agent.devices.live_sink:LiveSink"),
    },
)
