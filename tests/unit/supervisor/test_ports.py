"""Ports are found among the settings, and looked at before anything starts."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import pytest

from visavis_agent.core.errors import DeviceError
from visavis_agent.core.settings import setting
from visavis_agent.supervisor.ports import answers, check_free, is_free, ports_of


@dataclass(frozen=True)
class Server:
    port: int = setting(8081, "own port")
    page_port: int = setting(8080, "port of somebody else")


@dataclass(frozen=True)
class Sound:
    server: Server = setting(Server(), "the server")


def test_own_ports_are_found_at_any_depth_and_those_of_others_are_not() -> None:
    settings = {"page": Server(8080), "playback": Sound(), "window": Sound(Server(0))}
    assert ports_of(settings) == {"page.port": 8080, "playback.server.port": 8081}


def test_a_port_in_use_is_refused_with_its_setting() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(DeviceError, match=f"page.port: port {port} is in use"):
            check_free({"page.port": port})
        assert not answers(port, 0.05), "it listens but says nothing"
    assert is_free(port) and not answers(port, 0.05)
    check_free({"page.port": port})
