"""The sink of a live agent: the page that is connected, a loudspeaker of the machine, or silence."""

from __future__ import annotations

from visavis_agent.core.clock import MS, nanoseconds
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.ports import AudioSink
from visavis_agent.core.records import Level, PlaybackStatus, SinkState, SpeechAudio
from visavis_agent.core.stage import Host
from visavis_agent.devices.hub import HUB, Hub
from visavis_agent.devices.loudspeaker import DeviceSink
from visavis_agent.devices.portaudio import PortAudio, SoundPort
from visavis_agent.speech.playback import PlaybackSettings
from visavis_agent.speech.virtual_sink import VirtualSink

_PAGE, _DEVICE, _NONE = "page", "device", "none"
_ASKED_NS = 40 * MS
"""Playback asks a sounding sink at least this often."""
_PLACES = {_PAGE: "the page", _DEVICE: "the loudspeaker", _NONE: "nowhere: neither page nor loudspeaker"}


class LiveSink:
    """Switches between outputs (core.ports.AudioSink).

    `auto` takes the page while one is active, else the loudspeaker, else nothing but the clock, so that the
    conversation goes on with captions alone. A switch waits for the end of the turn.
    """

    def __init__(self, settings: PlaybackSettings, host: Host, hub: Hub = HUB, port: SoundPort | None = None) -> None:
        self._settings = settings
        self._host = host
        self._hub = hub
        lead_ns = nanoseconds(settings.lead_ms / 1000.0)
        self._silence = VirtualSink(host.now, lead_ns)
        self._device = DeviceSink(
            port or PortAudio(host.now),
            host.now,
            self._report,
            settings.device,
            settings.latency_ms / 1000.0,
            lead_ns,
            hub.device_voice.sounded,
            Level.ERROR if settings.output == "device" else Level.WARN,
            hub.played.write,
        )
        self._place = ""
        self._current: AudioSink = self._silence
        self._turn: ReplyId | None = None
        self._muted = False

    @classmethod
    def for_stage(cls, settings: PlaybackSettings, host: Host) -> LiveSink:
        return cls(settings, host)

    @property
    def place(self) -> str:
        """Where the last turn was said: "page", "device", "none"; empty before the first."""
        return self._place

    def open(self) -> None:
        if self._settings.output in ("auto", _DEVICE):
            self._device.open()

    def close(self) -> None:
        self._device.close()

    def mute(self, muted: bool) -> None:
        self._muted = muted
        self._device.muted = muted
        if self._hub.page is not None:
            self._hub.page.sink.mute(muted)

    # ------------------------------------------------------------------------------------------------ AudioSink
    def write(self, audio: SpeechAudio) -> bool:
        if self._turn is None or not audio.id.same_turn(self._turn):
            self._turn = audio.id
            self._switch()
        return self._current.write(audio)

    def hold(self) -> None:
        self._current.hold()

    def resume(self) -> None:
        self._current.resume()

    def flush(self) -> None:
        self._current.flush()

    def status(self) -> PlaybackStatus:
        status = self._current.status()
        if self._place == _PAGE and status.state is SinkState.PLAYING and not status.starved:
            self._hub.page_voice.sounded(status.media_ns, status.media_ns + _ASKED_NS)
        return status

    # --------------------------------------------------------------------------------------------------- output
    def _switch(self) -> None:
        """Take the output that is best now; on the first piece of a turn."""
        place = self._best()
        if place == self._place:
            return
        self._place = place
        page = self._hub.page
        if place == _PAGE and page is not None:
            page.sink.mute(self._muted)  # it may be a new one
            self._current = page.sink
        else:
            self._current = self._device if place == _DEVICE else self._silence
        level = Level.WARN if place == _NONE and self._settings.output != _NONE else Level.OK
        self._host.diagnose(level, f"the voice comes from {_PLACES[place]}")

    def _best(self) -> str:
        """The output as it is set; with `auto` the best that is there."""
        output = self._settings.output
        if output in (_PAGE, "auto") and self._hub.page_sounds:
            return _PAGE
        if output == _DEVICE or (output == "auto" and self._device.there):
            return _DEVICE
        return _NONE

    def _report(self, level: Level, message: str) -> None:
        """Say something on the stage thread."""
        self._host.at(self._host.now(), lambda: self._host.diagnose(level, message))
