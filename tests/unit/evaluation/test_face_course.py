"""What is read off a face's frames: reactions, blinks, nods, gaze, speed."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX
from visavis_agent.evaluation.face_course import (
    FaceCourse,
    blinks,
    first_reaction,
    first_smile,
    inside,
    nods,
    on_target,
    speed_violations,
    upper_variance,
)

DT = 0.02


def still(seconds: float = 4.0) -> FaceCourse:
    n = round(seconds / DT)
    return FaceCourse(np.arange(n) * DT, np.zeros((n, ARKIT_COUNT)), np.zeros((n, 3)), np.zeros((n, 2, 2)))


def bump(course: FaceCourse, at: float, length: float) -> np.ndarray:
    t = (course.times - at) / length
    return np.where((t > 0) & (t < 1), np.sin(np.pi * np.clip(t, 0, 1)) ** 2, 0.0)


def test_a_reaction_is_the_first_visible_difference_of_eyes_brows_or_lids() -> None:
    calm, moved = still(), still()
    moved.coefficients[:, ARKIT_INDEX["mouthSmileLeft"]] = 0.5
    assert first_reaction(calm, moved) is None
    assert first_smile(calm, moved) == 0.0
    moved.coefficients[100:, ARKIT_INDEX["browOuterUpLeft"]] = 0.04
    assert first_reaction(calm, moved) is None
    moved.coefficients[120:, ARKIT_INDEX["browOuterUpLeft"]] = 0.06
    assert first_reaction(calm, moved) == pytest.approx(2.4)
    moved.eyes[110:, :, 0] = np.radians(3)
    assert first_reaction(calm, moved) == pytest.approx(2.2)


def test_blinks_are_counted_once_each() -> None:
    course = still()
    for at in (0.5, 2.0, 3.1):
        course.coefficients[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] += bump(course, at, 0.3)[
            :, None
        ]
    assert blinks(course) == pytest.approx([0.6, 2.1, 3.2], abs=0.05)


def test_a_nod_goes_down_and_comes_back_and_a_slow_sway_is_none() -> None:
    course = still()
    course.head[:, 1] = np.radians(3.0) * bump(course, 1.0, 0.45)
    assert nods(course) == pytest.approx([1.0], abs=0.1)
    course.head[:, 1] = np.radians(3.0) * np.sin(1.5 * course.times)
    assert len(nods(course)) == 0
    course.head[:, 1] = np.where(course.times > 2.0, np.radians(3.0), 0.0)
    assert len(nods(course)) == 0


def test_gaze_is_head_and_eyes_together() -> None:
    course = still()
    course.head[:, 2] = 0.2
    course.eyes[:, :, 0] = -0.2
    assert on_target(course, (0.0, 0.0), 0.01).all()
    assert not on_target(course, (0.1, 0.0), 0.05).any()


def test_variance_leaves_blinks_out() -> None:
    course = still()
    course.coefficients[:, ARKIT_INDEX["eyeBlinkLeft"]] = bump(course, 1.0, 0.3)
    everything = inside(course.times, [(0.0, 4.0)])
    assert upper_variance(course, everything) == 0.0
    course.coefficients[:, ARKIT_INDEX["browInnerUp"]] = bump(course, 1.0, 1.0)
    assert upper_variance(course, everything) > 0.0


def test_what_moves_faster_than_people_do_is_named() -> None:
    course = still()
    assert speed_violations(course) == {}
    course.coefficients[100:, ARKIT_INDEX["browDownLeft"]] = 0.9
    course.head[50:, 2] = 0.1
    assert set(speed_violations(course)) == {"browDownLeft", "head"}
