"""What a process tells its supervisor through an inherited pipe, twice a second: one JSON object a line.

    {"stage_age": 0.0, "stages": {"hearing": "active"}, "device_age": {"microphone": 0.02},
     "said": [["hearing", "WARN", "no recogniser"]]}

`stage_age` is how long the stage thread has not come round, `device_age` how long a stage's device has not called,
both in seconds; `said` are the diagnostics since the last beat. A process whose supervisor is gone ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import threading
import time
from typing import Any

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import VisavisError
from visavis_agent.nodes.ending import Ending
from visavis_agent.nodes.process import StageProcess

INTERVAL_S = 0.5
LAST_RESORT_S = 20.0
"""A process that cannot even beat is ended by the kernel after this time, supervisor or not."""
_FAREWELL_S = 5.0
_LONGEST_MESSAGE = 300


class Heartbeat:
    """Beats from a thread of its own, which needs nothing but the interpreter to be alive.

    Args:
        descriptor: the pipe's end to write to.
        ending: is told when nobody reads any more.
    """

    def __init__(self, descriptor: int, ending: Ending) -> None:
        os.set_blocking(descriptor, False)  # a supervisor that is suspended must not stop this process
        os.set_inheritable(descriptor, False)  # nor may a worker process keep the pipe open
        self._descriptor = descriptor
        self._ending = ending
        self._process: StageProcess | None = None
        self._asked_ns: int | None = None
        self._unsent: list[Any] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Beat from now on, with nothing to say of stages until there are some."""
        self._thread.start()

    def watch(self, process: StageProcess) -> None:
        """Report on the stages of `process`."""
        self._process = process

    def unwatch(self) -> None:
        """Go on beating without the stages, which are about to go."""
        self._process = None

    def stop(self) -> None:
        """Beat no more; the process is about to end."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            signal.setitimer(signal.ITIMER_REAL, LAST_RESORT_S)
            if not self._send(self._beat()):
                self._orphaned()
                return
            self._wait()

    def _wait(self) -> None:
        """Until the next beat is due; returns early when the reader goes away."""
        poll = select.poll()
        poll.register(self._descriptor, 0)  # POLLERR comes unasked
        poll.poll(INTERVAL_S * 1000)

    def _beat(self) -> dict[str, Any]:
        process = self._process
        beat: dict[str, Any] = {"stage_age": self._stage_age(process), "stages": {}, "device_age": {}}
        if process is not None:
            now = time.monotonic_ns()
            for report in process.reports():
                beat["stages"][report.stage] = report.condition
                if report.device_ns is not None:
                    beat["device_age"][report.stage] = round(max(0, now - report.device_ns) / SECOND, 3)
                said = ((report.stage, level.name, text[:_LONGEST_MESSAGE]) for level, text in report.said)
                self._unsent.extend(said)
        return beat

    def _stage_age(self, process: StageProcess | None) -> float:
        """Seconds since the stage thread was asked something that it has not answered."""
        now = time.monotonic_ns()
        if process is None:
            self._asked_ns = None
        elif self._asked_ns is None:
            self._asked_ns = now
            process.ping(self._answered)
            return 0.0
        return 0.0 if self._asked_ns is None else round((now - self._asked_ns) / SECOND, 3)

    def _answered(self) -> None:
        self._asked_ns = None

    def _send(self, beat: dict[str, Any]) -> bool:
        """False when nobody reads. A beat that finds the pipe full is dropped, its diagnostics are kept."""
        while True:
            line = json.dumps(beat | {"said": self._unsent}, ensure_ascii=False).encode() + b"\n"
            if len(line) <= select.PIPE_BUF or not self._unsent:  # up to that length a write is all or nothing
                break
            self._unsent.pop(0)
        try:
            os.write(self._descriptor, line)
            self._unsent.clear()
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def _orphaned(self) -> None:
        """End in order; when that hangs, end anyhow."""
        with contextlib.suppress(OSError):  # it is ending already
            self._ending.fail(VisavisError("the supervisor is gone"))
        time.sleep(_FAREWELL_S)
        os._exit(1)
