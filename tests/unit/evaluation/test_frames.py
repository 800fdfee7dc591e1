from __future__ import annotations

import numpy as np

from visavis_agent.evaluation.frames import pace, skew_p95


def test_even_pictures_drop_nothing() -> None:
    report = pace(np.arange(0, 10_000, 40.0), rate=25.0)
    assert report == {"fps": {"p50": 25.0, "p1": 25.0}, "frame_ms_p99": 40.0, "dropped_frames": 0}


def test_pictures_at_the_refreshes_of_a_display_count_as_even() -> None:
    """30 a second of motion at 50 Hz: every 20 or 40 ms, each shown at the next of 60 refreshes."""
    due = [20.0 * k for k in range(500) if k % 5 in (0, 2, 4)]
    report = pace(np.ceil(np.array(due) * 0.06) / 0.06, rate=30.0)
    assert report["dropped_frames"] == 0
    assert report["fps"]["p50"] == 30.0


def test_a_gap_counts_the_pictures_that_are_missing_in_it() -> None:
    times = [t for t in np.arange(0, 10_000, 40.0) if not 4000 < t < 4400]
    report = pace(times, rate=25.0)
    assert report["dropped_frames"] == 9
    assert report["fps"]["p50"] == 25.0 and report["fps"]["p1"] < 18


def test_less_than_two_seconds_say_nothing() -> None:
    assert pace([0.0, 40.0], rate=25.0)["fps"] == {"p50": None, "p1": None}
    assert pace([], rate=25.0)["frame_ms_p99"] is None


def test_skew_compares_pictures_with_sound_not_each_with_the_clock() -> None:
    assert skew_p95([12.0, 12.0], [12.0]) == 0.0
    assert skew_p95([20.0], [5.0, 5.0]) == 15.0
    assert skew_p95([5.0], [20.0]) == 15.0
    assert skew_p95([], [1.0]) is None
    assert skew_p95([1.0], []) is None
