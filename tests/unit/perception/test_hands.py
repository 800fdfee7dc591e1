"""Gestures are read from arms and hands over time; a still hand is no wave, a moment's posture is nothing."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.clock import MS
from visavis_agent.core.records import HandGesture
from visavis_agent.perception.hands import Arm, Body, GestureReader, HandPoints, Shown, covers, hand_posture, swings

STEP = 166 * MS
NONE, WAVE, RAISED = HandGesture.NONE, HandGesture.WAVE, HandGesture.RAISED_HAND
# Where fingers end when they are straight or bent, in lengths of the palm above the wrist (y up).
_COLUMNS = (0.25, 0.0, -0.2, -0.4)


def hand(fingers: str, thumb_up: bool = False, turn: float = 0.0) -> HandPoints:
    """A right hand, palm to the camera, fingers up: `fingers` of index to little are s(traight) or b(ent)."""
    points = np.zeros((21, 2))
    for number, (column, state) in enumerate(zip(_COLUMNS, fingers, strict=True)):
        heights = (1.0, 1.35, 1.6, 1.85) if state == "s" else (1.0, 1.3, 1.05, 0.8)
        points[5 + 4 * number : 9 + 4 * number] = [(column, height) for height in heights]
    points[1:5] = [(0.3, 0.2), (0.45, 0.45), (0.35, 0.6), (0.2, 0.7)]
    if thumb_up:  # a fist from its side: fingers forward, thumb above
        points = points[:, ::-1] * (1, -1)
        points[1:5] = [(0.2, 0.3), (0.4, 0.5), (0.45, 0.9), (0.45, 1.3)]
    c, s = np.cos(turn), np.sin(turn)
    return (points @ np.array([[c, s], [-s, c]])) * (60, -60) + (300, 300)


def body(x: float, raised: bool = True, points: HandPoints | None = None) -> Body:
    arms = (Arm((400.0, 400.0), (380.0, 200.0), False), Arm((x, 150.0), (220.0, 200.0), raised, points))
    return Body((300.0, 120.0), 160.0, arms)


def watched(bodies: list[Body | None]) -> list[Shown]:
    reader = GestureReader()
    return [reader.read(seen, n * STEP) for n, seen in enumerate(bodies)]


def test_a_hand_that_goes_to_and_fro_waves() -> None:
    shown = watched([body(200 + 30 * (-1) ** (n // 2)) for n in range(12)])
    assert shown[-1].gesture is WAVE
    assert next(n for n, one in enumerate(shown) if one.gesture is WAVE) * STEP < 1500 * MS


@given(st.lists(st.floats(-7, 7), min_size=20, max_size=40))
def test_a_still_hand_never_waves_however_the_network_jitters(jitter: list[float]) -> None:
    shown = watched([body(200 + by) for by in jitter])
    assert {one.gesture for one in shown} <= {NONE, RAISED}
    assert shown[-1].gesture is RAISED


def test_a_hand_that_crosses_the_picture_once_does_not_wave() -> None:
    assert all(one.gesture is not WAVE for one in watched([body(100 + 25 * n) for n in range(12)]))


def test_a_hand_that_goes_up_for_a_moment_says_nothing() -> None:
    shown = watched([body(200), body(200), body(200, raised=False), body(200, raised=False)])
    assert {one.gesture for one in shown} == {NONE}


def test_a_gesture_outlasts_a_missed_picture_and_ends_soon_after() -> None:
    shown = watched([body(200)] * 8 + [None, None] + [None] * 5)
    assert shown[9].gesture is RAISED
    assert shown[-1].gesture is NONE


@pytest.mark.parametrize("fingers", ["ssss", "bbbb", "sbbs", "ssbb"])
def test_open_hands_fists_and_other_shapes_are_no_postures(fingers: str) -> None:
    assert hand_posture(hand(fingers))[0] is NONE


def test_a_single_straight_forefinger_points_where_it_points() -> None:
    posture, up = hand_posture(hand("sbbb"))
    assert posture is HandGesture.POINTING
    assert up == pytest.approx((0, 1), abs=0.01)
    _, aside = hand_posture(hand("sbbb", turn=-np.pi / 2))  # turned to the picture's left or right
    assert abs(aside[0]) == pytest.approx(1, abs=0.01)


def test_a_thumb_above_a_fist_is_thumbs_up_and_below_it_is_not() -> None:
    assert hand_posture(hand("bbbb", thumb_up=True))[0] is HandGesture.THUMBS_UP
    assert hand_posture(hand("bbbb", thumb_up=True, turn=np.pi))[0] is NONE


@given(st.integers(0, 10_000))
def test_any_points_are_read_without_failing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    posture, direction = hand_posture(rng.normal(0, rng.choice([0, 1e-9, 1, 1e4]), (21, 2)))
    assert posture in HandGesture
    assert np.isfinite(direction).all()


def test_a_hand_before_the_mouth_hides_it_and_one_beside_it_does_not() -> None:
    mouth = np.array([(270.0, 280), (330, 280), (300, 265), (300, 300)])
    assert covers(hand("ssss") + (0, 30), mouth)
    assert not covers(hand("ssss") + (120, 0), mouth)


def test_swings_count_turns_that_are_larger_than_jitter() -> None:
    course = deque((n, x) for n, x in enumerate([0, 0.2, 0.4, 0.2, 0.0, 0.2, 0.4]))
    assert swings(course) == 3
    assert swings(deque((n, 0.05 * (-1) ** n) for n in range(20))) == 0
    assert swings(deque()) == 0
