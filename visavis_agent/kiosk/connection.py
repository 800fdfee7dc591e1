"""One browser's WebSocket: messages wait in order, pictures do not wait at all."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from visavis_agent.core.errors import InputError
from visavis_agent.kiosk.wire import MAXIMUM_MESSAGE, Packet, parsed, unpacked

MAXIMUM_WAITING = 1024
MAXIMUM_IN_FLIGHT = 4
_HEARTBEAT_S = 10.0
_TOLERATED = 20
_POLICY_VIOLATION = 1008


class Connection:
    """Sends to one page and reads from it. Sending may be done from any thread, everything else on the loop.

    Only the newest picture is sent, and none while `MAXIMUM_IN_FLIGHT` are not acknowledged (`arrived`): a slow reader
    skips pictures instead of falling behind. A reader too slow for the messages is disconnected.
    """

    def __init__(self) -> None:
        self.socket = web.WebSocketResponse(compress=False, max_msg_size=MAXIMUM_MESSAGE, heartbeat=_HEARTBEAT_S)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[str | bytes] = deque()
        self._picture: bytes | None = None
        self._in_flight = 0
        self._wake = asyncio.Event()
        self._overrun = False
        self.rejected = 0

    # ---------------------------------------------------------------------------------------- any thread
    def send_json(self, message: dict[str, Any]) -> None:
        self._post(lambda: self._put(json.dumps(message, ensure_ascii=False)))

    def send_bytes(self, data: bytes) -> None:
        self._post(lambda: self._put(data))

    def _post(self, action: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    # ------------------------------------------------------------------------------------------- the loop
    def show(self, picture: bytes) -> None:
        """Send a picture; one that still waits is forgotten."""
        self._picture = picture
        self._wake.set()

    def arrived(self) -> None:
        """The page has got a picture."""
        self._in_flight = max(0, self._in_flight - 1)
        self._wake.set()

    async def serve(
        self,
        request: web.Request,
        opened: Callable[[], None],
        on_message: Callable[[dict[str, Any]], None],
        on_packet: Callable[[Packet], None] | None = None,
    ) -> web.WebSocketResponse:
        """Read and write until the page leaves. `on_message` and `on_packet` raise InputError for what they refuse.

        A few refused messages are answered in words; a page that sends nothing else is disconnected.
        """
        await self.socket.prepare(request)
        writer = asyncio.create_task(self._write())
        try:
            opened()
            async for message in self.socket:
                try:
                    if message.type is WSMsgType.TEXT:
                        on_message(parsed(message.data))
                    elif message.type is WSMsgType.BINARY and on_packet is not None:
                        on_packet(unpacked(message.data))
                    else:
                        raise InputError("a message of this kind is not expected")
                except InputError as error:
                    self.rejected += 1
                    self._put(json.dumps({"type": "refused", "reason": str(error)}))
                    if self.rejected >= _TOLERATED:
                        await self.socket.close(code=_POLICY_VIOLATION, message=b"too many unusable messages")
        finally:
            writer.cancel()
        return self.socket

    def _put(self, data: str | bytes) -> None:
        self._overrun = self._overrun or len(self._waiting) >= MAXIMUM_WAITING
        if not self._overrun:
            self._waiting.append(data)
        self._wake.set()

    async def _write(self) -> None:
        while not self.socket.closed:
            await self._wake.wait()
            self._wake.clear()
            if self._overrun:
                await self.socket.close(code=_POLICY_VIOLATION, message=b"too slow")
                return
            try:
                await self._write_waiting()
            except (ConnectionError, RuntimeError):  # it left
                return

    async def _write_waiting(self) -> None:
        while self._waiting or (self._picture is not None and self._in_flight < MAXIMUM_IN_FLIGHT):
            if self._waiting:
                data = self._waiting.popleft()
                await (self.socket.send_str(data) if isinstance(data, str) else self.socket.send_bytes(data))
            elif self._picture is not None:
                picture, self._picture = self._picture, None
                self._in_flight += 1
                await self.socket.send_bytes(picture)
