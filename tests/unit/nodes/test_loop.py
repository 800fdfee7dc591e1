"""The stage thread runs everything in order, timers when they are due."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from visavis_agent.core.clock import MS
from visavis_agent.core.graph import EVENT_QOS, STATE_QOS, QoS
from visavis_agent.core.records import Record, TextInput
from visavis_agent.nodes.clock import MonotonicClock
from visavis_agent.nodes.inlet import Inlet
from visavis_agent.nodes.loop import StageLoop

CLOCK = MonotonicClock()


@pytest.fixture
def failures() -> list[BaseException]:
    return []


@pytest.fixture
def loop(failures: list[BaseException]) -> Iterator[StageLoop]:
    made = StageLoop(CLOCK, failures.append)
    made.start()
    yield made
    made.stop()


def test_actions_run_in_the_order_of_posting_on_one_thread(loop: StageLoop) -> None:
    seen: list[tuple[int, int]] = []
    for i in range(100):
        loop.post(lambda i=i: seen.append((i, threading.get_ident())))  # type: ignore[misc]
    loop.call(lambda: None)
    assert [i for i, _ in seen] == list(range(100))
    assert {thread for _, thread in seen} == {loop.call(threading.get_ident)}


def test_timers_run_in_the_order_of_their_times_and_not_before(loop: StageLoop) -> None:
    start, seen, done = CLOCK.now(), [], threading.Event()
    for delay in (30, 10, 20, 10):
        loop.at(start + delay * MS, lambda d=delay: seen.append((d, CLOCK.now() - start)))  # type: ignore[misc]
    loop.at(start + 31 * MS, done.set)
    assert done.wait(10)
    assert [delay for delay, _ in seen] == [10, 10, 20, 30]
    assert all(waited >= delay * MS for delay, waited in seen)


def test_a_cancelled_timer_does_not_run(loop: StageLoop) -> None:
    seen: list[str] = []
    loop.at(CLOCK.now() + 5 * MS, lambda: seen.append("cancelled")).cancel()
    done = threading.Event()
    loop.at(CLOCK.now() + 10 * MS, done.set)
    assert done.wait(10) and not seen


def test_a_timer_that_is_always_due_does_not_starve_the_rest(loop: StageLoop) -> None:
    def again() -> None:
        loop.at(0, again)

    loop.post(again)
    assert loop.call(lambda: "served") == "served"


def test_call_raises_what_the_action_raises(loop: StageLoop) -> None:
    def broken() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        loop.call(broken)


def test_stop_finishes_what_is_ready_and_forgets_timers(failures: list[BaseException]) -> None:
    loop, seen = StageLoop(CLOCK, failures.append), []
    loop.start()
    loop.at(CLOCK.now() + 3600 * 1000 * MS, lambda: seen.append("timer"))
    loop.post(lambda: time.sleep(0.02))
    loop.post(lambda: seen.append("ready"))
    loop.stop()
    assert seen == ["ready"]
    with pytest.raises(RuntimeError, match="has ended"):
        loop.call(lambda: None)


def test_an_action_that_raises_is_told(loop: StageLoop, failures: list[BaseException]) -> None:
    loop.post(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    with pytest.raises(RuntimeError, match="has ended"):
        loop.call(lambda: None)
    assert [type(error) for error in failures] == [ZeroDivisionError]


def _texts(seen: list[Record]) -> list[str]:
    return [record.text for record in seen if isinstance(record, TextInput)]


def _blocked(loop: StageLoop) -> threading.Event:
    """Keeps the stage thread busy until the event is set."""
    gate = threading.Event()
    loop.post(lambda: gate.wait(10) and None)  # type: ignore[func-returns-value]
    return gate


@pytest.mark.parametrize("qos", [STATE_QOS, QoS(reliable=False, latched=False, depth=1)])
def test_of_states_and_frames_the_newest_wins(loop: StageLoop, qos: QoS) -> None:
    seen: list[Record] = []
    inlet, gate = Inlet(loop, qos, seen.append), _blocked(loop)
    for i in range(20):
        inlet.put(TextInput(media_ns=i, text=str(i)))
    gate.set()
    loop.call(lambda: None)
    assert _texts(seen) == ["19"]


def test_of_events_none_is_lost_and_the_sender_waits(loop: StageLoop) -> None:
    seen: list[Record] = []
    qos = QoS(reliable=True, latched=False, depth=3)
    inlet, gate = Inlet(loop, qos, seen.append), _blocked(loop)
    sent: list[int] = []

    def send() -> None:
        for i in range(50):
            inlet.put(TextInput(media_ns=i, text=str(i)))
            sent.append(i)

    sender = threading.Thread(target=send)
    sender.start()
    time.sleep(0.05)
    assert sent == [0, 1, 2]
    gate.set()
    sender.join(10)
    loop.call(lambda: None)
    assert _texts(seen) == [str(i) for i in range(50)]


def test_a_closed_inlet_lets_the_sender_go_and_delivers_nothing(loop: StageLoop) -> None:
    seen: list[Record] = []
    inlet, gate = Inlet(loop, QoS(True, False, 1), seen.append), _blocked(loop)
    sender = threading.Thread(target=lambda: [inlet.put(TextInput(media_ns=0, text="x")) for _ in range(3)])
    sender.start()
    time.sleep(0.02)
    inlet.close()
    sender.join(10)
    assert not sender.is_alive()
    gate.set()
    loop.call(lambda: None)
    assert seen == []


def test_inlets_keep_the_order_of_records_of_different_topics(loop: StageLoop) -> None:
    seen: list[Record] = []
    first, second = Inlet(loop, EVENT_QOS, seen.append), Inlet(loop, EVENT_QOS, seen.append)
    gate = _blocked(loop)
    for i in range(10):
        (first if i % 3 else second).put(TextInput(media_ns=i, text=str(i)))
    gate.set()
    loop.call(lambda: None)
    assert _texts(seen) == [str(i) for i in range(10)]
