"""The ports that a deployment listens on, and whether the page answers."""

from __future__ import annotations

import dataclasses
import errno
import http.client
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from visavis_agent.core.errors import DeviceError

LOOPBACK = "127.0.0.1"


def ports_of(settings: Mapping[str, Any]) -> dict[str, int]:
    """ "stage.setting" -> port, for every setting called `port`; 0 means any free one and is left out."""
    return dict(found for stage, values in settings.items() for found in _ports(values, stage))


def _ports(values: Any, prefix: str) -> Iterator[tuple[str, int]]:
    for field in dataclasses.fields(values):
        value = getattr(values, field.name)
        if dataclasses.is_dataclass(value):
            yield from _ports(value, f"{prefix}.{field.name}")
        elif field.name == "port" and value:
            yield f"{prefix}.{field.name}", value


def is_free(port: int) -> bool:
    """Nobody listens on that port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def check_free(ports: Mapping[str, int]) -> None:
    """Raises:
    DeviceError: a port is in use.
    """
    for name, port in ports.items():
        if not is_free(port):
            raise DeviceError(
                f"port {port} is in use, perhaps by another visavis",
                name,
                f"End that program (`ss -ltnp 'sport = :{port}'` names it) or set {name} in the deployment",
            )


def answers(port: int, seconds: float) -> bool:
    """A page comes from that port."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
