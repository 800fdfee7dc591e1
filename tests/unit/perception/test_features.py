"""Lids, lips and gaze are measured with the right sign and size."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.perception.faces import Head
from visavis_agent.perception.face_table import LEFT_IRIS, LOWER_LIP, RIGHT_IRIS, TABLE, UPPER_LIP, Points
from visavis_agent.perception.features import AVERAGE, gaze, measure, mouth_open
from visavis_agent.perception.head_pose import head_pose


def shape_of(head: Head) -> Points:
    return head_pose(head.mesh(), 640, 480, 640.0).shape


def test_the_table_is_symmetrical_and_of_human_size() -> None:
    assert np.linalg.norm(TABLE[33] - TABLE[263]) == pytest.approx(93, abs=0.5)
    for right, left in ((33, 263), (133, 362), (61, 291), (55, 285), (234, 454)):
        assert TABLE[right] * (-1, 1, 1) == pytest.approx(TABLE[left], abs=0.15)


def test_a_persons_face_measures_near_the_average(head: Head) -> None:
    difference = np.abs(measure(shape_of(head)).values() - AVERAGE.values())
    assert np.all(difference < 12)


@pytest.mark.parametrize("side", [1, -1])
def test_a_glance_to_the_own_left_has_positive_yaw(head: Head, side: int) -> None:
    shape = shape_of(head)
    resting = measure(shape).iris
    before = gaze(shape, resting)
    shape[list(RIGHT_IRIS), 0] += side * 3
    shape[list(LEFT_IRIS), 0] += side * 3
    yaw, pitch = gaze(shape, resting)
    assert side * (yaw - before[0]) == pytest.approx(np.arcsin(3 / 0.7 / 12), abs=0.1)
    assert pitch == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("side", [1, -1])
def test_a_glance_down_has_positive_pitch(head: Head, side: int) -> None:
    shape = shape_of(head)
    resting = measure(shape).iris
    for iris in (RIGHT_IRIS, LEFT_IRIS):
        shape[list(iris), 1] -= side * 1.0
    assert side * gaze(shape, resting)[1] > 0.1


def test_an_open_mouth_is_measured(head: Head) -> None:
    shape = shape_of(head)
    assert mouth_open(measure(shape)) < 0.15
    shape[LOWER_LIP] = shape[UPPER_LIP] - (0, 12.5, 0)
    assert mouth_open(measure(shape)) == pytest.approx(0.5)
    shape[LOWER_LIP, 1] -= 50
    assert mouth_open(measure(shape)) == 1.0
