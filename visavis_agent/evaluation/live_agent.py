"""`visavis run` in processes of its own, for benches: started, awaited, ended."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from visavis_agent.core.errors import EngineError
from visavis_agent.core.graph import load_graph
from visavis_agent.core.paths import data_root
from visavis_agent.core.settings import read_yaml
from visavis_agent.deployment import merge
from visavis_agent.evaluation.ending import end_with_parent

DEFAULT_GRAPH = "visavis_agent.graph:GRAPH"
_START_S = 120.0
_END_S = 20.0
_STATE = re.compile(r"^\d\d:\d\d:\d\d  (\w+) +(.*)$")


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def kiosk(sections: Mapping[str, Any], without: Sequence[str] = ()) -> dict[str, Any]:
    """The deployment that `visavis run` takes, with other settings over it, without some stages."""
    document = read_yaml(data_root() / "config" / "kiosk.yaml")
    left_out = [*document.get("without", ()), *without]
    return merge(merge(document, sections), {"without": left_out}) if left_out else merge(document, sections)


class LiveAgent:
    """A supervisor and its processes while the `with` block runs; they end with this process whatever happens.

    Args:
        deployment: what its file would hold.
        environment: of all its processes.
        graph: its table, "package.module:NAME".

    Attributes:
        namespace: of its nodes.
        said: what the supervisor has printed, line by line.

    Raises:
        EngineError: it did not come up.
    """

    def __init__(
        self, deployment: Mapping[str, Any], environment: Mapping[str, str] | None = None, graph: str = DEFAULT_GRAPH
    ) -> None:
        stages = load_graph(graph).stages
        self.namespace = f"bench_{os.getpid()}"
        self.said: list[str] = []
        self.environment = dict(os.environ if environment is None else environment)
        self._stages = {spec.name: spec.process for spec in stages}
        self._wanted = {
            spec.process
            for spec in stages
            if spec.name not in deployment.get("without", ()) and (not spec.optional or spec.name in deployment)
        }
        self._deployment = dict(deployment)
        self._graph = graph
        self._states: dict[str, str] = {}
        self._changed = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="visavis-bench-")

    def __enter__(self) -> LiveAgent:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        path = Path(self._folder.name) / "deployment.yaml"
        path.write_text(json.dumps(self._deployment), encoding="utf-8")  # JSON is YAML
        self._process = subprocess.Popen(
            [sys.executable, "-m", "visavis_agent.supervisor", str(path)]
            + ["--namespace", self.namespace, "--graph", self._graph],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the bench, which ends it in order
            preexec_fn=end_with_parent,
        )
        threading.Thread(target=self._listen, args=(self._process,), name="agent", daemon=True).start()
        with self._changed:
            done = self._changed.wait_for(lambda: self._up() or self._process_ended(), _START_S)
        if not done or self._process_ended():
            raise EngineError(f"the agent did not start: {' | '.join(self.said[-3:])}", "visavis run", "")

    def close(self) -> None:
        """Ask it to end as Ctrl-C does; kill it when it does not."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()  # its processes notice and end themselves
                process.wait()
        self._folder.cleanup()

    def processes(self) -> dict[str, int]:
        """Name in the table → process id of those that run; `supervisor` is the supervisor's."""
        out: dict[str, int] = {}
        if self._process is None:
            return out
        parent = self._process.pid
        out["supervisor"] = parent
        for pid in children(parent):
            with contextlib.suppress(OSError, ValueError, IndexError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                first = words[words.index("--stages") + 1].split(",")[0]
                out[self._stages[first]] = pid
        return out

    def wait_for_line(self, process: str, words: str, since: int, seconds: float) -> float:
        """When the supervisor says of a process what begins with `words`, after its first `since` lines: s, monotonic.

        Raises:
            EngineError: it does not, for so many seconds.
        """

        def there() -> bool:
            matches = (_STATE.match(line) for line in self.said[since:])
            return any(match and match[1] == process and match[2].startswith(words) for match in matches)

        with self._changed:
            if not self._changed.wait_for(there, seconds):
                raise EngineError(
                    f"{process} did not say {words!r}: {' | '.join(self.said[since:])}", "visavis run", ""
                )
            return time.monotonic()

    def _up(self) -> bool:
        return all(self._states.get(name, "").startswith("runs") for name in self._wanted)

    def _process_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _listen(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            return
        with process.stdout:
            for line in process.stdout:
                with self._changed:
                    self.said.append(line.rstrip("\n"))
                    match = _STATE.match(line)
                    if match is not None and not match[2].startswith(tuple(f"{s}:" for s in self._stages)):
                        self._states[match[1]] = match[2].strip()
                    self._changed.notify_all()
        process.wait()
        with self._changed:
            self._changed.notify_all()


def children(parent: int) -> list[int]:
    """Process ids of a process's children; of all its threads."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{parent}/task").iterdir():
            with contextlib.suppress(OSError):
                found.extend(int(pid) for pid in (task / "children").read_text().split())
    return found
