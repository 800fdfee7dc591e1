from __future__ import annotations

import threading

from tests.unit.devices.stand_ins import Said
from visavis_agent.core.errors import DeviceError
from visavis_agent.core.records import Level
from visavis_agent.devices.keeper import Keeper


class Thing:
    def __init__(self) -> None:
        self.well = True
        self.closed = threading.Event()

    def alive(self) -> bool:
        return self.well

    def close(self) -> None:
        self.closed.set()


class Shelf:
    """Where things are, or are not."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.problem = ""

    def open(self) -> Thing:
        if self.problem:
            raise DeviceError(self.problem)
        self.things.append(Thing())
        return self.things[-1]


def test_a_lost_device_is_closed_and_opened_again_and_each_change_is_said_once() -> None:
    shelf, said = Shelf(), Said()
    keeper = Keeper("the thing", shelf.open, said)
    keeper.look()
    assert not said.all
    for _ in range(2):
        shelf.things[-1].well, shelf.problem = False, "it is gone"
        for _ in range(5):
            keeper.look()
        assert keeper.device is None
        assert shelf.things[-1].closed.is_set()
        shelf.problem = ""
        keeper.look()
        assert keeper.device is shelf.things[-1]
    assert keeper.losses == 2
    levels = [level for level, _ in said.all]
    assert levels == [Level.ERROR, Level.WARN, Level.OK] * 2
    assert len({message for level, message in said.all if level is not Level.WARN}) == 4


def test_a_device_that_is_missing_from_the_start_comes_later() -> None:
    shelf, said = Shelf(), Said()
    shelf.problem = "it is not there"
    keeper = Keeper("the thing", shelf.open, said, missed=Level.ERROR)
    keeper.look()
    keeper.look()
    assert said.all == [(Level.ERROR, "the thing: it is not there")]
    shelf.problem = ""
    keeper.look()
    assert keeper.device is not None
    assert said.all[1:] == [(Level.OK, "the thing is there")], "the trouble is taken back"


def test_its_thread_opens_and_stopping_closes() -> None:
    shelf = Shelf()
    keeper = Keeper("the thing", shelf.open, Said())
    keeper.start()
    assert keeper.wait(5)
    keeper.stop()
    assert shelf.things[-1].closed.is_set()
    assert keeper.device is None
    keeper.start()
    keeper.stop()
    assert len(shelf.things) == 2


def test_a_driver_that_never_returns_shows_in_when_the_keeper_last_came_round() -> None:
    gate, entered = threading.Event(), threading.Event()

    class Stuck(Thing):
        def alive(self) -> bool:
            entered.set()
            return gate.wait(30)

    keeper = Keeper("the thing", Stuck, Said())
    assert keeper.looked_ns is None
    keeper.start()
    assert entered.wait(30), "the second look"
    seen = keeper.looked_ns
    assert seen is not None and keeper.looked_ns == seen
    gate.set()
    while keeper.looked_ns == seen:
        threading.Event().wait(0.001)
    keeper.stop()
    assert keeper.looked_ns is None
