"""What a client of the page's servers does, well or badly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
from aiohttp import WSMsgType

from visavis_agent.kiosk.wire import unpacked

T = TypeVar("T")
Socket = aiohttp.ClientWebSocketResponse


def talk(action: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
    async def run() -> T:
        async with aiohttp.ClientSession() as session:
            return await asyncio.wait_for(action(session), 30)

    return asyncio.run(run())


async def join(session: aiohttp.ClientSession, port: int, path: str = "screen", page_port: int | None = None) -> Socket:
    origin = f"http://127.0.0.1:{page_port or port}"
    return await session.ws_connect(f"ws://127.0.0.1:{port}/{path}", headers={"Origin": origin}, max_msg_size=0)


async def expect(socket: Socket, kind: str) -> dict[str, Any]:
    """The next message of a type."""
    while True:
        message = await asyncio.wait_for(socket.receive(), 5)
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
        if message.type is WSMsgType.TEXT and message.json()["type"] == kind:
            found: dict[str, Any] = message.json()
            return found


async def close_code(socket: Socket) -> int | None:
    while not socket.closed:
        await asyncio.wait_for(socket.receive(), 10)
    return socket.close_code


async def picture(socket: Socket) -> int:
    """The time of the next picture."""
    while True:
        message = await asyncio.wait_for(socket.receive(), 10)
        if message.type is WSMsgType.BINARY:
            return unpacked(message.data).stamp
        assert message.type is WSMsgType.TEXT, message


async def pictures(socket: Socket, wait_s: float = 0.3) -> list[int]:
    """The times of the pictures that come until nothing comes: how many there are at most, on a busy machine."""
    found = []
    while True:
        try:
            message = await asyncio.wait_for(socket.receive(), wait_s)
        except asyncio.TimeoutError:
            return found
        if message.type is WSMsgType.BINARY:
            found.append(unpacked(message.data).stamp)
