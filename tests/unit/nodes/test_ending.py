"""The main thread wakes up for signals, whatever thread they reach, and for failures."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from visavis_agent.nodes.ending import Ending


@pytest.fixture
def ending() -> Iterator[Ending]:
    before = signal.getsignal(signal.SIGUSR1)
    made = Ending()
    yield made
    made.close()
    signal.signal(signal.SIGUSR1, before)


def test_a_signal_before_the_wait_is_not_missed(ending: Ending) -> None:
    ending.listen(signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert ending.wait() is None


def test_a_signal_that_another_thread_takes_ends_the_wait(ending: Ending) -> None:
    ending.listen(signal.SIGUSR1)
    other = threading.Timer(0.05, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGUSR1))
    other.start()
    assert ending.wait() is None
    other.join()


def test_a_failure_ends_the_wait_and_is_named(ending: Ending) -> None:
    error = RuntimeError("broken")
    other = threading.Timer(0.02, lambda: ending.fail(error))
    other.start()
    assert ending.wait() is error
    other.join()
