"""The perception bench knows the truth that it measures against."""

from __future__ import annotations

import math

import numpy as np
import pytest

from visavis_agent.core.records import Person, Persons, Presence
from visavis_agent.evaluation.bench_perception import STEP_NS, _switches
from visavis_agent.evaluation.rendered_visitor import Place, PosedHead, Walker, wall

LEFT, RIGHT = (0.1, 0.4, 0.2, 0.2), (0.7, 0.4, 0.2, 0.2)


@pytest.fixture(scope="module")
def head() -> PosedHead:
    return PosedHead((320, 240))


@pytest.mark.parametrize(("axis", "least_moved"), [(0, 3.0), (1, 3.0), (2, 3.0)])
def test_the_true_angles_are_those_of_the_head_less_the_bearing(head: PosedHead, axis: int, least_moved: float) -> None:
    angles = [0.0, 0.0, 0.0]
    angles[axis] = 0.3
    image, truth = head.draw((angles[0], angles[1], angles[2]))
    level, (roll, pitch, yaw) = head.draw((0.0, 0.0, 0.0))
    assert (roll, yaw) == pytest.approx((0, 0))
    assert pitch == pytest.approx(math.atan2(-78, 1840), abs=0.003)  # the lens stands at the breast
    assert truth[axis] - (roll, pitch, yaw)[axis] == pytest.approx(0.3, abs=0.03)
    assert np.abs(image.astype(int) - level).mean() > least_moved


def test_a_walker_is_where_he_is_placed_and_paints_nothing_else() -> None:
    empty = wall((640, 480), 0)
    image = empty.copy()
    x, y, width, height = Walker().paste(image, Place(across=150, distance=1200), 0)
    rows, columns = np.nonzero(np.abs(image.astype(int) - empty).sum(axis=2) > 60)
    assert x < np.median(columns) / 640 < x + width
    assert rows.min() / 480 < y < y + height < rows.max() / 480
    assert columns.min() > 250


def _told(number: int, left: str, right: str) -> tuple[int, Persons]:
    persons = tuple(
        Person(person_id=name, presence=Presence.PRESENT, box=box) for name, box in ((left, LEFT), (right, RIGHT))
    )
    return 0, Persons(media_ns=number * STEP_NS, persons=persons)


def test_an_exchange_of_ids_counts_for_both_and_keeping_them_for_none() -> None:
    truth = [(LEFT, RIGHT)] * 6
    assert _switches([_told(n, "a", "b") for n in range(6)], truth) == 0
    assert _switches([_told(n, *("ab" if n < 3 else "ba")) for n in range(6)], truth) == 2
