from __future__ import annotations

import os

import pytest

from visavis_agent.evaluation import processes
from visavis_agent.evaluation.processes import Costs, cpu_s, rss_mb


class Machine:
    """Processes by number: CPU seconds, memory, children."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.cpu: dict[int, float] = {}
        self.below: dict[int, list[int]] = {}
        self.now = 0.0
        patch.setattr(processes, "cpu_s", lambda pid: self.cpu.get(pid))
        patch.setattr(processes, "rss_mb", lambda pid: 10.0 * (pid in self.cpu))
        patch.setattr(processes, "children", lambda pid: self.below.get(pid, []))
        patch.setattr(processes.time, "monotonic", lambda: self.now)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_cores_count_from_the_first_look_on(machine: Machine) -> None:
    costs = Costs(lambda: {"audio": 1})
    machine.cpu[1] = 100.0
    costs.sample()
    machine.cpu[1], machine.now = 105.0, 10.0
    costs.sample()
    assert costs.cores() == {"audio": 0.5}


def test_what_a_process_started_counts_with_it_and_a_named_one_by_itself(machine: Machine) -> None:
    costs = Costs(lambda: {"supervisor": 1, "audio": 2})
    machine.below = {1: [2], 2: [3]}
    machine.cpu = {1: 0.0, 2: 0.0, 3: 0.0}
    costs.sample()
    machine.cpu, machine.now = {1: 1.0, 2: 2.0, 3: 4.0}, 10.0
    costs.sample()
    assert costs.cores() == {"supervisor": 0.1, "audio": 0.6}
    assert costs.rss_mb() == {"supervisor": 10.0, "audio": 20.0}


def test_a_process_that_comes_later_began_from_nothing(machine: Machine) -> None:
    roots = {"audio": 1}
    costs = Costs(lambda: roots)
    machine.cpu[1] = 5.0
    costs.sample()
    roots["audio"] = 2  # it died and was started again
    machine.cpu, machine.now = {2: 3.0}, 10.0
    costs.sample()
    assert costs.cores() == {"audio": 0.3}


def test_one_that_is_first_seen_later_counts_from_then(machine: Machine) -> None:
    roots = {"audio": 1}
    costs = Costs(lambda: roots)
    machine.cpu = {1: 0.0, 9: 50.0}
    costs.sample()
    roots["browser"], machine.now = 9, 5.0
    costs.sample()
    machine.cpu[9], machine.now = 51.0, 10.0
    costs.sample()
    assert costs.cores()["browser"] == 0.1


def test_this_process_can_be_looked_at() -> None:
    used = cpu_s(os.getpid())
    assert used is not None and used > 0
    assert rss_mb(os.getpid()) > 1
    assert cpu_s(2**22 + 1) is None
    assert rss_mb(2**22 + 1) == 0
