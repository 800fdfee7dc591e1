"""The camera stage: pictures of a device or a film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import CameraImage, DevicesEnabled, Level, Record
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Handle, Host, Stage
from visavis_agent.devices.camera_device import CameraDevice, CameraMode, CameraPort, V4l2, find
from visavis_agent.devices.keeper import Keeper
from visavis_agent.perception.media import VideoFile


@dataclass(frozen=True)
class CameraSettings:
    """Settings of the camera stage. For pictures from a topic leave the stage out: perception then subscribes."""

    source: str = setting(
        "auto",
        "where pictures come from; auto: a camera if there is one, now or later",
        choices=("auto", "device", "file", "none"),
    )
    device: str = setting(
        "", "the camera: part of its name, /dev/video0, a link in /dev/v4l/by-id, or its number; empty for the first"
    )
    file: str = setting("", "a film that is shown again and again, with source: file")
    width: int = setting(640, "asked of the camera", unit="px", low=64, high=4096)
    height: int = setting(480, "asked of the camera", unit="px", low=64, high=4096)
    rate: float = setting(30.0, "pictures per second at most", unit="Hz", low=1.0, high=120.0)
    consent: bool = setting(False, "no pictures until somebody switches the camera on")


class CameraStage(Stage):
    """Emits CameraImage. A camera may be missing, get lost and come back; it says so."""

    settings_type = CameraSettings
    handlers: ClassVar[dict[type[Record], str]] = {DevicesEnabled: "on_enabled"}

    def __init__(self, settings: CameraSettings, host: Host, port: CameraPort | None = None) -> None:
        super().__init__(settings, host)
        self._port = port or V4l2()
        name = f"the camera {settings.device!r}" if settings.device else "the camera"
        missed = Level.ERROR if settings.source == "device" else Level.WARN
        self._keeper: Keeper[CameraDevice] = Keeper(name, self._open, self._report, missed)
        self._film = _Film(settings, host)
        self._enabled = not settings.consent

    def start(self) -> None:
        settings: CameraSettings = self.settings
        if settings.source == "none":
            self.host.diagnose(Level.WARN, "no camera is set: nobody is seen")
        elif self._enabled:
            (self._film if settings.source == "file" else self._keeper).start()

    def stop(self) -> None:
        self._keeper.stop()
        self._film.stop()

    def on_enabled(self, devices: DevicesEnabled) -> None:
        """Release the camera, or take it again."""
        settings: CameraSettings = self.settings
        if devices.camera == self._enabled:
            return
        self._enabled = devices.camera
        if settings.source == "file":
            (self._film.start if self._enabled else self._film.stop)()
        elif settings.source != "none":
            self.host.work(self._keeper.start if self._enabled else self._keeper.stop, lambda _: None, 0)

    def _open(self) -> CameraDevice:
        settings: CameraSettings = self.settings
        number = find(self._port.names(), settings.device)
        mode = CameraMode(settings.width, settings.height, settings.rate)
        return CameraDevice(self._port.open(number, mode), self.host.now, self._come, settings.rate)

    def _come(self) -> None:
        """A picture waits; on the camera's thread."""
        self.host.at(self.host.now(), self._take)

    def _take(self) -> None:
        device = self._keeper.device
        picture = device.read() if device is not None else None
        if picture is not None and self._enabled:
            self.host.emit(picture)

    def _report(self, level: Level, message: str) -> None:
        """Say something on the stage thread."""
        self.host.at(self.host.now(), lambda: self.host.diagnose(level, message))


class _Film:
    """A film file in a loop; its pictures are read by the worker and sent when they are due."""

    def __init__(self, settings: CameraSettings, host: Host) -> None:
        self._settings = settings
        self._host = host
        self._film: VideoFile | None = None
        self._pending: Handle | None = None
        self._sent_ns: int | None = None
        self._reading = False

    def start(self) -> None:
        self._open()

    def stop(self) -> None:
        """Forget the film; one that the worker is at closes when it is let go."""
        film, self._film = self._film, None
        if self._pending is not None:
            self._pending.cancel()
        if film is not None and not self._reading:
            film.close()

    def _open(self) -> None:
        """Begin at the beginning."""
        try:
            self._film = VideoFile(self._settings.file, self._host.now())
        except InputError as error:
            self._film = None
            self._host.diagnose(Level.ERROR, f"no pictures: {error}")
            return
        self._sent_ns = None
        self._fetch(self._film)

    def _fetch(self, film: VideoFile) -> None:
        self._reading = True
        self._host.work(film.read, self._fetched, 0)

    def _fetched(self, picture: CameraImage | None) -> None:
        film = self._film
        self._reading = False
        if film is None:
            return
        if picture is None:
            if film.problem:
                self._host.diagnose(Level.WARN, film.problem)
            film.close()
            self._pending = self._host.at(self._host.now() + round(SECOND / self._settings.rate), self._open)
        elif self._sent_ns is not None and picture.media_ns - self._sent_ns < 0.75 * SECOND / self._settings.rate:
            self._fetch(film)
        else:
            self._pending = self._host.at(picture.media_ns, lambda: self._send(picture, film))

    def _send(self, picture: CameraImage, film: VideoFile) -> None:
        self._sent_ns = picture.media_ns
        self._host.emit(picture)
        self._fetch(film)
