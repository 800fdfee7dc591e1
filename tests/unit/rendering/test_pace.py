"""The pace: less is drawn while pictures come late, more when there is room, and a steady load ends at one step."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.rendering.pace import FADE_NS, LATE, Pace

LEVELS = 3
RELATIVE_COST = (0.72, 0.85, 1.0)  # of the levels


def run(pace: Pace, cost: Callable[[float], float], seconds: float, start: float = 0.0) -> list[tuple[float, int]]:
    """Draw on one worker like the stage does; `cost` is ms of a full picture at a time, s; gives the changes."""
    changes = []
    now, end = round(start * SECOND), round((start + seconds) * SECOND)
    while now < end:
        took = round(cost(now / SECOND) * RELATIVE_COST[pace.level] * MS)
        changed = pace.drew(now + took, took)
        for _ in range(took // pace.period_ns):
            changed = pace.missed(now + took) or changed
        if changed:
            changes.append((now / SECOND, pace.level))
        now += max(pace.period_ns, took)
    return changes


def test_pictures_in_time_are_drawn_in_full_for_ever() -> None:
    pace = Pace(20 * MS, LEVELS)
    assert run(pace, lambda _: 15.0, 300) == []
    assert pace.level == LEVELS - 1


def test_a_busy_machine_gets_fewer_gaussians_within_three_seconds() -> None:
    pace = Pace(33 * MS, LEVELS)
    changes = run(pace, lambda t: 12.0 if t < 10 else 32.0, 13)
    assert pace.level < LEVELS - 1
    assert 10 < changes[0][0] < 13


def test_a_picture_a_second_is_judged_as_well() -> None:
    pace = Pace(33 * MS, LEVELS)
    for second in range(80):
        pace.drew(second * SECOND, 900 * MS)
    assert pace.level == 0


def test_some_late_pictures_cost_detail_but_not_the_rate() -> None:
    pace = Pace(33 * MS, LEVELS)
    for k in range(900):
        pace.drew(k * 33 * MS, (30 if k % 4 == 0 else 12) * MS)
    assert pace.level == 0


def test_a_machine_that_cannot_keep_up_draws_least_and_as_often_as_it_can() -> None:
    pace = Pace(33 * MS, LEVELS)
    run(pace, lambda _: 70.0, 30)
    assert pace.level == 0


def test_everything_comes_back_when_the_load_is_gone() -> None:
    pace = Pace(33 * MS, LEVELS)
    run(pace, lambda _: 60.0, 20)
    assert pace.level < LEVELS - 1
    run(pace, lambda _: 12.0, 60, start=20)
    assert pace.level == LEVELS - 1


def test_missed_pictures_count_as_late() -> None:
    pace = Pace(33 * MS, LEVELS)
    for k in range(200):
        pace.drew(k * 33 * MS, 10 * MS)
        pace.missed(k * 33 * MS)
    assert pace.level < LEVELS - 1


@settings(max_examples=25)
@given(cost=st.floats(2.0, 120.0), rate=st.sampled_from([25.0, 30.0, 50.0]))
def test_a_steady_load_ends_at_a_steady_step(cost: float, rate: float) -> None:
    pace = Pace(round(SECOND / rate), LEVELS)
    changes = run(pace, lambda _: cost, 150)
    assert len([at for at, _ in changes if at > 60]) == 0
    took = cost * RELATIVE_COST[pace.level] * MS
    assert pace.level == 0 or took <= LATE * pace.period_ns


@settings(max_examples=25)
@given(costs=st.lists(st.floats(2.0, 90.0), min_size=3, max_size=40), rate=st.sampled_from([25.0, 30.0, 50.0]))
def test_a_noisy_load_moves_the_step_rarely(costs: list[float], rate: float) -> None:
    pace = Pace(round(SECOND / rate), LEVELS)
    changes = run(pace, lambda t: costs[int(t * 997) % len(costs)], 150)
    assert len(changes) <= 16
    assert all(after - before >= 1.0 for (before, _), (after, _) in pairwise(changes))


@given(reports=st.lists(st.tuples(st.integers(1, 80), st.integers(0, 200), st.booleans()), max_size=400))
def test_the_same_reports_give_the_same_steps_and_detail_never_jumps(reports: list[tuple[int, int, bool]]) -> None:
    told = []
    for _ in range(2):
        pace, now, seen = Pace(33 * MS, LEVELS), 0, [2.0]
        for gap, took, missed in reports:
            now += gap * MS
            if missed:
                pace.missed(now)
            pace.drew(now, took * MS)
            seen.append(pace.detail(now))
            assert abs(seen[-1] - seen[-2]) <= gap * MS / FADE_NS + 1e-9
            assert 0 <= seen[-1] <= LEVELS - 1
        told.append(seen)
    assert told[0] == told[1]


@pytest.mark.parametrize("back", [0, 10 * SECOND])
def test_a_clock_that_is_set_back_does_not_move_the_detail(back: int) -> None:
    pace = Pace(33 * MS, LEVELS)
    run(pace, lambda _: 70.0, 30)
    pace.detail(100 * SECOND)
    before = pace.detail(100 * SECOND + 100 * MS)
    assert pace.detail(100 * SECOND + 100 * MS - back) == before
