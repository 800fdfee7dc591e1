"""Persons keep their ids while they are followed, and leave in time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import MS
from visavis_agent.core.records import Presence
from visavis_agent.perception.eyes import Box, Face
from visavis_agent.perception.tracking import Tracker

STEP = 40 * MS


def face(x: float, y: float = 100, size: float = 100) -> Face:
    return Face(Box(x, y, size, size), None, 0.9)


def ids(tracker: Tracker) -> list[str]:
    return [track.person_id for track in tracker.tracks]


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=60))
def test_somebody_who_moves_stays_the_same(moves: list[float]) -> None:
    tracker = Tracker()
    x = 500.0
    for n, move in enumerate(moves):
        x += move
        tracker.update([face(x)], n * STEP)
    assert ids(tracker) == ["person-1"]


def test_two_persons_keep_their_ids_whatever_their_order() -> None:
    tracker = Tracker()
    rng = np.random.default_rng(3)
    for n in range(60):
        faces = [face(100 + 2 * n), face(400 - 1.5 * n)]
        order = rng.permutation(2)
        tracker.update([faces[int(k)] for k in order], n * STEP)
    first, second = tracker.track("person-1"), tracker.track("person-2")
    assert first is not None
    assert second is not None
    assert sorted([first.face.box.x, second.face.box.x]) == [218, 311.5]
    assert len(tracker.tracks) == 2


def test_somebody_far_from_all_known_is_new() -> None:
    tracker = Tracker()
    tracker.update([face(0)], 0)
    tracker.update([face(0), face(300)], STEP)
    assert ids(tracker) == ["person-1", "person-2"]


def test_a_face_of_quite_another_size_is_somebody_else() -> None:
    tracker = Tracker()
    tracker.update([face(100, size=100)], 0)
    tracker.update([face(120, y=120, size=25)], STEP)
    assert ids(tracker) == ["person-1", "person-2"]


def test_who_is_not_seen_is_leaving_and_after_a_second_gone() -> None:
    tracker = Tracker()
    tracker.update([face(100)], 0)
    states = {}
    for ms in range(40, 1400, 40):
        tracker.update([], ms * MS)
        states[ms] = tracker.tracks[0].presence(ms * MS) if tracker.tracks else None
    assert states[480] is Presence.PRESENT
    assert states[520] is Presence.LEAVING
    assert states[960] is Presence.LEAVING
    assert states[1000] is None


def test_who_comes_back_in_time_is_the_same() -> None:
    tracker = Tracker()
    tracker.update([face(100)], 0)
    tracker.update([], 800 * MS)
    tracker.update([face(110)], 1000 * MS)
    assert ids(tracker) == ["person-1"]
    assert tracker.tracks[0].presence(1000 * MS) is Presence.PRESENT


def test_ids_are_not_given_twice() -> None:
    tracker = Tracker()
    tracker.update([face(100)], 0)
    tracker.update([], 2000 * MS)
    tracker.update([face(100)], 2040 * MS)
    assert ids(tracker) == ["person-2"]


def walk_behind(tracker: Tracker, hidden_ms: int, stands: bool = True) -> None:
    """Somebody smaller walks to the left and cannot be seen for a while where a nearer one stands, or nobody does."""
    for ms in range(0, 4000, 40):
        x = 420 - 0.1 * ms
        hidden = 1200 <= ms < 1200 + hidden_ms
        faces = [face(260, size=110)] if stands else []
        tracker.update(faces + ([] if hidden else [face(x, size=90)]), ms * MS)


def test_who_walks_behind_somebody_nearer_comes_out_the_same() -> None:
    tracker = Tracker()
    walk_behind(tracker, 1500)
    assert sorted(ids(tracker)) == ["person-1", "person-2"]


def test_who_is_hidden_by_nobody_is_gone_after_a_second() -> None:
    tracker = Tracker()
    walk_behind(tracker, 1500, stands=False)
    assert ids(tracker) == ["person-2"]


def test_who_stays_behind_somebody_is_not_waited_for_without_end() -> None:
    tracker = Tracker()
    for ms in range(0, 4000, 40):
        tracker.update([face(260, size=110)] + ([face(300, size=90)] if ms < 1000 else []), ms * MS)
        if ms == 2200:
            assert ids(tracker) == ["person-1", "person-2"]
    assert ids(tracker) == ["person-1"]


def test_who_leaves_beside_or_before_somebody_is_gone_after_a_second() -> None:
    for left_over in (face(600, size=110), face(305, size=60)):
        tracker = Tracker()
        tracker.update([left_over, face(300, size=90)], 0)
        for ms in range(40, 1200, 40):
            tracker.update([left_over], ms * MS)
        assert ids(tracker) == ["person-1"]
