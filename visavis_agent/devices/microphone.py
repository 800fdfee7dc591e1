"""The microphone stage: a device's or the page's sound in blocks of 32 ms at 16 kHz."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from visavis_agent.core.clock import sample_time
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import DevicesEnabled, Level, MicrophoneAudio, Record
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Host, Stage
from visavis_agent.devices.echo import EchoGuard
from visavis_agent.devices.hub import HUB, Hub
from visavis_agent.devices.keeper import Keeper
from visavis_agent.devices.microphone_device import DeviceMicrophone
from visavis_agent.devices.portaudio import PortAudio, SoundPort
from visavis_agent.devices.webrtc_canceller import WebRtcCanceller
from visavis_agent.kiosk.sound_server import SoundServer, SoundServerSettings

_SERVER = SoundServerSettings()
_DEAF = "no echo canceller knows the agent's voice: it hears nothing while it speaks"


@dataclass(frozen=True)
class MicrophoneSettings:
    """Settings of the microphone stage. For sound from a topic leave the stage out: hearing then subscribes."""

    source: str = setting(
        "auto",
        "where the visitor's voice comes from; auto: the page while it sends its microphone, else a device",
        choices=("auto", "page", "device", "none"),
    )
    device: str = setting(
        "", "the microphone: part of its ALSA name, or pulse:NAME (PulseAudio, PipeWire); empty for the default"
    )
    latency_ms: float = setting(30.0, "of the microphone's buffer", unit="ms", low=5.0, high=500.0)
    echo: str = setting(
        "cancel",
        "cancel: the voice of an open loudspeaker is taken out of a device's sound; gate: deaf while the agent's voice "
        "is audible and no echo canceller knows it; none: for headsets and microphones that cancel echo themselves",
        choices=("cancel", "gate", "none"),
    )
    page: bool = setting(True, "serve the sound of the page, both ways")
    sound_server: SoundServerSettings = setting(_SERVER, "where the page's sound is served")


class MicrophoneStage(Stage):
    """Emits MicrophoneAudio; what is lost counts as a gap. Devices and pages may come and go."""

    settings_type = MicrophoneSettings
    handlers: ClassVar[dict[type[Record], str]] = {DevicesEnabled: "on_enabled"}

    def __init__(self, settings: MicrophoneSettings, host: Host, hub: Hub = HUB, port: SoundPort | None = None) -> None:
        super().__init__(settings, host)
        self._hub = hub
        self._device = DeviceMicrophone(
            port or PortAudio(host.now),
            host.now,
            self._report,
            self._come,
            settings.device,
            settings.latency_ms / 1000.0,
            Level.ERROR if settings.source == "device" else Level.WARN,
        )
        self._guard: EchoGuard | None = None
        self._known: bool | None = None
        self._enabled = True
        self._server: Keeper[_Served] = Keeper("the page's sound server", self._serve, self._report, Level.ERROR)

    def start(self) -> None:
        settings: MicrophoneSettings = self.settings
        if settings.page:
            self._server.start()
        if settings.source in ("auto", "device"):
            self._guard = self._open_guard() if settings.echo == "cancel" else None
            self._device.open()
        if settings.source == "none":
            self.host.diagnose(Level.WARN, "no microphone is set: the agent hears nothing")

    def stop(self) -> None:
        self._device.close()
        self._server.stop()

    def device_ns(self) -> int | None:
        """When the device was last seen to; its driver may hold on to who looks, and only a restart helps then."""
        return self._device.keeper.looked_ns

    def on_enabled(self, devices: DevicesEnabled) -> None:
        """Release the device, or take it again; what a page sends while it is off is not heard."""
        settings: MicrophoneSettings = self.settings
        if devices.microphone == self._enabled:
            return
        self._enabled = devices.microphone
        if settings.source in ("auto", "device"):
            change = self._device.open if self._enabled else self._device.close
            self.host.work(change, lambda _: None, 0)

    # -------------------------------------------------------------------------------------------- device's sound
    def _come(self) -> None:
        """The device has a block; on its thread."""
        self.host.at(self.host.now(), self._take_device)

    def _take_device(self) -> None:
        settings: MicrophoneSettings = self.settings
        page = settings.source == "auto" and self._hub.page_hears
        while (audio := self._device.read()) is not None:
            if not page and self._enabled:
                self._hear_device(audio)

    def _hear_device(self, audio: MicrophoneAudio) -> None:
        """The canceller knows what the loudspeaker plays, not what a page does."""
        end_ns = audio.media_ns + sample_time(len(audio.pcm), audio.sample_rate)
        page = self._hub.page_voice.audible(audio.media_ns, end_ns)
        if self._guard is None or page:
            self._tell(audio, self._echoes(audio, own_canceller=False))
            return
        audible = self._hub.device_voice.audible(audio.media_ns, end_ns)
        clean, known = self._guard.hear(audio, audible), self._guard.converged
        if audible and known != self._known:
            self._known = known
            told = "the agent's voice is taken out of what it hears" if known else _DEAF
            self.host.diagnose(Level.OK if known else Level.WARN, told)
        if len(clean.pcm):
            self.host.emit(clean)

    def _open_guard(self) -> EchoGuard | None:
        try:
            return EchoGuard(WebRtcCanceller(), self._hub.played)
        except EngineError as error:
            self.host.diagnose(Level.WARN, str(error))
            return None

    # ---------------------------------------------------------------------------------------------- page's sound
    def _serve(self) -> _Served:
        settings: MicrophoneSettings = self.settings
        server = SoundServer(settings.sound_server, self.host.now, on_microphone=self._come_from_page)
        server.start()
        return _Served(server, self._hub)

    def _come_from_page(self, audio: MicrophoneAudio) -> None:
        """The page sent a block; on the server's thread."""
        self.host.at(self.host.now(), lambda: self._take_page(audio))

    def _take_page(self, audio: MicrophoneAudio) -> None:
        settings: MicrophoneSettings = self.settings
        if settings.source in ("auto", "page") and self._enabled:
            self._tell(audio, self._echoes(audio, own_canceller=True))

    # ---------------------------------------------------------------------------------------------------- output
    def _echoes(self, audio: MicrophoneAudio, own_canceller: bool) -> bool:
        """Whether the agent itself is in the sound. A browser's canceller knows what the page plays, nothing else."""
        end_ns = audio.media_ns + sample_time(len(audio.pcm), audio.sample_rate)
        device = self._hub.device_voice.audible(audio.media_ns, end_ns)
        return device or (not own_canceller and self._hub.page_voice.audible(audio.media_ns, end_ns))

    def _tell(self, audio: MicrophoneAudio, echoes: bool) -> None:
        """Send a block; silence in its place while the agent hears itself, so that the timeline has no hole."""
        settings: MicrophoneSettings = self.settings
        if echoes and settings.echo != "none":
            self.host.diagnose(Level.WARN, _DEAF)
            audio = replace(audio, pcm=np.zeros_like(audio.pcm))
        self.host.emit(audio)

    def _report(self, level: Level, message: str) -> None:
        """Say something on the stage thread."""
        self.host.at(self.host.now(), lambda: self.host.diagnose(level, message))


class _Served:
    """A server that listens, as a device that is kept open."""

    def __init__(self, server: SoundServer, hub: Hub) -> None:
        self._server = server
        self._hub = hub
        hub.page = server

    def alive(self) -> bool:
        return True

    def close(self) -> None:
        self._hub.page = None
        self._server.stop()
