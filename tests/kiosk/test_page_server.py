"""The page's server against clients that behave badly."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import aiohttp
import numpy as np
import pytest
from aiohttp import WSMsgType

from tests.kiosk.browser import until
from tests.kiosk.clients import close_code, expect, join, picture, pictures, talk
from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS
from visavis_agent.core.errors import ConfigurationError, DeviceError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    DeviceSwitch,
    Diagnostic,
    Level,
    Phase,
    Record,
    TextInput,
    TextSource,
    TurnState,
    VideoFrame,
)
from visavis_agent.kiosk.connection import MAXIMUM_IN_FLIGHT
from visavis_agent.kiosk.page import PageStage
from visavis_agent.kiosk.page_settings import PageSettings, welcome
from visavis_agent.kiosk.wire import unpacked

T = TypeVar("T")
Socket = aiohttp.ClientWebSocketResponse


class ThreadHost(FakeHost):
    """Runs at once, on whatever thread, one thing after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()
        self.encoded = 0

    def now(self) -> int:
        return time.monotonic_ns()

    def at(self, when_ns: int, action: Callable[[], None]) -> Any:
        with self.lock:
            action()

    def work(self, job: Callable[[], T], done: Callable[[T], None], latency_ns: int) -> Any:
        self.encoded += 1
        done(job())


class Rig:
    """A started page stage."""

    def __init__(self) -> None:
        self.host = ThreadHost()
        self.stage = PageStage(PageSettings(port=0, fps=120.0), self.host)
        self.stage.start()
        self.port = self.stage.port
        self.number = 0

    def give(self, record: Record) -> None:
        with self.host.lock:
            self.stage.handle(record)

    def frame(self) -> int:
        """A new picture; returns its time."""
        self.number += 1
        due = self.host.now() + self.number * 20 * MS
        self.give(VideoFrame(media_ns=due, image=np.full((64, 64, 3), self.number % 256, np.uint8)))
        return due


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.stage.stop()


# ------------------------------------------------------------------------------------------------------ HTTP
def test_the_page_is_served_with_a_policy(rig: Rig) -> None:
    async def look(session: aiohttp.ClientSession) -> None:
        async with session.get(f"http://127.0.0.1:{rig.port}/") as answer:
            assert answer.status == 200 and "text/html" in answer.headers["Content-Type"]
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy and f"ws://127.0.0.1:{rig.port}" in policy and "unsafe" not in policy
            assert "http" not in (await answer.text()).replace("http-equiv", "")
        async with session.get(f"http://127.0.0.1:{rig.port}/main.js") as answer:
            assert answer.headers["Content-Type"].startswith("text/javascript")
            tag = answer.headers["ETag"]
        async with session.get(f"http://127.0.0.1:{rig.port}/main.js", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304

    talk(look)


@pytest.mark.parametrize("path", ["/none.js", "/../page.py", "/%2e%2e/page.py", "//etc/passwd", "/screen"])
def test_what_is_not_there_is_said_in_words(rig: Rig, path: str) -> None:
    async def look(session: aiohttp.ClientSession) -> int:
        async with session.get(f"http://127.0.0.1:{rig.port}{path}") as answer:
            assert "Traceback" not in await answer.text()
            return answer.status

    assert talk(look) in (400, 403, 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://[broken"},
        {"Origin": "null"},
        {},
        {"Origin": "http://evil.example:{port}", "Host": "evil.example:{port}"},
    ],
)
def test_foreign_sites_may_not_connect(rig: Rig, headers: dict[str, str]) -> None:
    filled = {name: value.format(port=rig.port) for name, value in headers.items()}

    async def knock(session: aiohttp.ClientSession) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"ws://127.0.0.1:{rig.port}/screen", headers=filled)
        return refused.value.status

    assert talk(knock) == 403


def test_a_taken_port_is_said_with_a_remedy(rig: Rig) -> None:
    with pytest.raises(DeviceError, match=f"127.0.0.1:{rig.port}.*in use.*port"):
        PageStage(PageSettings(port=rig.port), ThreadHost()).start()


def test_stopping_closes_pages_at_once_and_may_be_followed_by_a_start(rig: Rig) -> None:
    async def stay(session: aiohttp.ClientSession) -> int | None:
        socket = await join(session, rig.port)
        await expect(socket, "role")
        threading.Timer(0.1, rig.stage.stop).start()
        return await close_code(socket)

    begin = time.monotonic()
    assert talk(stay) == 1001
    assert time.monotonic() - begin < 3.0
    until(lambda: not any(thread.name == "page" for thread in threading.enumerate()), 3.0, "the thread's end")
    rig.stage.start()


# --------------------------------------------------------------------------------------------------- rubbish
@pytest.mark.parametrize("rubbish", ["", "nonsense", "[]", '{"type": 3}', '{"type": "what"}', '{"type": "page"}'])
def test_rubbish_is_answered_in_words_then_shut_out(rig: Rig, rubbish: str) -> None:
    async def annoy(session: aiohttp.ClientSession) -> int | None:
        socket = await join(session, rig.port)
        await socket.send_str(rubbish)
        assert "Traceback" not in (await expect(socket, "refused"))["reason"]
        for _ in range(30):
            await socket.send_str(rubbish)
        return await close_code(socket)

    assert talk(annoy) == 1008
    assert rig.host.emitted == []


def test_a_message_of_100_megabytes_is_refused_and_others_go_on(rig: Rig) -> None:
    async def flood(session: aiohttp.ClientSession) -> None:
        good, bad = await join(session, rig.port), await join(session, rig.port)
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await bad.send_str("x" * 100_000_000)
        assert await close_code(bad) in (1006, 1009)
        await good.send_json({"type": "text", "text": "still here?", "source": "typed"})
        assert (await expect(good, "heard"))["text"] == "still here?"

    talk(flood)


def test_texts_are_cleaned_and_limited(rig: Rig) -> None:
    async def send(session: aiohttp.ClientSession) -> list[str]:
        socket = await join(session, rig.port)
        reasons = []
        for text in ("  two\n\x00words ", "", "x" * 5000, 3, None):
            await socket.send_json({"type": "text", "text": text, "source": "touched"})
        for _ in range(4):
            reasons.append((await expect(socket, "refused"))["reason"])
        await socket.send_json({"type": "text", "text": "x", "source": "spoken"})
        reasons.append((await expect(socket, "refused"))["reason"])
        for _ in range(8):
            await socket.send_json({"type": "text", "text": "again", "source": "typed"})
        reasons.append((await expect(socket, "refused"))["reason"])
        return reasons

    assert "too fast" in talk(send)[-1]
    texts = rig.host.of(TextInput)
    assert (texts[0].text, texts[0].source) == ("two words", TextSource.TOUCHED)
    assert len(texts) <= 6


# -------------------------------------------------------------------------------------------------- pictures
def test_the_camera_is_switched_by_who_stands_before_it(rig: Rig) -> None:
    async def touch(session: aiohttp.ClientSession) -> list[str]:
        socket = await join(session, rig.port)
        for on in (True, "yes", False):
            await socket.send_json({"type": "camera", "on": on})
        reasons = [(await expect(socket, "refused"))["reason"]]
        await socket.send_json({"type": "ping", "sent": 1})
        await expect(socket, "pong")
        for page in rig.stage._server._pages:  # as if it were another machine's
            page.here = False
        await socket.send_json({"type": "camera", "on": True})
        return [*reasons, (await expect(socket, "refused"))["reason"]]

    wrong, elsewhere = talk(touch)
    assert "on" in wrong and "on the machine itself" in elsewhere
    assert [(s.device, s.on) for s in rig.host.of(DeviceSwitch)] == [("camera", True), ("camera", False)]


def test_nothing_is_encoded_while_nobody_looks(rig: Rig) -> None:
    async def hide(session: aiohttp.ClientSession) -> list[int]:
        socket = await join(session, rig.port)
        await expect(socket, "role")
        rig.frame()
        return await pictures(socket)

    assert talk(hide) == []
    assert rig.host.encoded == 0


def test_a_page_that_comes_sees_the_newest_picture_at_once(rig: Rig) -> None:
    due = rig.frame()

    async def look(session: aiohttp.ClientSession) -> list[int]:
        socket = await join(session, rig.port)
        await socket.send_json({"type": "page", "visible": True})
        return [await picture(socket), *await pictures(socket)]

    assert talk(look) == [due]


def test_a_slow_reader_skips_pictures(rig: Rig) -> None:
    async def dawdle(session: aiohttp.ClientSession) -> None:
        slow, quick = await join(session, rig.port), await join(session, rig.port)
        for socket in (slow, quick):
            await socket.send_json({"type": "page", "visible": True})
            await socket.send_json({"type": "ping", "sent": 1})
            await expect(socket, "pong")
        sent = []
        for _ in range(30):
            sent.append(rig.frame())
            assert await picture(quick) == sent[-1]
            await quick.send_json({"type": "got"})
        first = [await picture(slow) for _ in range(MAXIMUM_IN_FLIGHT)]
        assert first == sorted(first) and set(first) < set(sent) and await pictures(slow) == []
        for _ in range(MAXIMUM_IN_FLIGHT):
            await slow.send_json({"type": "got"})
        assert [await picture(slow), *await pictures(slow)] == [sent[-1]]

    talk(dawdle)


def test_the_picture_is_a_jpeg_of_the_frame(rig: Rig) -> None:
    import cv2

    async def look(session: aiohttp.ClientSession) -> bytes:
        socket = await join(session, rig.port)
        await socket.send_json({"type": "page", "visible": True})
        image = np.zeros((32, 48, 3), np.uint8)
        image[..., 0] = 200
        rig.give(VideoFrame(media_ns=rig.host.now(), image=image))
        while True:
            message = await asyncio.wait_for(socket.receive(), 5)
            if message.type is WSMsgType.BINARY:
                return unpacked(message.data).payload

    picture = cv2.imdecode(np.frombuffer(talk(look), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (32, 48, 3)
    assert np.abs(picture[16, 24].astype(int) - (0, 0, 200)).max() < 8  # OpenCV's order: blue, green, red


# ------------------------------------------------------------------------------------------------- many pages
def test_ten_pages_one_is_active_and_the_next_follows(rig: Rig) -> None:
    async def crowd(session: aiohttp.ClientSession) -> None:
        sockets = [await join(session, rig.port) for _ in range(10)]
        for socket in sockets:
            await socket.send_json({"type": "page", "visible": True})
            await socket.send_json({"type": "ping", "sent": 1})
        active = []
        for socket in sockets:
            roles = []
            while (message := await asyncio.wait_for(socket.receive_json(), 5))["type"] != "pong":
                roles += [message["active"]] if message["type"] == "role" else []
            active.append(roles[-1])
        assert active == [True] + [False] * 9
        await sockets[0].close()
        assert (await expect(sockets[1], "role"))["active"] is True
        await sockets[1].send_json({"type": "page", "visible": False})
        assert (await expect(sockets[1], "role"))["active"] is False
        assert (await expect(sockets[2], "role"))["active"] is True

    talk(crowd)


def test_too_many_pages_are_refused(rig: Rig) -> None:
    async def crowd(session: aiohttp.ClientSession) -> int:
        kept = [await join(session, rig.port) for _ in range(16)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await join(session, rig.port)
        await kept[0].close()
        await asyncio.to_thread(until, lambda: len(rig.stage._server._pages) < 16, 10, "a free place")
        await join(session, rig.port)
        return refused.value.status

    assert talk(crowd) == 503


def test_a_page_that_comes_learns_the_state_and_the_troubles(rig: Rig) -> None:
    rig.give(TurnState(media_ns=0, id=ReplyId(1, 1, 0), phase=Phase.THINKING, camera=False))
    rig.give(Diagnostic(media_ns=0, stage="hearing", level=Level.WARN, message="no microphone"))
    rig.give(Diagnostic(media_ns=0, stage="speech", level=Level.ERROR, message="no voice"))
    rig.give(Diagnostic(media_ns=0, stage="speech", level=Level.OK, message="a voice again"))

    async def look(session: aiohttp.ClientSession) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        socket = await join(session, rig.port)
        return await expect(socket, "about"), await expect(socket, "state"), await expect(socket, "notices")

    about, state, notices = talk(look)
    assert about["title"] == "Vera" and len(about["questions"]) >= 4
    assert (state["phase"], state["off"]) == ("thinking", ["camera"])
    assert [notice["text"] for notice in notices["notices"]] == ["no microphone"]


def test_a_missing_persona_is_said_before_anything_is_served() -> None:
    with pytest.raises(ConfigurationError, match="nobody"):
        welcome(PageSettings(persona="nobody"))
