"""When a process that died is started again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.supervisor.restarts import LONGEST_PAUSE_S, STEADY_S, Restarts


def test_the_first_death_is_answered_at_once_and_the_next_ones_later_and_later() -> None:
    restarts = Restarts()
    delays = [restarts.died(100.0 * k, 3.0).delay_s for k in range(8)]
    assert delays == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_five_deaths_within_a_minute_bring_a_pause() -> None:
    restarts = Restarts()
    decisions = [restarts.died(2.0 * k, 1.0) for k in range(5)]
    assert [d.crashes for d in decisions] == [0, 0, 0, 0, 5] and decisions[-1].delay_s == 60.0


def test_pauses_grow_while_it_goes_on_dying() -> None:
    restarts = Restarts()
    for k in range(5):
        pause = restarts.died(float(k), 0.5).delay_s
    assert [pause, *(restarts.died(1000.0 * k, 0.5).delay_s for k in range(1, 6))] == [60, 120, 240, 480, 600, 600]


def test_a_few_seconds_of_service_forgive_everything() -> None:
    restarts = Restarts()
    for k in range(7):
        restarts.died(float(k), 0.5)
    assert [restarts.died(500.0 + 6 * k, 5.1).delay_s for k in range(50)] == [0.0] * 50


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=40))
def test_however_it_dies_it_is_not_started_all_the_time(lives: list[tuple[float, float]]) -> None:
    restarts, now, starts = Restarts(), 0.0, []
    for starting, ran in lives:
        now += starting + ran
        decision = restarts.died(now, ran)
        assert 0.0 <= decision.delay_s <= LONGEST_PAUSE_S
        now += decision.delay_s
        starts.append((now, ran))
    for start, _ in starts:
        short = [ran for other, ran in starts if start <= other < start + 60.0 and ran < STEADY_S]
        served = [ran for other, ran in starts if start <= other < start + 60.0 and ran >= STEADY_S]
        assert len(short) <= 6 * (1 + len(served)) and len(served) <= 13
