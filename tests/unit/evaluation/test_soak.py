from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import pytest

from visavis_agent.core.errors import VisavisError
from visavis_agent.core.records import TextInput
from visavis_agent.deployment import Deployment
from visavis_agent.evaluation import holdings as counted
from visavis_agent.evaluation.holdings import holdings
from visavis_agent.evaluation.soak import QUEUES, Soak
from visavis_agent.session.loop import Session


@dataclass
class Part:
    waiting: deque[int] = field(default_factory=deque)


@dataclass
class Whole:
    parts: dict[str, Part] = field(default_factory=dict)
    host: list[int] = field(default_factory=lambda: [1, 2, 3])


def test_what_is_kept_is_counted_by_place_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "_OURS", __name__)
    twice = Part(deque([1, 2]))
    found = holdings(Whole({"a": twice, "b": Part(deque([3])), "c": twice}), "whole")
    assert dict(found) == {"whole.parts": 3, "whole.parts[].waiting": 3}


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return Deployment.read(None)


def test_the_places_that_are_looked_into_hold_something_while_a_reply_is_made(deployment: Deployment) -> None:
    """A renamed attribute must not make the soak blind."""
    settings = {name: value for name, value in deployment.settings.items() if name != "rendering"}
    seen: set[str] = set()
    try:
        session = Session(settings, 0, lambda record, at: None, (TextInput,))
    except VisavisError as error:
        pytest.skip(str(error))
    with session:
        session.send(TextInput(media_ns=0, text="What can I see here?"))
        for step in range(1, 90):
            session.run(lambda until=5_000_000 * step: until)  # type: ignore[misc]
            for name, stage in session.stages.items():
                seen.update(holdings(stage, name))
    never_here = {"conversation._machine._draft.turn.hypotheses"}  # of spoken questions only
    assert set(QUEUES) - never_here <= seen


def test_nothing_stays_behind_after_turns_and_a_storm_of_interruptions(deployment: Deployment) -> None:
    with Soak(deployment, 3) as soak:
        turns = soak.turns(8)
        assert turns.left == [] and (turns.stuck, turns.old) == (0, 0)
        assert turns.answered == 8
        storm = soak.storm(2.0)
    assert storm.left == [] and (storm.stuck, storm.old) == (0, 0)
    assert storm.answered == 1
    assert max(turns.longest_hold_ns, storm.longest_hold_ns) <= 4_000_000_000
    for name in ("conversation", "speech", "playback"):
        assert storm.held[name][1] <= storm.held[name][0] + 10
