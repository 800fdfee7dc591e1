"""A server of the deployment's choice that is asked over HTTP: its address, its key, and hanging up."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.errors import EngineError

T = TypeVar("T")
Conversation = Callable[[aiohttp.ClientSession], Awaitable[T]]
REMEDY = "See whether it runs and what it writes in its log"


class Service:
    """One path of a server; asked by one thread at a time, closed by any.

    Args:
        kind: what it is, for messages ("recognition server").
        url: http or https, with or without the "/v1" at its end.
        path: what is asked for, after "/v1/".
        key_variable: environment variable with the key that is sent as a bearer token; empty: none.
        where: the settings' place, for messages ("speech.server").

    Raises:
        EngineError: the address is none, or the variable with the key is not set.
    """

    def __init__(self, kind: str, url: str, path: str, key_variable: str, where: str) -> None:
        self.kind = kind
        self.url = _address(kind, url, where).rstrip("/").removesuffix("/v1") + f"/v1/{path}"
        key = os.environ.get(key_variable, "") if key_variable else ""
        if key_variable and not key:
            reason = f"the variable {key_variable} is not set"
            raise EngineError(reason, f"{where}.key_variable", "Set it to the server's key, or leave it empty")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._loop = asyncio.new_event_loop()
        self._session: aiohttp.ClientSession | None = None
        self._lock = threading.Lock()
        self._task: asyncio.Task | None = None
        self._closed = False

    def ask(self, conversation: Conversation[T], slow: str, cancellation: Cancellation | None = None) -> T:
        """Hold a conversation with the server; it brings its own time limits.

        Args:
            slow: what to say when a limit passes ("no answer within 2 s").

        Raises:
            EngineError: the server cannot be reached, breaks off or is too slow; or it was hung up on.
        """
        with self._lock:
            if self._loop.is_closed():
                raise self.error("was closed")
            task = self._task = self._loop.create_task(self._hold(conversation))
        try:
            with (cancellation or Cancellation()).calls(lambda: self._hang_up(task)):
                return self._loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise self.error("was hung up on") from None
        except asyncio.TimeoutError:
            raise self.error(f"fails: {slow}") from None
        except aiohttp.ClientPayloadError:
            raise self.error("fails: it breaks off in the middle of its answer") from None
        except (aiohttp.ClientError, OSError) as error:
            raise self.error(f"fails: {str(error) or type(error).__name__}") from None
        finally:
            with self._lock:
                self._task = None
                if self._closed:
                    self._end()

    def error(self, what: str) -> EngineError:
        """An error that names the server."""
        return EngineError(f"the {self.kind} {what}", self.url, REMEDY)

    def close(self) -> None:
        """End; from any thread, and what is being asked ends as well."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._task is None:
                self._end()
            else:
                self._hang_up(self._task)

    def _hang_up(self, task: asyncio.Task) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(task.cancel)

    async def _hold(self, conversation: Conversation[T]) -> T:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        return await conversation(self._session)

    def _end(self) -> None:
        if self._session is not None:
            self._loop.run_until_complete(self._session.close())
        self._loop.close()


async def body(response: aiohttp.ClientResponse, longest: int) -> bytes:
    """What the server answers, as it comes, up to `longest` bytes."""
    answer = bytearray()
    async for piece in response.content.iter_any():
        answer += piece
        if len(answer) >= longest:
            break
    return bytes(answer[:longest])


def _address(kind: str, url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address, a port that is no number
        usable = False
    if not usable:
        reason = f"{url!r} is no address of a {kind}"
        raise EngineError(reason, f"{where}.url", "Give one such as http://127.0.0.1:8000")
    return url
