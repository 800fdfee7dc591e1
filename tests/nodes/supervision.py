"""A supervisor in a process of its own, and the processes under it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_RUN = """
import pathlib, sys
from visavis_agent.supervisor.beats import Patience
from visavis_agent.supervisor.run import run
path, graph, namespace = sys.argv[1:]
patience = Patience(silent_s=3.0, stuck_s=2.0, device_s=2.0, stopping_s=3.0)
sys.exit(run(pathlib.Path(path), graph=graph, namespace=namespace, patience=patience))
"""


class Supervision:
    """`supervisor.run` with little patience, and what it prints."""

    def __init__(
        self, directory: Path, graph: str, deployment: str, namespace: str = "", before: tuple[str, ...] = ()
    ) -> None:
        self.deployment = directory / "deployment.yaml"
        self.deployment.write_text(deployment)
        self._log = directory / "log"
        with self._log.open("wb") as file:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-c", _RUN, str(self.deployment), f"tests.nodes.{graph}:GRAPH", namespace],
                cwd=REPOSITORY, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.ever: set[int] = set()

    @property
    def lines(self) -> list[str]:
        """What it has printed, without the time of day."""
        return [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in self._log.read_text(errors="replace").splitlines()]

    def wait_for(self, pattern: str, count: int = 1, seconds: float = 40.0) -> str:
        """The `count`-th line that matches."""
        found: list[str] = []

        def there() -> bool:
            found[:] = [line for line in self.lines if re.search(pattern, line)]
            return len(found) >= count

        self.wait(there, f"{count} lines like {pattern!r}", seconds)
        return found[count - 1]

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds:g} s in vain for {what}; printed: {self.lines}")
            time.sleep(0.02)

    def children(self) -> dict[str, int]:
        """Stages of the processes that it runs -> process id."""
        out = {}
        with suppress(OSError):
            listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
            for pid in map(int, listed.split()):
                with suppress(OSError, ValueError):
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                    out[words[words.index("--stages") + 1]] = pid
        self.ever |= set(out.values())
        return out

    def orphans(self) -> list[int]:
        """Processes seen under it that still run."""
        return [pid for pid in self.ever if _runs(pid)]

    def end(self, number: int = signal.SIGTERM, seconds: float = 30.0) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def supervised(
    directory: Path, graph: str, deployment: str, namespace: str = "", before: tuple[str, ...] = ()
) -> Iterator[Supervision]:
    """A supervisor that is ended with everything under it; `before` stands before its command."""
    supervision = Supervision(directory, graph, deployment, namespace, before)
    try:
        yield supervision
    finally:
        supervision.children()
        if supervision.process.poll() is None:
            supervision.process.terminate()
            try:
                supervision.process.wait(30)
            finally:
                supervision.process.kill()
        for pid in supervision.orphans():
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
