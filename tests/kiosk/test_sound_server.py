"""The sound server against clients that behave badly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import numpy as np
import pytest

from tests.kiosk.browser import until
from tests.kiosk.clients import Socket, expect, join, talk
from tests.kiosk.conftest import free_port
from visavis_agent.core.records import MicrophoneAudio
from visavis_agent.kiosk.sound_server import SoundServer, SoundServerSettings
from visavis_agent.kiosk.wire import Kind, packed


class SoundRig:
    def __init__(self) -> None:
        self.heard: list[MicrophoneAudio] = []
        self.page_port = free_port()
        self.server = SoundServer(
            SoundServerSettings(port=0, page_port=self.page_port), time.monotonic_ns, self.heard.append
        )
        self.server.start()

    async def join(self, session: aiohttp.ClientSession, **state: Any) -> Socket:
        socket = await join(session, self.server.port, "sound", self.page_port)
        await self.tell(socket, **state)
        return socket

    async def tell(self, socket: Socket, **state: Any) -> None:
        about = {"type": "page", "active": True, "ready": True, "microphone": False, "latency_ms": 20}
        about["picture_delay_ms"] = 0
        await socket.send_json({**about, **state})
        await socket.send_json({"type": "ping", "sent": 1})
        await expect(socket, "pong")


@pytest.fixture
def sound() -> Iterator[SoundRig]:
    rig = SoundRig()
    yield rig
    rig.server.stop()


def test_only_the_active_page_sounds_and_hears(sound: SoundRig) -> None:
    block = packed(Kind.MIC, 0, time.monotonic_ns(), np.ones(512, "<i2").tobytes())

    async def two(session: aiohttp.ClientSession) -> None:
        mirror = await sound.join(session, active=False, microphone=True)
        assert not sound.server.sink.available
        page = await sound.join(session, microphone=True)
        assert sound.server.sink.available and sound.server.microphone_open
        await mirror.send_bytes(block)
        await sound.tell(mirror, active=False, microphone=True)
        assert sound.heard == []
        await page.send_bytes(block)
        await sound.tell(page, microphone=True)
        assert len(sound.heard) == 1
        await page.close()
        until(lambda: not sound.server.sink.available, 3.0, "nobody sounds")

    talk(two)


def test_sound_of_a_microphone_that_is_off_is_refused(sound: SoundRig) -> None:
    async def cheat(session: aiohttp.ClientSession) -> str:
        page = await sound.join(session)
        await page.send_bytes(packed(Kind.MIC, 0, time.monotonic_ns(), b"abcd"))
        return str((await expect(page, "refused"))["reason"])

    assert "microphone is off" in talk(cheat)
    assert sound.heard == []


def test_rubbish_does_not_hurt_the_sound(sound: SoundRig) -> None:
    async def annoy(session: aiohttp.ClientSession) -> None:
        page = await sound.join(session)
        bad = await sound.join(session, active=False)
        for data in (b"", b"abc", b"\xff" * 60_000):
            await bad.send_bytes(data)
        await bad.send_json({"type": "clock", "run": 1e300, "sample": "x"})
        await bad.send_str('{"type": "clock", "run": NaN, "sample": 0, "mono_ms": 0}')
        for _ in range(5):
            await expect(bad, "refused")
        await sound.tell(page)
        assert sound.server.sink.available

    talk(annoy)


def test_the_sound_server_refuses_pages_of_other_ports(sound: SoundRig) -> None:
    async def knock(session: aiohttp.ClientSession) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await join(session, sound.server.port, "sound")
        return refused.value.status

    assert talk(knock) == 403
