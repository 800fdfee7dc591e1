"""Where the eyes look, and that they stay there while the head moves."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.records import Person, Presence
from visavis_agent.motion.eyes import direction_vector, eyes
from visavis_agent.motion.gaze import EYE_IN, EYE_OUT, EYE_VERTICAL, Gaze, GazeMode, saccade_duration
from visavis_agent.motion.head import PITCH_LIMIT, SPEED_LIMIT, YAW_LIMIT, HeadMotion
from visavis_agent.motion.rotations import from_angles
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.viewpoint import Viewpoint

DT = 0.02
AHEAD = (0.0, 0.0)


def watch(mode: GazeMode, seconds: float, person: tuple[float, float] = AHEAD, seed: int = 0) -> list:
    gaze = Gaze(np.random.default_rng(seed), MotionSettings())
    return [gaze.step(k * DT, DT, person, mode) for k in range(round(seconds / DT))]


def share_on_person(mode: GazeMode) -> float:
    steps = watch(mode, 600)
    return float(np.mean([math.hypot(*step.direction) < math.radians(3.5) for step in steps]))


def test_contact_depends_on_what_is_going_on() -> None:
    settings = MotionSettings()
    assert share_on_person(GazeMode.LISTENING) == pytest.approx(settings.contact_listening, abs=0.08)
    assert share_on_person(GazeMode.SPEAKING) == pytest.approx(settings.contact_speaking, abs=0.10)
    assert share_on_person(GazeMode.THINKING) == pytest.approx(settings.contact_thinking, abs=0.10)
    assert share_on_person(GazeMode.CONTACT) == pytest.approx(1.0, abs=0.02)


def test_short_states_in_turn_have_their_shares_of_contact_too() -> None:
    settings, lengths = MotionSettings(), {GazeMode.THINKING: 150, GazeMode.SPEAKING: 110, GazeMode.IDLE: 30}
    gaze = Gaze(np.random.default_rng(3), settings)
    met: dict[GazeMode, list[bool]] = {mode: [] for mode in lengths}
    time = 0.0
    for mode, count in list(lengths.items()) * 120:
        for _ in range(count):
            step = gaze.step(time, DT, AHEAD, mode)
            met[mode].append(math.hypot(*step.direction) < math.radians(4.5))
            time += DT
    assert np.mean(met[GazeMode.SPEAKING]) == pytest.approx(settings.contact_speaking, abs=0.05)
    assert np.mean(met[GazeMode.THINKING]) == pytest.approx(settings.contact_thinking, abs=0.05)


def test_what_is_not_the_person_is_clearly_beside_it() -> None:
    aside = [step.direction for step in watch(GazeMode.SPEAKING, 300) if not step.on_person and not step.saccade]
    assert np.percentile([math.hypot(*direction) for direction in aside], 10) > math.radians(5.0)


def test_thinking_looks_away_and_up_at_once() -> None:
    gaze = Gaze(np.random.default_rng(2), MotionSettings())
    for k in range(50):
        gaze.step(k * DT, DT, AHEAD, GazeMode.CONTACT)
    for k in range(50, 54):
        step = gaze.step(k * DT, DT, AHEAD, GazeMode.THINKING)
    assert abs(step.direction[0]) > math.radians(6.0)
    assert step.direction[1] < 0.0


def test_contact_is_taken_up_at_once_from_anywhere() -> None:
    for seed in range(10):
        gaze = Gaze(np.random.default_rng(seed), MotionSettings())
        for k in range(100):
            gaze.step(k * DT, DT, AHEAD, GazeMode.THINKING)
        for k in range(100, 105):
            step = gaze.step(k * DT, DT, AHEAD, GazeMode.CONTACT)
        assert math.hypot(*step.direction) < math.radians(4.0)


def test_a_person_who_walks_is_followed_and_one_who_jumps_is_caught() -> None:
    gaze = Gaze(np.random.default_rng(0), MotionSettings())
    for k in range(200):
        person = (0.1 * math.sin(0.4 * k * DT), 0.0)
        step = gaze.step(k * DT, DT, person, GazeMode.CONTACT)
        if k > 20:
            assert math.hypot(step.direction[0] - person[0], step.direction[1]) < math.radians(5.0)
    for k in range(200, 215):
        step = gaze.step(k * DT, DT, (0.35, -0.1), GazeMode.CONTACT)
    assert step.direction[0] == pytest.approx(0.35, abs=math.radians(4.0))


def test_saccades_keep_to_the_main_sequence() -> None:
    assert saccade_duration(math.radians(10.0)) == pytest.approx(0.043)
    steps = watch(GazeMode.SPEAKING, 120, seed=5)
    for before, after in pairwise(steps):
        moved = math.degrees(math.dist(before.direction, after.direction))
        assert moved / DT < 600.0


ANGLE = st.floats(-0.2, 0.2)


@given(gaze=st.tuples(ANGLE, ANGLE), head=st.tuples(ANGLE, ANGLE, ANGLE), chest=st.tuples(ANGLE, ANGLE, ANGLE))
def test_eyes_cancel_head_and_chest(
    gaze: tuple[float, float], head: tuple[float, float, float], chest: tuple[float, float, float]
) -> None:
    pose = eyes(gaze, 1e6, head, chest)
    within = abs(pose.left[0]) < EYE_IN and abs(pose.left[1]) < EYE_VERTICAL
    if within:
        world = from_angles(*chest) @ from_angles(*head) @ direction_vector(*pose.left)
        assert world == pytest.approx(direction_vector(*gaze), abs=1e-6)
    for (yaw, pitch), (low, high) in ((pose.left, (-EYE_IN, EYE_OUT)), (pose.right, (-EYE_OUT, EYE_IN))):
        assert low <= yaw <= high
        assert abs(pitch) <= EYE_VERTICAL
    assert all(0.0 <= value <= 1.0 for value in pose.coefficients().values())


def test_coefficients_say_the_same_as_the_angles() -> None:
    still = (0.0, 0.0, 0.0)
    left_up = eyes((0.2, -0.15), 1e6, still, still).coefficients()
    assert left_up["eyeLookOutLeft"] == pytest.approx(0.2 / EYE_OUT)
    assert left_up["eyeLookInRight"] == pytest.approx(0.2 / EYE_IN)
    assert left_up["eyeLookUpLeft"] == left_up["eyeLookUpRight"] == pytest.approx(0.15 / EYE_VERTICAL)
    assert left_up["eyeLookInLeft"] == left_up["eyeLookOutRight"] == left_up["eyeLookDownLeft"] == 0.0


def test_eyes_converge_on_what_is_near() -> None:
    still = (0.0, 0.0, 0.0)
    near = eyes((0.0, 0.0), 0.5, still, still)
    assert near.left[0] < 0.0 < near.right[0]


def person(x: float, y: float, z: float) -> Person:
    return Person(person_id="a", presence=Presence.CONFIRMED, box=(0.4, 0.4, 0.2, 0.2), position=(x, y, z))


def test_a_visitor_to_the_left_and_above_is_looked_at_there() -> None:
    settings = MotionSettings(camera_position_m=(0.0, 0.0, 0.11), eyes_on_screen=(0.5, 0.5))
    target = Viewpoint(settings).target(person(1.0, 0.3, 0.2))
    assert target.yaw == pytest.approx(math.atan2(0.3, 1.0))
    assert target.pitch == pytest.approx(-math.atan2(0.31, math.hypot(1.0, 0.3)))


def test_camera_pose_and_place_on_the_screen_count() -> None:
    turned = MotionSettings(camera_rotation_rad=(0.0, 0.0, 0.3), camera_position_m=(0.0, 0.0, 0.0))
    assert Viewpoint(turned).target(person(1.0, 0.0, 0.0)).yaw == pytest.approx(0.3, abs=0.01)
    aside = MotionSettings(eyes_on_screen=(1.0, 0.5), camera_position_m=(0.0, 0.0, 0.0))
    assert Viewpoint(aside).target(person(1.0, 0.0, 0.0)).yaw == pytest.approx(-math.atan2(0.1725, 1.0))


@pytest.mark.parametrize("position", [(0.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.05, 0.0, 0.0)])
def test_an_unusable_position_means_straight_ahead(position: tuple[float, float, float]) -> None:
    view = Viewpoint(MotionSettings())
    assert view.target(person(*position)) == view.ahead


def test_the_head_shares_a_lasting_shift_and_keeps_its_limits() -> None:
    settings = MotionSettings()
    head = HeadMotion(settings)
    course = [head.step(k * DT, DT, (0.3, 0.0), (0.3, 0.0), (), 0.0) for k in range(200)]
    assert course[-1][2] == pytest.approx(0.3 * settings.head_share, abs=0.01)
    far = HeadMotion(settings)
    wild = [
        far.step(k * DT, DT, (2.0, 2.0), (2.0, 2.0), ((0.5, 3.0, (-1) ** (k // 30) * 3.0),), 0.0) for k in range(300)
    ]
    yaw, pitch = np.array(wild)[:, 2], np.array(wild)[:, 1]
    assert np.abs(yaw).max() <= YAW_LIMIT
    assert np.abs(pitch).max() <= PITCH_LIMIT
    assert np.abs(np.diff(yaw)).max() <= SPEED_LIMIT * DT + 1e-9


def test_a_nod_goes_down_and_a_shake_to_both_sides() -> None:
    def course(name: str) -> np.ndarray:
        head = HeadMotion(MotionSettings())
        head.perform(name, 0.0)
        return np.array([head.step(k * DT, DT, AHEAD, AHEAD, (), 0.0) for k in range(100)])

    nod, shake = course("nod"), course("shake")
    assert nod[:, 1].max() > math.radians(3.0)
    assert nod[:, 1].min() > -0.001
    assert shake[:, 2].max() > math.radians(3.0)
    assert shake[:, 2].min() < -math.radians(3.0)
    assert np.abs(nod[-1]).max() < 1e-6
