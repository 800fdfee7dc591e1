"""A stage lives in a node as it does in a session; what goes wrong in it is said and does not spread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.nodes.tiny_graph import GRAPH, CountSettings, CountStage, EchoSettings, EchoStage
from visavis_agent.core import records as r
from visavis_agent.core.clock import MS
from visavis_agent.core.errors import EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.stage import Stage
from visavis_agent.nodes import host as host_module
from visavis_agent.nodes.clock import MonotonicClock
from visavis_agent.nodes.host import Neighbours, NodeHost
from visavis_agent.nodes.loop import StageLoop


class Outlet:
    def __init__(self) -> None:
        self.records: list[r.Record] = []
        self.lines: list[str] = []

    def publish(self, record: r.Record) -> None:
        self.records.append(record)

    def log(self, level: r.Level, message: str) -> None:
        self.lines.append(f"{level.name} {message}")


class Bench:
    """Two stages on one loop, as in a process, without ROS."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self.loop = StageLoop(MonotonicClock(), self.failures.append)
        self.outlet = Outlet()
        self.neighbours = Neighbours(GRAPH, self.loop)
        self.hosts = {spec.name: self._host(spec) for spec in GRAPH.stages}
        self.loop.start()

    def _host(self, spec: Any) -> NodeHost:
        return NodeHost(spec, self.neighbours, self.outlet, MonotonicClock(), np.random.default_rng(0))

    def activate(self, name: str, make: Callable[[NodeHost], Stage]) -> None:
        self.loop.call(lambda: self.hosts[name].activate(lambda: make(self.hosts[name])))

    def send(self, name: str, record: r.Record) -> None:
        self.loop.post(lambda: self.hosts[name].deliver(record))

    def of(self, kind: type[r.Record]) -> list[Any]:
        return [record for record in self.outlet.records if type(record) is kind]

    def wait(self, condition: Callable[[], Any]) -> None:
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end, self.outlet.lines
            time.sleep(0.002)

    def close(self) -> None:
        for host in self.hosts.values():
            self.loop.call(host.deactivate)
            host.close()
        self.loop.stop()
        assert not self.failures


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def echo(host: NodeHost, **settings: Any) -> Stage:
    return EchoStage(EchoSettings(**settings), host)


def count(host: NodeHost) -> Stage:
    return CountStage(CountSettings(), host)


def text(words: str) -> r.TextInput:
    return r.TextInput(media_ns=0, text=words)


def test_neighbours_hand_records_to_each_other(bench: Bench) -> None:
    bench.activate("echo", lambda h: echo(h, repeat=3))
    bench.activate("count", count)
    bench.send("echo", text("hello"))
    bench.wait(lambda: len(bench.of(r.FaceMotion)) == 3)
    assert [plan.clause for plan in bench.of(r.SpeechPlan)] == [0, 1, 2]
    assert bench.of(r.FaceMotion)[-1].coefficients[17] == pytest.approx(0.03)


def test_a_stage_that_joins_later_gets_the_latched_state(bench: Bench) -> None:
    bench.activate("echo", echo)
    bench.activate("count", count)
    bench.wait(lambda: "OK phase IDLE" in bench.outlet.lines)
    assert bench.outlet.lines.count("OK phase IDLE") == 1


def test_a_message_is_said_once(bench: Bench) -> None:
    bench.activate("count", count)
    for _ in range(5):
        bench.send("count", r.TurnState(media_ns=0, id=ReplyId(), phase=r.Phase.THINKING))
    bench.loop.call(lambda: None)
    assert bench.outlet.lines == ["OK phase THINKING"]
    assert [said.message for said in bench.of(r.Diagnostic)] == ["runs", "phase THINKING"]


def test_the_status_is_repeated_and_is_the_last_that_was_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "STATUS_EVERY_NS", 20 * MS)
    bench.activate("count", count)
    for phase in (r.Phase.THINKING, r.Phase.SPEAKING, r.Phase.THINKING):
        bench.send("count", r.TurnState(media_ns=0, id=ReplyId(), phase=phase))
    bench.wait(lambda: len(bench.of(r.Diagnostic)) >= 8)
    assert {said.message for said in bench.of(r.Diagnostic)[-5:]} == {"phase THINKING"}
    assert bench.outlet.lines == ["OK phase THINKING", "OK phase SPEAKING"], "people read each line once"
    bench.loop.call(bench.hosts["count"].deactivate)
    told = len(bench.of(r.Diagnostic))
    time.sleep(0.1)
    assert len(bench.of(r.Diagnostic)) == told


def test_bad_input_is_said_and_the_stage_goes_on(bench: Bench) -> None:
    bench.activate("echo", echo)
    bench.send("echo", text("bad"))
    bench.send("echo", text("hello"))
    bench.wait(lambda: bench.of(r.SpeechPlan))
    assert "ERROR input/text: this text is bad. Send another" in bench.outlet.lines


def test_a_stage_with_a_mistake_is_replaced_by_a_new_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "RESTART_DELAY_NS", 1_000_000)
    bench.activate("echo", lambda h: echo(h, delay_ms=0.0))
    bench.send("echo", text("hello"))
    bench.wait(lambda: bench.of(r.SpeechPlan))
    bench.send("echo", text("bug"))
    bench.wait(lambda: len(bench.of(r.TurnState)) == 2)
    bench.send("echo", text("hello"))
    bench.wait(lambda: len(bench.of(r.SpeechPlan)) == 2)
    assert bench.of(r.SpeechPlan)[-1].id.turn == 1, "the new stage begins with its first turn"
    assert [
        line
        for line in bench.outlet.lines
        if "KeyError: 'bug'; the stage starts anew" in line.replace("(", "").replace(")", "")
    ]
    assert [line for line in bench.outlet.lines if "Traceback" in line]


def test_a_stage_that_cannot_start_again_is_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "RESTART_DELAY_NS", 1_000_000)
    made: list[int] = []

    def make(host: NodeHost) -> Stage:
        made.append(1)
        if len(made) in (2, 3):
            raise EngineError("the engine is gone")
        return echo(host)

    bench.activate("echo", make)
    bench.send("echo", text("bug"))
    bench.wait(lambda: len(made) == 4)
    bench.send("echo", text("hello"))
    bench.wait(lambda: bench.of(r.SpeechPlan))
    assert "ERROR the stage cannot start (the engine is gone)" in bench.outlet.lines


def test_a_stage_that_cannot_start_at_first_is_refused(bench: Bench) -> None:
    def make(host: NodeHost) -> Stage:
        raise EngineError("the engine is missing")

    with pytest.raises(EngineError):
        bench.activate("echo", make)
    bench.send("echo", text("hello"))
    bench.loop.call(lambda: None)
    assert bench.outlet.records == []


def test_nothing_of_a_deactivated_stage_runs_any_more(bench: Bench) -> None:
    gate, ran = threading.Event(), []

    class Busy(EchoStage):
        def text(self, record: r.TextInput) -> None:
            self.host.at(self.host.now() + 5_000_000, lambda: ran.append("timer"))
            self.host.work(lambda: gate.wait(10), lambda _: ran.append("job"), 0)

    bench.activate("echo", lambda h: Busy(EchoSettings(), h))
    bench.send("echo", text("hello"))
    bench.loop.call(bench.hosts["echo"].deactivate)
    gate.set()
    bench.send("echo", text("hello"))
    time.sleep(0.03)
    bench.loop.call(lambda: None)
    assert ran == []


def test_a_stage_is_stopped_once_its_running_job_is_done(bench: Bench) -> None:
    began, order = threading.Event(), []

    class Busy(EchoStage):
        def text(self, record: r.TextInput) -> None:
            self.host.work(self.job, lambda _: order.append("result"), 0)

        def job(self) -> None:
            began.set()
            time.sleep(0.05)
            order.append("job")

        def stop(self) -> None:
            order.append("stop")

    bench.activate("echo", lambda host: Busy(EchoSettings(), host))
    bench.send("echo", r.TextInput(media_ns=0, text="x"))
    assert began.wait(10)
    bench.loop.call(bench.hosts["echo"].deactivate)
    assert order == ["job", "stop"]


def test_a_job_that_does_not_end_does_not_keep_its_stage(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "_JOB_PATIENCE_S", 0.05)
    began, gate, stopped = threading.Event(), threading.Event(), threading.Event()

    class Stuck(EchoStage):
        def text(self, record: r.TextInput) -> None:
            self.host.work(lambda: (began.set(), gate.wait(10)), lambda _: None, 0)

        def stop(self) -> None:
            stopped.set()

    bench.activate("echo", lambda host: Stuck(EchoSettings(), host))
    bench.send("echo", r.TextInput(media_ns=0, text="x"))
    assert began.wait(10)
    bench.loop.call(bench.hosts["echo"].deactivate)
    assert stopped.is_set() and not gate.is_set()
    gate.set()


def test_jobs_run_on_one_worker_in_order_and_their_results_on_the_stage_thread(bench: Bench) -> None:
    seen: list[tuple[str, int, int]] = []

    class Busy(EchoStage):
        def text(self, record: r.TextInput) -> None:
            self.host.work(
                lambda: threading.get_ident(),
                lambda worker: seen.append((record.text, worker, threading.get_ident())),
                0,
            )

    bench.activate("echo", lambda h: Busy(EchoSettings(), h))
    for name in "abcdef":
        bench.send("echo", text(name))
    bench.wait(lambda: len(seen) == 6)
    assert [name for name, _, _ in seen] == list("abcdef")
    workers, stages = {w for _, w, _ in seen}, {s for _, _, s in seen}
    assert len(workers) == len(stages) == 1 and workers != stages


def test_a_cancelled_job_gives_no_result(bench: Bench) -> None:
    gate, ran = threading.Event(), []

    class Busy(EchoStage):
        def text(self, record: r.TextInput) -> None:
            first = self.host.work(lambda: gate.wait(10), lambda _: ran.append("running"), 0)
            second = self.host.work(lambda: ran.append("job"), lambda _: ran.append("waiting"), 0)
            first.cancel()
            second.cancel()

    bench.activate("echo", lambda h: Busy(EchoSettings(), h))
    bench.send("echo", text("hello"))
    bench.loop.call(lambda: None)
    gate.set()
    bench.hosts["echo"].close()
    bench.loop.call(lambda: None)
    assert ran == []


def test_a_job_that_fails_is_said(bench: Bench) -> None:
    class Busy(EchoStage):
        def text(self, record: r.TextInput) -> None:
            self.host.work(self.broken, lambda _: None, 0)

        def broken(self) -> None:
            raise EngineError("the engine broke", "", "Run `make env`")

    bench.activate("echo", lambda h: Busy(EchoSettings(), h))
    bench.send("echo", text("hello"))
    bench.wait(lambda: "ERROR the engine broke. Run `make env`" in bench.outlet.lines)
    assert [said.level for said in bench.of(r.Diagnostic) if "broke" in said.message] == [r.Level.ERROR]
