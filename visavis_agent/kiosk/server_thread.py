"""An aiohttp application on a thread of its own, with its own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from aiohttp import web

from visavis_agent.core.errors import DeviceError

_STOP_S = 2.0


class ServerThread:
    """Serves `application` from `start` to `stop`; handlers run on the thread's loop.

    Args:
        host, port: where to listen; port 0 takes a free one (see `port`).
    """

    def __init__(self, application: web.Application, host: str, port: int, name: str) -> None:
        self._application = application
        self._host = host
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Listen.

        Raises:
            DeviceError: the port is taken, or the address is not this machine's.
        """
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except OSError as error:
            self.stop()
            reason = error.strerror or str(error)
            remedy = "Stop what uses it, or set another host or port"
            raise DeviceError(f"cannot listen ({reason})", f"{self._host}:{self.port}", remedy) from None

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def post(self, action: Callable[[], None]) -> None:
        """Run `action` on the loop, soon; from any thread. Nothing happens once the server has stopped."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(action)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _open(self) -> None:
        self._runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=_STOP_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
