"""What coefficients do to the posed face: lips, lids, eyes, glints."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.rendering.motion import face
from visavis_agent.core.arkit import ARKIT_COUNT, ARKIT_INDEX
from visavis_agent.core.records import Array, FaceMotion
from visavis_agent.rendering import correctives
from visavis_agent.rendering.avatar import LidPart, Material, Stencil
from visavis_agent.rendering.renderer import Renderer, eye_rotations

SLOW_FIXTURE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lips(renderer: Renderer, motion: FaceMotion) -> tuple[Array, Array]:
    position = renderer.posed(motion)[0].position
    return position[renderer.avatar.lip_upper], position[renderer.avatar.lip_lower]


def openings(renderer: Renderer, motion: FaceMotion) -> Array:
    return renderer.posed(motion)[0].mask


@pytest.mark.parametrize("jaw", [0.1, 0.5, 1.0])
def test_mouth_close_cancels_jaw_open_exactly(renderer: Renderer, jaw: float) -> None:
    motion = face(jawOpen=jaw, mouthClose=jaw, eyeBlink=1.0)
    upper, lower = lips(renderer, motion)
    assert np.abs(upper - lower).max() < 0.1
    assert renderer.draw(motion)[1].mouth_gap_mm == 0
    assert not openings(renderer, motion).any()


def test_closing_more_than_the_jaw_is_open_does_not_cross_the_lips(renderer: Renderer) -> None:
    upper, lower = lips(renderer, face(jawOpen=0.2, mouthClose=1.0))
    assert (upper[:, 1] - lower[:, 1]).min() > -1e-3


@SLOW_FIXTURE
@given(values=st.lists(st.floats(0, 1, width=32), min_size=ARKIT_COUNT, max_size=ARKIT_COUNT), up=st.floats(0, 1))
def test_lips_never_cross(renderer: Renderer, values: list[float], up: float) -> None:
    motion = FaceMotion(media_ns=0, coefficients=np.array(values, np.float32), tongue_up=up)
    upper, lower = lips(renderer, motion)
    assert (upper[:, 1] - lower[:, 1]).min() > -1e-3


def test_crossing_is_taken_back_mostly_by_the_lower_lip(renderer: Renderer) -> None:
    rest, _ = lips(renderer, face())
    upper, lower = lips(renderer, face(mouthRollLower=1.0))
    middle = len(upper) // 2
    pushed = upper[middle, 1] - rest[middle, 1]
    assert 0.5 < pushed < 1.5  # a quarter of the 4 mm that the lower lip would rise
    assert upper[middle, 1] == pytest.approx(lower[middle, 1], abs=1e-3)


def test_the_mouth_gap_grows_with_the_jaw(renderer: Renderer) -> None:
    gaps = [renderer.draw(face(jawOpen=j))[1] for j in np.linspace(0, 1, 11)]
    millimetres = [report.mouth_gap_mm for report in gaps]
    assert millimetres[0] == 0
    assert all(b > a for a, b in pairwise(millimetres))
    assert millimetres[-1] == pytest.approx(22.0, abs=0.5)
    assert gaps[-1].mouth_gap_px == pytest.approx(millimetres[-1] * 192 / 290, rel=0.1)


def test_rounded_lips_do_not_smile() -> None:
    smile, up = ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthUpperUpLeft"]
    plain = correctives.corrected(face(mouthSmile=0.8, mouthUpperUp=0.5).coefficients, 0.0)
    rounded = correctives.corrected(face(mouthSmile=0.8, mouthUpperUp=0.5, mouthPucker=1.0).coefficients, 0.0)
    assert plain[smile] == pytest.approx(0.8)
    assert rounded[smile] == pytest.approx(0.16)
    assert rounded[up] < plain[up] / 2


def test_coefficients_beyond_their_range_are_clamped() -> None:
    wild = correctives.corrected(np.full(ARKIT_COUNT, 7.0, np.float32), -3.0)
    assert wild.max() == 1.0
    assert wild[-1] == 0.0


def eye_mask(renderer: Renderer, motion: FaceMotion) -> tuple[int, int]:
    """Covered pixels of the left and the right eye (mouth closed)."""
    mask = openings(renderer, motion)
    return int((mask[:, 96:] > 0).sum()), int((mask[:, :96] > 0).sum())


def test_a_blink_closes_the_eye_fully_and_only_that_eye(renderer: Renderer) -> None:
    open_left, open_right = eye_mask(renderer, face())
    assert open_left > 50
    assert open_right > 50
    left, right = eye_mask(renderer, face(eyeBlinkLeft=1.0))
    assert left == 0
    assert right == open_right


def test_nothing_of_the_eyeball_is_drawn_when_the_eye_is_shut(renderer: Renderer) -> None:
    shut = face(eyeBlink=1.0)
    avatar = renderer.avatar
    image, _ = renderer.draw(shut)
    material = avatar.material.copy()
    albedo = avatar.albedo.copy()
    albedo[(material == Material.EYE) | (material == Material.GLINT)] = (0, 4, 0)
    green = Renderer(type(avatar)(**{**_fields(avatar), "albedo": albedo}), (192, 192), 1, "face")
    assert np.array_equal(green.draw(shut)[0], image)
    assert not np.array_equal(green.draw(face())[0], renderer.draw(face())[0])


def _fields(avatar: object) -> dict[str, object]:
    return {name: getattr(avatar, name) for name in avatar.__dataclass_fields__}  # type: ignore[attr-defined]


def test_lids_follow_the_gaze(renderer: Renderer) -> None:
    up, _ = eye_mask(renderer, face(left_eye=(0, -0.3), right_eye=(0, -0.3)))
    level, _ = eye_mask(renderer, face())
    down, _ = eye_mask(renderer, face(left_eye=(0, 0.3), right_eye=(0, 0.3)))
    assert up > level > down > 0


def test_upper_lids_lie_above_lower_lids(renderer: Renderer) -> None:
    position = renderer.posed(face(eyeBlink=0.5))[0].position
    avatar = renderer.avatar
    edge = avatar.lid_param[:, 1] == 1.0
    for upper, lower in (
        (LidPart.LEFT_UPPER, LidPart.LEFT_LOWER),
        (LidPart.RIGHT_UPPER, LidPart.RIGHT_LOWER),
    ):
        above, below = (position[avatar.lid_index[edge & (avatar.lid_part == part)], 1] for part in (upper, lower))
        assert (above - below).min() > -1e-3


def iris(renderer: Renderer, motion: FaceMotion) -> Array:
    """Mean position of the left iris."""
    avatar = renderer.avatar
    chosen = (avatar.material == Material.EYE) & (avatar.stencil == Stencil.LEFT_EYE) & (avatar.albedo[:, 0] < 0.1)
    return renderer.posed(motion)[0].position[chosen].mean(0)


def glint(renderer: Renderer, motion: FaceMotion) -> Array:
    avatar = renderer.avatar
    chosen = (avatar.material == Material.GLINT) & (avatar.stencil == Stencil.LEFT_EYE)
    return renderer.posed(motion)[0].position[chosen].mean(0)


def test_eyes_turn_to_the_own_left_and_down(renderer: Renderer) -> None:
    moved = iris(renderer, face(left_eye=(0.3, 0.2), right_eye=(0.3, 0.2))) - iris(renderer, face())
    assert moved[0] > 3
    assert moved[1] < -2


def test_highlights_stay_while_the_eye_turns(renderer: Renderer) -> None:
    turned = face(left_eye=(0.3, 0.0), right_eye=(0.3, 0.0))
    moved = np.linalg.norm(iris(renderer, turned) - iris(renderer, face()))
    assert np.linalg.norm(glint(renderer, turned) - glint(renderer, face())) < 0.6 * moved


def test_arkit_looks_turn_the_eyes_when_no_rotation_is_given() -> None:
    looking = face(eyeLookOutLeft=1.0, eyeLookInRight=1.0, eyeLookDown=0.5)
    (left_yaw, left_pitch), (right_yaw, right_pitch) = eye_rotations(looking)
    assert left_yaw > right_yaw > 0
    assert left_pitch == right_pitch > 0
    given = face(eyeLookOutLeft=1.0, left_eye=(-0.1, 0.0))
    assert eye_rotations(given) == ((-0.1, 0.0), (0.0, 0.0))


@pytest.mark.parametrize(("name", "value"), [("jawOpen", 0.7), ("mouthSmile", 1.0), ("mouthPucker", 1.0)])
def test_a_coefficient_moves_the_face_and_nothing_else(renderer: Renderer, name: str, value: float) -> None:
    moved = renderer.posed(face(**{name: value}))[0].position - renderer.posed(face())[0].position
    distance = np.linalg.norm(moved, axis=1)
    assert distance.max() > 3
    assert distance[renderer.avatar.material == Material.CLOTH].max() == 0
