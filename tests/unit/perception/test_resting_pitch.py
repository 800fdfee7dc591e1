"""A face that always reads as nodding is that face's shape; looking down for a while is not."""

from __future__ import annotations

import math

import pytest

from visavis_agent.core.clock import MS
from visavis_agent.perception.resting_pitch import RestingPitch


def after(*pitches: float, yaw: float = 0.0, start: RestingPitch | None = None) -> RestingPitch:
    resting = start or RestingPitch()
    for n, pitch in enumerate(pitches):
        resting.learn((0.0, math.radians(pitch), math.radians(yaw)), n * 500 * MS)
    return resting


def test_what_a_face_reads_most_of_the_time_is_level() -> None:
    assert after(*[6.0] * 20, *[14.0] * 8).pitch == pytest.approx(math.radians(6))


def test_the_first_reading_is_not_believed_alone() -> None:
    assert after(9.0).pitch == 0.0


def test_no_shape_of_a_face_reads_as_more_than_ten_degrees() -> None:
    assert after(*[20.0] * 30).pitch == pytest.approx(math.radians(10))


def test_a_face_turned_away_teaches_nothing() -> None:
    assert after(*[9.0] * 30, yaw=30.0).pitch == 0.0
    assert after(*[40.0] * 30).pitch == 0.0
