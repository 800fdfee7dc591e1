"""Blinks, breath, noise and the curves that the layers share."""

from __future__ import annotations

import math

import numpy as np
import pytest

from visavis_agent.motion.curves import Inertia, Reach, SmoothNoise, Spring, bump, minimum_jerk
from visavis_agent.motion.life import CLOSING, OPENING, SHUT, Blinks, Breath
from visavis_agent.motion.pitch import PitchContour, track

DT = 0.02


def blink_course(seconds: float, seed: int = 0, pace: float = 1.0) -> np.ndarray:
    blinks = Blinks(np.random.default_rng(seed), 2.6)
    return np.array([blinks.step(k * DT, pace) for k in range(round(seconds / DT))])


def onsets(course: np.ndarray) -> np.ndarray:
    return np.flatnonzero((course[1:] > 0.3) & (course[:-1] <= 0.3)) * DT


def test_blinks_come_at_human_intervals_and_close_fully() -> None:
    course = blink_course(1200)
    intervals = np.diff(onsets(course))
    assert 15 < len(intervals) / 20 < 26
    assert np.median(intervals) == pytest.approx(2.6, abs=0.3)
    assert 0.3 < np.std(np.log(intervals)) < 0.5
    assert course.max() == 1.0


def test_a_blink_closes_faster_than_it_opens() -> None:
    blinks = Blinks(np.random.default_rng(0), 2.6)
    blinks.step(0.0, 1.0)
    blinks.evoke(0.7, 1.0)
    shape = [blinks.step(0.7 + k * 0.005, 1.0) for k in range(80)]
    full = [k for k, value in enumerate(shape) if value == 1.0]
    assert full[0] * 0.005 == pytest.approx(CLOSING, abs=0.006)
    assert (full[-1] - full[0]) * 0.005 == pytest.approx(SHUT, abs=0.006)
    assert shape[round((CLOSING + SHUT + OPENING) / 0.005) + 1] == 0.0


def test_no_two_evoked_blinks_in_a_row_and_none_while_suppressed() -> None:
    blinks = Blinks(np.random.default_rng(0), 2.6)
    blinks.step(0.0, 1.0)
    blinks.suppress(0.0, 8.0)
    assert all(blinks.step(k * DT, 1.0) == 0.0 for k in range(1, 390))
    blinks.evoke(7.9, 1.0)
    blinks.step(7.95, 1.0)
    blinks.evoke(8.1, 1.0)
    assert blinks.step(7.9 + CLOSING + SHUT + OPENING + 0.01, 1.0) == 0.0


def test_breath_is_smooth_periodic_and_faster_when_aroused() -> None:
    def course(arousal: float) -> np.ndarray:
        breath = Breath(np.random.default_rng(3))
        return np.array([breath.step(DT, arousal) for _ in range(6000)])

    calm, aroused = course(0.0), course(1.0)

    def cycles(c: np.ndarray) -> int:
        return int(np.sum((c[1:] > 0.5) & (c[:-1] <= 0.5)))

    assert cycles(calm) == pytest.approx(120 / 4.2, abs=4)
    assert cycles(aroused) > cycles(calm)
    assert np.abs(np.diff(calm)).max() < 0.03


def test_minimum_jerk_and_bump_start_and_end_at_rest() -> None:
    assert minimum_jerk(-1) == 0.0
    assert minimum_jerk(0.5) == pytest.approx(0.5)
    assert minimum_jerk(2) == 1.0
    assert minimum_jerk(0.01) < 1e-4
    assert bump(0.2, 0.16, 0.1, 0.3) == 1.0
    assert bump(0.6, 0.16, 0.1, 0.3) == 0.0


def test_a_spring_arrives_without_overshoot_whatever_the_step() -> None:
    fine, coarse = Spring(5.0), Spring(5.0)
    values = [fine.step(1.0, 0.01) for _ in range(300)]
    for _ in range(30):
        coarse.step(1.0, 0.1)
    assert max(values) <= 1.0
    assert all(np.diff(values) >= 0.0)
    assert coarse.value == pytest.approx(fine.value, abs=1e-9)


def test_reach_keeps_velocity_when_the_goal_changes_on_the_way() -> None:
    reach = Reach()
    reach.to(1.0, 0.0, 0.6)
    before = reach.at(0.3), (reach.at(0.3) - reach.at(0.2999)) / 1e-4
    reach.to(0.0, 0.3, 0.6)
    after = reach.at(0.3), (reach.at(0.3001) - reach.at(0.3)) / 1e-4
    assert after[0] == pytest.approx(before[0])
    assert after[1] == pytest.approx(before[1], rel=0.01)
    assert reach.at(0.9) == 0.0
    assert reach.velocity(0.9) == 0.0


def test_inertia_changes_course_without_a_jump() -> None:
    inertia = Inertia(1, 0.07)
    shown = []
    for k in range(40):
        cut = k >= 20
        course = np.array([0.0 if cut else 0.5 + 0.02 * math.sin(k)])
        value = inertia.step(course, DT, k == 20)
        inertia.shown(value, DT)
        shown.append(float(value[0]))
    assert abs(shown[20] - shown[19]) < 0.15
    assert shown[24] == 0.0


def test_noise_is_slow_and_of_the_given_size() -> None:
    noise = SmoothNoise(np.random.default_rng(1), 1.0, 1.0)
    course = np.array([noise.step(DT) for _ in range(20_000)])
    assert 0.7 < course.std() < 1.1
    assert abs(course.mean()) < 0.2
    assert np.abs(np.diff(course)).max() < 0.2


@pytest.mark.parametrize("hertz", [90.0, 180.0, 330.0])
@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_pitch_of_a_buzz_is_found(hertz: float, rate: int) -> None:
    time = np.arange(rate // 2) / rate
    buzz = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
    times, found = track((buzz * 8000).astype(np.int16), rate)
    assert np.median(found) == pytest.approx(hertz, rel=0.02)
    assert (np.abs(found / hertz - 1) < 0.05).mean() > 0.95
    assert np.diff(times) == pytest.approx(0.01, abs=2e-4)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).integers(-6000, 6000, 8000).astype(np.int16)
    assert (track(noise, 16_000)[1] > 0).mean() < 0.2
    assert track(np.zeros(8000, np.int16), 16_000)[1].max() == 0.0
    assert len(track(np.zeros(100, np.int16), 16_000)[1]) == 0


def test_pitch_is_told_in_semitones_over_the_median() -> None:
    contour = PitchContour()
    contour.add(0.0, (np.arange(60) * 0.01, np.full(60, 200.0)))
    contour.add(0.6, (np.arange(10) * 0.01, np.full(10, 400.0)))
    assert contour.at(0.1) == pytest.approx(0.0)
    assert contour.peak(0.55, 0.65) == pytest.approx(12.0)
    assert contour.at(5.0) is None
    assert contour.peak(5.0, 6.0) is None
