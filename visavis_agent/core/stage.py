"""What a stage is, and what its host gives it. The same stage object runs in the offline session and in a node."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from visavis_agent.core.records import Level, Record

T = TypeVar("T")


class Handle(Protocol):
    """A pending timer or job."""

    def cancel(self) -> None:
        """Forget it; nothing happens if it has already run."""
        ...


class Host(Protocol):
    """The world around a stage. Offline it is a discrete-event loop, live a node; always one thread."""

    @property
    def rng(self) -> np.random.Generator:
        """The stage's own random numbers, seeded."""
        ...

    def now(self) -> int:
        """Media time, ns."""
        ...

    def emit(self, record: Record) -> None:
        """Send a record to everyone who takes its type."""
        ...

    def at(self, when_ns: int, action: Callable[[], None]) -> Handle:
        """Call `action` at media time `when_ns` (at once if that is past)."""
        ...

    def work(self, job: Callable[[], T], done: Callable[[T], None], latency_ns: int) -> Handle:
        """Run a slow `job` and give its result to `done` on the stage's thread.

        Live, `job` runs on a worker, one at a time per stage, in order. Offline it runs inline and `done` is called
        `latency_ns` of media time later: the declared latency, so that a session is the same on every machine.
        """
        ...

    def diagnose(self, level: Level, message: str) -> None:
        """Say something about the stage's health; repeated messages are sent once."""
        ...


class Stage(ABC):
    """A plain component: records in, records out; no ROS, no host time, no thread of its own.

    Subclasses define `handlers`, a table from record type to method name, and may define start and stop. Their
    settings class is named by `settings_type`.
    """

    settings_type: ClassVar[type[Any]]
    handlers: ClassVar[dict[type[Record], str]]

    def __init__(self, settings: Any, host: Host) -> None:
        self.settings = settings
        self.host = host

    @classmethod
    def check(cls, settings: Any) -> None:
        """See whether the machine has what the stage cannot do without; asked before an agent is started.

        Raises:
            DeviceError: it has not.
        """

    @classmethod
    def idle(cls, settings: Any) -> bool:
        """Whether a stage with these settings would have nothing to do; its node then opens no topics."""
        return False

    def start(self) -> None:
        """Get going at media time `host.now()`; engines are loaded here."""

    def stop(self) -> None:
        """Give back devices and processes. May be followed by start."""

    def device_ns(self) -> int | None:
        """Media time at which the stage's device called last; None when it has no open device. From any thread.

        A supervisor restarts a process whose open device has long been silent.
        """
        return None

    def handle(self, record: Record) -> None:
        """Take one record of a declared input type."""
        getattr(self, self.handlers[type(record)])(record)
