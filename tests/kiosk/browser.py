"""A headless Chromium, driven by the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = (
    "--headless=new --no-sandbox --no-first-run --no-default-browser-check --disable-gpu --disable-dev-shm-usage "
    "--disable-quic --disable-background-networking --disable-component-update --disable-sync --disable-extensions "
    "--password-store=basic --hide-scrollbars --test-type --audio-buffer-size=256 --remote-debugging-port=0"
).split()
WITH_SOUND = ("--autoplay-policy=no-user-gesture-required",)


def chromium() -> str | None:
    """Where Chromium is."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), None)


class Tab:
    """One page."""

    def __init__(self, browser: Browser, socket: aiohttp.ClientWebSocketResponse, target: str) -> None:
        self._browser = browser
        self._socket = socket
        self._number = 0
        self.target = target
        self.errors: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A DevTools command and its answer."""
        return self._browser.run(self._call(method, parameters))

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await asyncio.wait_for(self._socket.receive_json(), 30)
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message.get('error')}"
                return message["result"]
            self._event(message)

    def _event(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")
        elif message.get("method") in ("Network.requestWillBeSent", "Network.webSocketCreated"):
            self.requests.append(parameters.get("url") or parameters["request"]["url"])

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression: str, timeout_s: float = 20.0) -> Any:
        """Until the expression is true; returns its value."""
        return until(lambda: self.evaluate(expression), timeout_s, expression)

    def go(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def size(self, width: int, height: int, mobile: bool = False) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def screenshot(self, path: Path) -> None:
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))

    def centre(self, selector: str) -> tuple[float, float]:
        x, y = self.evaluate(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )
        return x, y

    def click(self, selector: str) -> None:
        x, y = self.centre(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def touch(self, selector: str) -> None:
        x, y = self.centre(selector)
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            extra = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=13, **extra)

    def close(self) -> None:
        self._browser.close_tab(self)


class Browser:
    """Chromium with a profile of its own."""

    def __init__(self, profile: Path, *flags: str) -> None:
        program = chromium()
        assert program is not None
        self._loop = asyncio.new_event_loop()
        self._process = subprocess.Popen(
            [program, *FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        found = profile / "DevToolsActivePort"
        until(lambda: found.exists() and len(found.read_text().split()) == 2, 30.0, "DevTools")
        self._address = f"http://127.0.0.1:{found.read_text().split()[0]}"
        self._session = self.run(self._open_session())

    async def _open_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    def run(self, coroutine: Any) -> Any:
        return self._loop.run_until_complete(coroutine)

    def tab(self, url: str = "about:blank") -> Tab:
        """A new page."""
        tab = Tab(self, *self.run(self._new()))
        tab.go(url)
        return tab

    async def _new(self) -> tuple[aiohttp.ClientWebSocketResponse, str]:
        async with self._session.put(f"{self._address}/json/new?about:blank") as answer:
            target = await answer.json()
        socket = await self._session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0)
        return socket, target["id"]

    def close_tab(self, tab: Tab) -> None:
        self.run(self._close_tab(tab))

    async def _close_tab(self, tab: Tab) -> None:
        async with self._session.get(f"{self._address}/json/close/{tab.target}") as answer:
            await answer.read()

    def close(self) -> None:
        self.run(self._session.close())
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._loop.close()


def until(condition: Callable[[], Any], timeout_s: float, what: str) -> Any:
    """The first true value of `condition`."""
    end = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.05)
    return value
