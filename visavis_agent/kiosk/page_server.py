"""The screen process's half of the page: serves the page itself and the WebSocket /screen."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from typing import Any

from aiohttp import web

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import TextSource
from visavis_agent.kiosk.connection import Connection
from visavis_agent.kiosk.guard import Handler, check_origin, host_of, is_local
from visavis_agent.kiosk.server_thread import ServerThread
from visavis_agent.kiosk.wire import flag_in, number_in

MAXIMUM_PAGES = 16
MAXIMUM_TYPED = 1000
"""Characters that a visitor may send at once."""
_WISHES_AT_ONCE = 5
_WISH_EVERY_NS = SECOND // 2
_SOURCES = {"typed": TextSource.TYPED, "touched": TextSource.TOUCHED}


@dataclass(eq=False)
class _Page:
    """A browser that shows the face."""

    connection: Connection
    here: bool
    """It runs on this machine."""
    visible: bool = False
    wishes: float = _WISHES_AT_ONCE
    wishes_ns: int = 0


@dataclass
class Callbacks:
    """What the server asks and tells its stage, on the server's thread."""

    now: Callable[[], int]
    text: Callable[[str, TextSource], None]
    switch: Callable[[str, bool], None]
    """A device, and whether it is wanted."""
    greeting: Callable[[], list[dict[str, Any]]]
    """What a page that comes must know."""
    watched: Callable[[], None]
    """Somebody looks again."""


@dataclass(frozen=True)
class _Asset:
    body: bytes
    content_type: str
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tag", hashlib.sha256(self.body).hexdigest()[:16])


class PageServer:
    """Pages come and go; exactly one is active, the first visible one; the others are mirrors.

    Args:
        host, port: where to listen.
        sound_port: of the sound server on the same host, for the content security policy.
    """

    def __init__(self, host: str, port: int, sound_port: int, callbacks: Callbacks) -> None:
        self._sound_port = sound_port
        self._callbacks = callbacks
        self._assets = dict(_assets())
        self.build = hashlib.sha256("".join(asset.tag for asset in self._assets.values()).encode()).hexdigest()[:16]
        """Changes when the page's files do; a page that was loaded from others loads itself anew."""
        self._pages: list[_Page] = []
        self._active: _Page | None = None
        self.watched = False
        """Somebody looks; may be read from any thread."""
        application = web.Application(middlewares=[self._protect])
        application.router.add_get("/screen", self._screen)
        application.router.add_get("/{name:[a-z0-9.-]*}", self._file)
        application.on_shutdown.append(self._close)
        self._server = ServerThread(application, host, port, "page")

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        """Listen.

        Raises:
            DeviceError: the port is taken.
        """
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    # ---------------------------------------------------------------------------------------- any thread
    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to every page."""
        self._server.post(lambda: self._tell(message))

    def show(self, picture: bytes) -> None:
        """Send a picture (a JPEG packet) to every visible page."""
        self._server.post(lambda: self._show(picture))

    # ------------------------------------------------------------------------------------------- the loop
    def _tell(self, message: dict[str, Any]) -> None:
        for page in self._pages:
            page.connection.send_json(message)

    def _show(self, picture: bytes) -> None:
        for page in self._pages:
            if page.visible:
                page.connection.show(picture)

    @web.middleware
    async def _protect(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            host = host_of(request)
            response = await handler(request)
        except web.HTTPException as error:
            response, host = error, "localhost"
        if not response.prepared:
            response.headers.update(self._headers(host))
        return response

    def _headers(self, host: str) -> dict[str, str]:
        named = f"[{host}]" if ":" in host else host
        sockets = f"ws://{named}:{self.port} ws://{named}:{self._sound_port}"
        return {
            "Content-Security-Policy": f"default-src 'self'; connect-src 'self' {sockets}; img-src 'self' data: blob:; "
            "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), display-capture=()",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        }

    async def _file(self, request: web.Request) -> web.Response:
        asset = self._assets.get(request.match_info["name"] or "index.html")
        if asset is None:
            raise web.HTTPNotFound(text="There is nothing of this name here.")
        if f'"{asset.tag}"' in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers={"ETag": f'"{asset.tag}"'})
        return web.Response(body=asset.body, headers={"Content-Type": asset.content_type, "ETag": f'"{asset.tag}"'})

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        check_origin(request, (self.port,))
        if len(self._pages) >= MAXIMUM_PAGES:
            raise web.HTTPServiceUnavailable(text=f"{MAXIMUM_PAGES} pages are open already.")
        page = _Page(Connection(), is_local(request))
        self._pages.append(page)
        try:
            return await page.connection.serve(request, partial(self._greet, page), partial(self._message, page))
        finally:
            self._pages.remove(page)
            self._elect()

    async def _close(self, application: web.Application) -> None:
        for page in list(self._pages):
            await page.connection.socket.close(code=1001)

    def _greet(self, page: _Page) -> None:
        for message in self._callbacks.greeting():
            page.connection.send_json(message)
        page.connection.send_json({"type": "role", "active": False})
        self._elect()

    def _message(self, page: _Page, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "got":
            page.connection.arrived()
        elif kind == "ping":
            sent = number_in(message, "sent", 0, 1e15)
            page.connection.send_json({"type": "pong", "sent": sent, "mono_ms": self._callbacks.now() / MS})
        elif kind == "page":
            page.visible = flag_in(message, "visible")
            self._elect()
        elif kind == "camera":
            self._camera(page, message)
        elif kind == "text":
            self._text(page, message)
        else:
            raise InputError(f"a message {kind[:40]!r} is not known")

    def _text(self, page: _Page, message: dict[str, Any]) -> None:
        text, source = message.get("text"), _SOURCES.get(str(message.get("source")))
        if not isinstance(text, str) or source is None:
            raise InputError("a text has no text, or no known source")
        text = " ".join("".join(c if c.isprintable() else " " for c in text[: 2 * MAXIMUM_TYPED]).split())
        if not text:
            raise InputError("a text is empty")
        if len(text) > MAXIMUM_TYPED:
            raise InputError(f"a text is longer than {MAXIMUM_TYPED} characters")
        self._spend(page, "texts")
        self._callbacks.text(text, source)

    def _camera(self, page: _Page, message: dict[str, Any]) -> None:
        """Only who stands before the camera may switch it."""
        if not page.here:
            raise InputError("the camera is switched on the machine itself")
        on = flag_in(message, "on")
        self._spend(page, "switches")
        self._callbacks.switch("camera", on)

    def _spend(self, page: _Page, what: str) -> None:
        """One of the few wishes that a page has at once."""
        now = self._callbacks.now()
        page.wishes = min(_WISHES_AT_ONCE, page.wishes + (now - page.wishes_ns) / _WISH_EVERY_NS)
        page.wishes_ns = now
        if page.wishes < 1:
            raise InputError(f"{what} come too fast; wait a moment")
        page.wishes -= 1

    def _elect(self) -> None:
        """The active page stays so while it is visible, or nobody else is; else the first visible one follows."""
        visible = [page for page in self._pages if page.visible]
        was_watched, self.watched = self.watched, bool(visible)
        chosen = self._active if self._active in (visible or self._pages) else next(iter(visible), None)
        if chosen is not self._active:
            if self._active in self._pages and self._active is not None:
                self._active.connection.send_json({"type": "role", "active": False})
            if chosen is not None:
                chosen.connection.send_json({"type": "role", "active": True})
            self._active = chosen
        if self.watched and not was_watched:
            self._callbacks.watched()


def _assets() -> Iterator[tuple[str, _Asset]]:
    """The files of kiosk/web, all of them small."""
    for entry in sorted(resources.files("visavis_agent.kiosk").joinpath("web").iterdir(), key=lambda e: e.name):
        kind = mimetypes.guess_type(entry.name)[0] or "application/octet-stream"
        if entry.name.endswith(".js"):
            kind = "text/javascript"
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        if entry.is_file():
            yield entry.name, _Asset(entry.read_bytes(), kind + charset)
