"""Who may talk to a server on this machine: no foreign web site, and no name that merely points here."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def host_of(request: web.Request) -> str:
    """The host that the browser believes to talk to, without its port.

    Raises:
        web.HTTPForbidden: a name that is not this machine's. A foreign site's own name may be made to point here (DNS
            rebinding); an address or this machine's name may not.
    """
    host = urlsplit(f"//{request.host}").hostname or ""
    if not (_is_address(host) or host in _names()):
        raise web.HTTPForbidden(text=f"This server does not answer to the name {host!r}.")
    return host


def check_origin(request: web.Request, ports: Collection[int]) -> None:
    """Refuse a WebSocket that was not opened by the agent's own page, served by the same host from one of `ports`.

    Raises:
        web.HTTPForbidden: it was not.
    """
    origin = request.headers.get("Origin", "")
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.hostname != host_of(request) or port not in ports:
        raise web.HTTPForbidden(text=f"The page of {origin or 'nowhere'} may not connect.")


def is_local(request: web.Request) -> bool:
    """Whether the browser runs on this machine."""
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _names() -> set[str]:
    own = socket.gethostname().lower()
    return {"localhost", own, f"{own.split('.')[0]}.local"}
