"""What comes from another clock is placed in ours, with its distances kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import TextInput
from visavis_agent.nodes.foreign_clock import TOLERANCE_NS, ForeignClock

NOW = 5_000 * SECOND


def placed(clock: ForeignClock, media_ns: int, arrival_ns: int) -> int:
    return clock.place(TextInput(media_ns=media_ns, text="x"), arrival_ns).media_ns


def test_what_is_about_now_stays_as_it_is() -> None:
    clock = ForeignClock()
    for late in (0, 5 * MS, SECOND, -SECOND):
        assert placed(clock, NOW - late, NOW) == NOW - late


def test_an_old_recording_is_placed_now_and_keeps_its_distances() -> None:
    clock = ForeignClock()
    assert placed(clock, 7 * SECOND, NOW) == NOW
    assert placed(clock, 7 * SECOND + 32 * MS, NOW + 40 * MS) == NOW + 32 * MS, "the network's jitter does not count"


def test_a_recording_that_starts_anew_is_placed_anew() -> None:
    clock = ForeignClock()
    placed(clock, 7 * SECOND, NOW)
    assert placed(clock, 67 * SECOND, NOW + 60 * SECOND) == NOW + 60 * SECOND
    assert placed(clock, 7 * SECOND, NOW + 61 * SECOND) == NOW + 61 * SECOND


def test_a_device_that_takes_over_from_a_recording_shares_the_clock() -> None:
    clock = ForeignClock()
    placed(clock, 7 * SECOND, NOW)
    assert placed(clock, NOW + 9 * SECOND, NOW + 9 * SECOND + MS) == NOW + 9 * SECOND


@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 10**13)), max_size=20))
def test_every_record_is_placed_about_when_it_arrived(records: list[tuple[int, int]]) -> None:
    clock = ForeignClock()
    for media, arrival in records:
        assert abs(placed(clock, media, arrival) - arrival) <= TOLERANCE_NS
