"""A rehearsed agent and a browser to look at it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kiosk.browser import WITH_SOUND, Browser, chromium, until

REPOSITORY = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Agent:
    """The rehearsal as a process; `said` collects what it prints."""

    def __init__(self, port: int, sound_port: int, *options: str) -> None:
        self.port, self.sound_port, self.options = port, sound_port, options
        self.url = f"http://127.0.0.1:{port}/"
        self.start()

    def start(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.kiosk.rehearsal", f"--port={self.port}", f"--sound-port={self.sound_port}"]
            + list(self.options),
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        threading.Thread(target=self._read, args=(self.process, self.said), daemon=True).start()
        self.wait(lambda line: "port" in line)

    @staticmethod
    def _read(process: subprocess.Popen[str], said: list[dict[str, Any]]) -> None:
        assert process.stdout is not None
        said.extend(json.loads(line) for line in process.stdout)

    def order(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()

    def wait(self, matches: Callable[[dict[str, Any]], bool], since: int = 0) -> dict[str, Any]:
        """The first line from `since` on that matches."""

        def found() -> dict[str, Any] | None:
            return next((line for line in self.said[since:] if matches(line)), None)

        line: dict[str, Any] = until(found, 30.0, "a line of the rehearsal")
        return line

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.order("quit")
        return self.process.wait(20)


@pytest.fixture
def start_agent() -> Iterator[Callable[..., Agent]]:
    """Starts a rehearsal with extra options."""
    agents: list[Agent] = []

    def start(*options: str) -> Agent:
        agents.append(Agent(free_port(), free_port(), *options))
        return agents[-1]

    yield start
    for agent in agents:
        if agent.process.poll() is None:
            agent.kill()


@pytest.fixture
def agent(start_agent: Callable[..., Agent]) -> Agent:
    return start_agent()


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """Starts Chromium with extra flags; skips where there is none."""
    if chromium() is None:
        pytest.skip("no Chromium: install the package chromium")
    browsers: list[Browser] = []

    def start(*flags: str) -> Browser:
        browsers.append(Browser(tmp_path / f"profile{len(browsers)}", *flags))
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()


@pytest.fixture
def browser(open_browser: Callable[..., Browser]) -> Browser:
    """A Chromium that may sound at once."""
    return open_browser(*WITH_SOUND)
