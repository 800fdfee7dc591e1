"""Media time: samples and nanoseconds, and the map from host time to the presenter's."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import (
    MS,
    SECOND,
    ClockMap,
    ClockReport,
    nanoseconds,
    sample_index,
    sample_time,
    seconds,
)

RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000]) | st.integers(1, 10**9)
YEARS_1970 = 1_790_000_000 * SECOND


@given(st.integers(0, 10**12), RATES)
def test_a_sample_is_found_again_by_its_time(index: int, rate: int) -> None:
    assert sample_index(sample_time(index, rate), rate) == index


@given(st.integers(-(10**18), 10**18), RATES)
def test_the_first_sample_from_a_time_on_starts_there_or_later_and_none_before_it(ns: int, rate: int) -> None:
    index = sample_index(ns, rate)
    assert sample_time(index, rate) >= ns
    assert sample_time(index - 1, rate) < ns


def test_no_drift_builds_up_within_a_day_of_samples() -> None:
    day = 24 * 3600
    for rate in (16_000, 22_050, 44_100):
        assert sample_time(day * rate, rate) == day * SECOND
        assert sample_index(day * SECOND, rate) == day * rate


@given(st.integers(-(10**15), 10**15))
def test_seconds_and_nanoseconds_are_each_others_inverse_for_days(ns: int) -> None:
    assert nanoseconds(seconds(ns)) == ns


def mapped(reports: list[ClockReport]) -> ClockMap:
    clock = ClockMap()
    for report in reports:
        clock.report(report)
    return clock


def test_before_the_first_report_there_is_no_media_time() -> None:
    assert not ClockMap().ready
    with pytest.raises(ValueError, match="not reported"):
        ClockMap().media(0)


@given(st.integers(0, YEARS_1970), st.integers(0, YEARS_1970), st.integers(0, 10 * SECOND))
def test_one_report_gives_the_offset_to_the_nanosecond(media: int, host: int, later: int) -> None:
    clock = mapped([ClockReport(media, host)])
    assert clock.ready
    assert clock.media(host + later) == media + later


@given(st.floats(-300e-6, 300e-6), st.integers(0, YEARS_1970), st.integers(0, YEARS_1970))
def test_a_steady_drift_is_found_and_extrapolated(drift: float, media: int, host: int) -> None:
    times = [k * 100 * MS for k in range(60)]
    clock = mapped([ClockReport(media + round(t * (1 + drift)), host + t) for t in times])
    assert clock.drift == pytest.approx(drift, abs=1e-9)
    ahead = times[-1] + SECOND
    assert clock.media(host + ahead) == pytest.approx(media + ahead * (1 + drift), abs=100)


@pytest.mark.parametrize("seed", range(5))
def test_the_noise_of_reports_is_averaged(seed: int) -> None:
    noise = random.Random(seed)
    times = [k * 100 * MS for k in range(60)]
    clock = mapped([ClockReport(round(t * (1 + 50e-6) + noise.gauss(0, 2 * MS)), t) for t in times])
    assert abs(clock.drift - 50e-6) < 600e-6
    ahead = times[-1] + 100 * MS
    assert abs(clock.media(ahead) - ahead * (1 + 50e-6)) < 2 * MS


def test_in_the_first_second_noise_makes_no_drift() -> None:
    clock = mapped([ClockReport(k * 100 * MS + (-1) ** k * 5 * MS, k * 100 * MS) for k in range(8)])
    assert clock.drift == 0.0


def test_only_the_window_of_reports_counts() -> None:
    clock = ClockMap(window=10)
    for k in range(100):
        gained = max(0, k - 50) * MS
        clock.report(ClockReport(k * 200 * MS + gained, k * 200 * MS))
    assert clock.drift == pytest.approx(1 / 200, rel=1e-6)


def test_a_new_epoch_forgets_the_old_line_and_an_older_one_is_ignored() -> None:
    clock = mapped([ClockReport(k * 100 * MS, k * 100 * MS) for k in range(30)])
    clock.report(ClockReport(0, 3 * SECOND, epoch=1))
    assert clock.media(3 * SECOND + 5) == 5
    clock.report(ClockReport(9 * SECOND, 4 * SECOND, epoch=0))
    assert clock.media(3 * SECOND + 5) == 5


def test_a_report_that_was_overtaken_is_ignored() -> None:
    clock = mapped([ClockReport(5 * SECOND, 5 * SECOND), ClockReport(0, 4 * SECOND)])
    assert clock.media(5 * SECOND) == 5 * SECOND


def test_a_held_clock_stands_still_and_goes_on_without_a_jump_back() -> None:
    clock = mapped([ClockReport(k * 100 * MS, k * 100 * MS) for k in range(30)])
    clock.report(ClockReport(2900 * MS, 3 * SECOND, rate=0.0))
    assert clock.media(10 * SECOND) == 2900 * MS
    clock.report(ClockReport(2900 * MS, 10 * SECOND, rate=1.0))
    assert clock.media(11 * SECOND) == 3900 * MS


REPORTS = st.lists(
    st.builds(
        ClockReport,
        st.integers(0, YEARS_1970),
        st.integers(0, YEARS_1970),
        st.sampled_from([0.0, 0.5, 1.0, 2.0]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=30,
)


@given(REPORTS, st.integers(0, YEARS_1970))
def test_whatever_is_reported_there_is_a_media_time(reports: list[ClockReport], host: int) -> None:
    assert isinstance(mapped(reports).media(host), int)
