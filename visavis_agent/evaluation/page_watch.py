"""The page in a Chromium, headless or on a display, and when it drew which picture; driven by the DevTools protocol."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from visavis_agent.core.errors import DeviceError
from visavis_agent.evaluation.ending import end_with_parent

T = TypeVar("T")
_FLAGS = (
    "--no-sandbox --no-first-run --no-default-browser-check --disable-gpu --disable-dev-shm-usage "
    "--disable-quic --disable-background-networking --disable-component-update --disable-sync --disable-extensions "
    "--password-store=basic --hide-scrollbars --test-type --remote-debugging-port=0 "
    "--autoplay-policy=no-user-gesture-required --window-size=540,960 --window-position=0,0"
).split()
_HEADLESS = ("--headless=new", "--audio-buffer-size=256")
_HEADFUL = ("--kiosk", "--ozone-platform=x11")  # with the sound buffer that visitors' browsers have
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_START_S = 30.0
_ANSWER_S = 30.0
_OPEN = "window.visavis && visavis.picture.shown > 0"
_SOUNDS = "visavis.sound.ready && visavis.up.sound && visavis.active"
# Times are milliseconds on the page's estimate of CLOCK_MONOTONIC.
_NOTE = """(() => {
  const { picture } = visavis, due = new WeakMap(), { push, paint } = picture;
  window.drawn = [];
  picture.push = (bitmap, at) => { due.set(bitmap, at); push.call(picture, bitmap, at); };
  picture.paint = (bitmap) => {
    drawn.push([performance.timeOrigin + performance.now() + picture.offset, due.get(bitmap) ?? null]);
    paint.call(picture, bitmap);
  };
})()"""


def chromium() -> str | None:
    """Where Chromium is."""
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), None)


class PageWatch:
    """A browser with the page open while the `with` block runs.

    Args:
        url: of the page.
        environment: of the browser.
        headful: on the display that the environment names.

    Raises:
        DeviceError: there is no Chromium, it does not start, or the page does not come to life.
    """

    def __init__(self, url: str, environment: Mapping[str, str], headful: bool = False) -> None:
        program = chromium()
        if program is None:
            raise DeviceError("no Chromium is installed", "", "Install the package chromium")
        self._url = url
        self._profile = tempfile.TemporaryDirectory(prefix="visavis-page-", ignore_cleanup_errors=True)
        flags = (*_FLAGS, *(_HEADFUL if headful else _HEADLESS))
        self._command = [program, *flags, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="devtools", daemon=True)
        self._session: aiohttp.ClientSession | None = None
        self._socket: Any = None
        self._number = 0
        self.first_picture_s = 0.0
        """From the page's address to the face, s."""

    @property
    def pid(self) -> int:
        """The browser's process."""
        return 0 if self._process is None else self._process.pid

    def __enter__(self) -> PageWatch:
        self._thread.start()
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        found = Path(self._profile.name) / "DevToolsActivePort"
        self._until(lambda: found.exists() and len(found.read_text().split()) == 2, "Chromium does not start")
        self._run(self._open(found.read_text().split()[0]))
        begin = time.monotonic()
        self._call("Page.navigate", url=self._url)
        self._until(lambda: self.evaluate(_OPEN), "the page shows no face")
        self.first_picture_s = time.monotonic() - begin
        self._until(lambda: self.evaluate(_SOUNDS), "the page has no sound")
        self.evaluate(_NOTE)

    def drawn(self) -> list[tuple[float, float | None]]:
        """The pictures drawn since the last call: when, and when they were due; ms on CLOCK_MONOTONIC."""
        return [(at, due) for at, due in self.evaluate("drawn.splice(0)")]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise DeviceError(f"the page answers {answer['exceptionDetails'].get('text')}", expression[:60])
        return answer["result"].get("value")

    def close(self) -> None:
        """End the browser."""
        if self._session is not None:
            with contextlib.suppress(Exception):
                self._run(self._session.close())
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()
        self._profile.cleanup()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_ANSWER_S)

    async def _open(self, port: str) -> None:
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{port}/json") as answer:
            pages = [target for target in await answer.json() if target["type"] == "page"]
        self._socket = await self._session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._run(self._ask(method, parameters))

    async def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        socket = self._socket
        if socket is None:
            raise DeviceError("Chromium is not open", method)
        self._number += 1
        await socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await socket.receive_json()
            if message.get("id") == self._number:
                result: dict[str, Any] = message.get("result", {})
                return result

    def _until(self, condition: Any, problem: str) -> None:
        deadline = time.monotonic() + _START_S
        while not condition():
            if time.monotonic() > deadline or (self._process is not None and self._process.poll() is not None):
                raise DeviceError(problem, self._url, "Is the machine too busy?")
            time.sleep(0.1)
