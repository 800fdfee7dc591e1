"""The audio process's half of the page: ws://HOST:PORT/sound takes the reply's sound out and the visitor's voice in.

For the devices:

    server = SoundServer(SoundServerSettings(), now=host.now, on_microphone=take, on_change=look)
    server.start()            # DeviceError when the port is taken
    server.sink               # PageSink: core.ports.AudioSink, and `available`
    server.microphone_open    # a page sends its microphone's sound
    server.stop()

`on_microphone(MicrophoneAudio)` is called on the server's thread for each block of 32 ms of the page that sounds
(16 kHz, int16, echo already cancelled by the browser, media_ns = CLOCK_MONOTONIC of the first sample); `on_change()`
likewise, whenever `sink.available` or `microphone_open` changed. Both must be quick: take them to a stage's thread with
`host.at(host.now(), …)`. PageSink itself may be used from any thread. Without a page it goes on silently by the clock,
so that a switch may wait for the end of the turn; a page that comes in the middle of a reply takes over at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from visavis_agent.core.clock import MS
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import MicrophoneAudio
from visavis_agent.core.settings import setting
from visavis_agent.kiosk.connection import Connection
from visavis_agent.kiosk.guard import check_origin
from visavis_agent.kiosk.page_microphone import PageMicrophone
from visavis_agent.kiosk.page_sink import PageSink
from visavis_agent.kiosk.server_thread import ServerThread
from visavis_agent.kiosk.wire import Packet, flag_in, number_in

MAXIMUM_PAGES = 16


@dataclass(frozen=True)
class SoundServerSettings:
    """Settings of the sound server."""

    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(8081, "port to listen on; 0 takes a free one", low=0, high=65535)
    page_port: int = setting(8080, "port that the page comes from; other web sites are refused", low=0, high=65535)
    lead_ms: float = setting(
        60.0, "from the decision to speak to the first sample, at least", unit="ms", low=20.0, high=500.0
    )


@dataclass(eq=False)
class _Listener:
    """A page and what it said about itself."""

    connection: Connection
    active: bool = False
    ready: bool = False
    microphone: bool = False
    latency_ns: int = 0
    picture_delay_ns: int = 0
    blocks: PageMicrophone | None = None


class SoundServer:
    """Serves the pages' sound; exactly one page is heard (see the module's docstring)."""

    def __init__(
        self,
        settings: SoundServerSettings,
        now: Callable[[], int],
        on_microphone: Callable[[MicrophoneAudio], None] = lambda audio: None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.sink = PageSink(now, round(settings.lead_ms * MS))
        self._settings = settings
        self._now = now
        self._on_microphone = on_microphone
        self._on_change = on_change
        self._listeners: list[_Listener] = []
        self._sounding: _Listener | None = None
        application = web.Application()
        application.router.add_get("/sound", self._sound)
        application.on_shutdown.append(self._close)
        self._server = ServerThread(application, settings.host, settings.port, "page-sound")

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def microphone_open(self) -> bool:
        sounding = self._sounding
        return sounding is not None and sounding.microphone

    def start(self) -> None:
        """Listen.

        Raises:
            DeviceError: the port is taken.
        """
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    # ---------------------------------------------------------------------------------------------- the loop
    async def _sound(self, request: web.Request) -> web.StreamResponse:
        check_origin(request, (self._settings.page_port,))
        if len(self._listeners) >= MAXIMUM_PAGES:
            raise web.HTTPServiceUnavailable(text=f"{MAXIMUM_PAGES} pages are open already.")
        listener = _Listener(Connection())
        self._listeners.append(listener)
        try:
            return await listener.connection.serve(
                request, lambda: None, partial(self._message, listener), partial(self._packet, listener)
            )
        finally:
            self._listeners.remove(listener)
            self._elect()

    async def _close(self, application: web.Application) -> None:
        for listener in list(self._listeners):
            await listener.connection.socket.close(code=1001)

    def _message(self, listener: _Listener, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "ping":
            sent = number_in(message, "sent", 0, 1e15)
            listener.connection.send_json({"type": "pong", "sent": sent, "mono_ms": self._now() / MS})
        elif kind == "page":
            listener.active = flag_in(message, "active")
            listener.ready = flag_in(message, "ready")
            self._hear(listener, flag_in(message, "microphone"))
            listener.latency_ns = round(number_in(message, "latency_ms", 0, 10_000) * MS)
            listener.picture_delay_ns = round(number_in(message, "picture_delay_ms", 0, 10_000) * MS)
            self._elect()
        elif kind == "clock":
            self._clock(listener, message)
        else:
            raise InputError(f"a message {kind[:40]!r} is not known")

    def _hear(self, listener: _Listener, open_now: bool) -> None:
        if open_now and not listener.microphone:
            listener.blocks = PageMicrophone()
        changed = open_now != listener.microphone
        listener.microphone = open_now
        if changed and listener is self._sounding:
            self._on_change()

    def _clock(self, listener: _Listener, message: dict[str, Any]) -> None:
        run = round(number_in(message, "run", 0, 2**32 - 1))
        sample = number_in(message, "sample", -1e9, 1e12)
        mono_ns = round(number_in(message, "mono_ms", -1e12, 1e15) * MS)
        if listener is self._sounding:
            self.sink.report(run, sample, mono_ns)

    def _packet(self, listener: _Listener, packet: Packet) -> None:
        if not listener.microphone or listener.blocks is None:
            raise InputError("microphone sound of a page whose microphone is off")
        audio = listener.blocks.take(packet, self._now())
        if listener is self._sounding:
            self._on_microphone(audio)

    def _elect(self) -> None:
        """The first active page that can sound; the present one as long as it can."""
        able = [listener for listener in self._listeners if listener.active and listener.ready]
        chosen = self._sounding if self._sounding in able else next(iter(able), None)
        if chosen is not None:
            self.sink.set_latency(chosen.latency_ns)
            self.sink.set_picture_delay(chosen.picture_delay_ns)
        if chosen is self._sounding:
            return
        self._sounding = chosen
        if chosen is None:
            self.sink.detach()
        else:
            self.sink.attach(chosen.connection)
        self._on_change()
