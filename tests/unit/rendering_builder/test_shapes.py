"""Every coefficient moves the face as its name says, and both sides alike."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.rendering_builder.deltas import displacement, lip_lines, opening
from visavis_agent.rendering.avatar import COEFFICIENT_NAMES, Array, Avatar, Material, Stencil
from visavis_agent.rendering.builder.face_field import FaceField
from visavis_agent.rendering.builder.face_points import FacePoints
from visavis_agent.rendering.builder.parameters import HERO
from visavis_agent.rendering.builder.shapes import face_shapes

BY_LIDS = [name for name in COEFFICIENT_NAMES if name.startswith(("eyeBlink", "eyeLook", "eyeWide"))]
PAIRED = [name[:-4] for name in COEFFICIENT_NAMES if name.endswith("Left") and name not in BY_LIDS]


def near(avatar: Avatar, x: float, y: float, radius: float = 14.0) -> Array:
    """Skin and brows of the front of the face around a place in the frame of the unscaled head, mm."""
    scale, drop, pivot = HERO.head.scale, HERO.head.drop, -95.0
    height = pivot - drop + scale * (y - pivot)
    distance = np.hypot(avatar.position[:, 0] - scale * x, avatar.position[:, 1] - height)
    front = np.isin(avatar.material, (Material.SKIN, Material.BROW)) & (avatar.position[:, 2] > 30)
    chosen = front & (distance < radius)
    chosen[avatar.lid_index.astype(int)] = False
    assert chosen.any()
    return np.asarray(chosen)


def shift(avatar: Avatar, where: Array, **coefficients: float) -> Array:
    """Mean displacement (3,) of some Gaussians, mm."""
    return np.asarray(displacement(avatar, **coefficients)[where].mean(0))


@pytest.mark.parametrize("name", [name for name in COEFFICIENT_NAMES if name not in BY_LIDS])
def test_coefficient_moves_something_visible(hero: Avatar, name: str) -> None:
    assert np.linalg.norm(displacement(hero, **{name: 1.0}), axis=1).max() > 1.0


def test_eye_coefficients_are_left_to_lids_and_eyes(hero: Avatar) -> None:
    for name in BY_LIDS:
        assert not displacement(hero, **{name: 1.0}).any()
    for eye in hero.eyes.values():
        assert eye.upper.shut < 0 < eye.upper.open
        assert eye.upper.wide > 0 > eye.lower.wide
        assert eye.upper.gaze > eye.lower.gaze > 0
        assert eye.lower.squint > 0
        assert eye.lower.smile > 0


@pytest.mark.parametrize("stem", PAIRED)
def test_left_and_right_are_mirror_images(face: FaceField, stem: str) -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform((-60, -110, 20), (60, 60, 100), (500, 3))
    below = (points[:, 1] < face.lips.contact(points[:, 0])).astype(float)
    mirror = np.array([-1.0, 1.0, 1.0])
    shapes = face_shapes(face, HERO.brows.height)
    left = shapes[stem + "Left"](FacePoints(points, below, face))
    right = shapes[stem + "Right"](FacePoints(points * mirror, below, face))
    assert np.allclose(left, right * mirror, atol=1e-9)
    assert np.abs(left).max() > 0.5


@pytest.mark.parametrize("jaw", [0.1, 0.35, 1.0])
def test_mouth_close_cancels_the_open_jaw_along_the_whole_mouth(hero: Avatar, jaw: float) -> None:
    assert opening(hero, jawOpen=jaw).max() > 25 * jaw
    upper, lower = lip_lines(hero, jawOpen=jaw, mouthClose=jaw)
    assert np.abs(upper - lower).max() < 0.06


def test_mouth_close_moves_mostly_the_lower_lip(hero: Avatar) -> None:
    moved = displacement(hero, mouthClose=1.0)[:, 1]
    up, down = moved[hero.lip_lower.astype(int)].max(), -moved[hero.lip_upper.astype(int)].min()
    assert up == pytest.approx(3 * down, rel=0.02)


def test_jaw_open_lowers_lower_lip_chin_teeth_and_tongue_but_not_the_upper_lip(hero: Avatar) -> None:
    upper, lower = (line[30] for line in lip_lines(hero, jawOpen=1.0))
    rest_upper, rest_lower = (line[30] for line in lip_lines(hero))
    assert (lower - rest_lower)[1] < -25
    assert abs((upper - rest_upper)[1]) < 6
    assert shift(hero, near(hero, 0, -100), jawOpen=1.0)[1] < -15
    tongue, teeth = hero.material == Material.TONGUE, hero.material == Material.TEETH
    assert shift(hero, tongue, jawOpen=1.0)[1] < -15
    lower_teeth = teeth & (displacement(hero, jawForward=1.0)[:, 2] > 1)
    assert 0 < lower_teeth.sum() < teeth.sum()
    assert shift(hero, lower_teeth, jawOpen=1.0)[1] < -20
    assert abs(shift(hero, teeth & ~lower_teeth, jawOpen=1.0)[1]) < 4


@pytest.mark.parametrize(("name", "direction"), [("jawLeft", (1, 0, 0)), ("jawRight", (-1, 0, 0))])
def test_jaw_goes_sideways_with_everything_on_it(hero: Avatar, name: str, direction: tuple[int, int, int]) -> None:
    for where in (near(hero, 0, -100), hero.material == Material.TONGUE):
        assert shift(hero, where, **{name: 1.0}) @ direction > 5


def test_jaw_forward_pushes_the_chin(hero: Avatar) -> None:
    assert shift(hero, near(hero, 0, -100), jawForward=1.0)[2] > 4


@pytest.mark.parametrize(("side", "sign"), [("Left", 1), ("Right", -1)])
class TestCorners:
    def corner(self, avatar: Avatar, sign: int, **coefficients: float) -> Array:
        upper, _ = lip_lines(avatar, **coefficients)
        rest, _ = lip_lines(avatar)
        end = -1 if sign > 0 else 0
        assert sign * rest[end, 0] > 20
        assert np.abs((upper - rest)[0 if sign > 0 else -1]).max() < 0.5  # the other corner stays
        return (upper - rest)[end]

    def test_smile_goes_up_out_and_back(self, hero: Avatar, side: str, sign: int) -> None:
        dx, dy, dz = self.corner(hero, sign, **{f"mouthSmile{side}": 1.0})
        assert sign * dx > 5
        assert dy > 8
        assert dz < 0

    def test_smile_lifts_the_cheek(self, hero: Avatar, side: str, sign: int) -> None:
        assert shift(hero, near(hero, sign * 44, -32), **{f"mouthSmile{side}": 1.0})[1] > 3

    def test_frown_goes_down(self, hero: Avatar, side: str, sign: int) -> None:
        assert self.corner(hero, sign, **{f"mouthFrown{side}": 1.0})[1] < -8

    def test_stretch_goes_out_without_rising(self, hero: Avatar, side: str, sign: int) -> None:
        dx, dy, _ = self.corner(hero, sign, **{f"mouthStretch{side}": 1.0})
        assert sign * dx > 7
        assert dy < 0

    def test_dimple_goes_in(self, hero: Avatar, side: str, sign: int) -> None:
        assert self.corner(hero, sign, **{f"mouthDimple{side}": 1.0})[2] < -3

    def test_upper_up_and_lower_down_open_their_side(self, hero: Avatar, side: str, sign: int) -> None:
        quarter, other = (45, 15) if sign > 0 else (15, 45)
        for name in (f"mouthUpperUp{side}", f"mouthLowerDown{side}"):
            gap = opening(hero, **{name: 1.0})
            assert gap[quarter] > 3
            assert abs(gap[other]) < 0.5

    def test_brows_cheeks_eyes_and_nose(self, hero: Avatar, side: str, sign: int) -> None:
        inner, outer = near(hero, sign * 16, 32), near(hero, sign * 48, 34)
        assert shift(hero, inner, **{f"browDown{side}": 1.0})[1] < -4
        assert sign * shift(hero, inner, **{f"browDown{side}": 1.0})[0] < -1  # knit
        assert shift(hero, outer, **{f"browOuterUp{side}": 1.0})[1] > 4
        assert shift(hero, near(hero, sign * 42, -28), **{f"cheekSquint{side}": 1.0})[1] > 2
        assert shift(hero, near(hero, sign * 36, -25), **{f"eyeSquint{side}": 1.0})[1] > 0.8
        assert shift(hero, near(hero, sign * 12, -30), **{f"noseSneer{side}": 1.0})[1] > 2

    def test_press_thins_the_lips(self, hero: Avatar, side: str, sign: int) -> None:
        above, beneath = near(hero, sign * 12, -54, 6), near(hero, sign * 12, -68, 6)
        moved = {f"mouthPress{side}": 1.0}
        assert shift(hero, above, **moved)[1] < 0 < shift(hero, beneath, **moved)[1]

    def test_mouth_shifts_to_the_side(self, hero: Avatar, side: str, sign: int) -> None:
        upper, _ = lip_lines(hero, **{f"mouth{side}": 1.0})
        rest, _ = lip_lines(hero)
        assert sign * (upper - rest)[30, 0] > 5


def test_brow_inner_up_raises_both_inner_brows_more_than_the_outer_ones(hero: Avatar) -> None:
    for sign in (1, -1):
        inner = shift(hero, near(hero, sign * 16, 34), browInnerUp=1.0)[1]
        assert inner > 5
        assert inner > 2 * shift(hero, near(hero, sign * 52, 34), browInnerUp=1.0)[1]


def test_cheek_puff_goes_outwards(hero: Avatar) -> None:
    for sign in (1, -1):
        dx, _, dz = shift(hero, near(hero, sign * 42, -60), cheekPuff=1.0)
        assert sign * dx > 1
        assert dz > 1


@pytest.mark.parametrize("name", ["mouthPucker", "mouthFunnel"])
def test_rounding_narrows_pushes_forward_and_levels_the_lip_line(hero: Avatar, name: str) -> None:
    rest, _ = lip_lines(hero)
    upper, _ = lip_lines(hero, **{name: 1.0})
    assert np.ptp(upper[:, 0]) < 0.8 * np.ptp(rest[:, 0])
    assert (upper - rest)[30, 2] > 6
    assert rest[[0, -1], 1].mean() > rest[30, 1] + 3  # the lip line smiles at rest
    assert upper[[0, -1], 1].mean() < upper[30, 1] - 1.5  # and arches when rounded
    assert opening(hero, **{name: 1.0}).min() > -0.3


def test_upper_teeth_hide_behind_rounded_lips(hero: Avatar) -> None:
    teeth = (hero.material == Material.TEETH) & (displacement(hero, jawForward=1.0)[:, 2] < 1)
    front = teeth & (np.abs(hero.position[:, 0]) < 8)
    for vowel in (
        {"jawOpen": 0.1, "mouthPucker": 0.85, "mouthFunnel": 0.18},
        {"jawOpen": 0.5, "mouthFunnel": 0.85, "mouthPucker": 0.25},
    ):
        upper, _ = lip_lines(hero, **vowel)
        edge = (hero.position + displacement(hero, **vowel))[front, 1].min()
        assert edge > upper[30, 1] - 1.5


def test_roll_takes_the_lips_in(hero: Avatar) -> None:
    assert shift(hero, near(hero, 0, -68, 6), mouthRollLower=1.0)[2] < -2
    assert shift(hero, near(hero, 0, -57, 5), mouthRollUpper=1.0)[2] < -2


def test_shrugs_push_the_lips_up(hero: Avatar) -> None:
    assert shift(hero, near(hero, 0, -75, 8), mouthShrugLower=1.0)[1] > 2
    assert shift(hero, near(hero, 0, -55, 6), mouthShrugUpper=1.0)[1] > 1


def test_tongue_tip_goes_up_and_out_while_its_root_stays(hero: Avatar) -> None:
    tongue = hero.material == Material.TONGUE
    depth = hero.position[:, 2]
    tip = tongue & (depth > np.quantile(depth[tongue], 0.9))
    root = tongue & (depth < np.quantile(depth[tongue], 0.03))
    assert shift(hero, tip, tongueUp=1.0)[1] > 10
    assert shift(hero, tip, tongueOut=1.0)[2] > 18
    for name in ("tongueUp", "tongueOut"):
        assert np.linalg.norm(shift(hero, root, **{name: 1.0})) < 4


def test_tongue_shows_between_teeth_and_lower_lip_on_th(hero: Avatar) -> None:
    th = {"jawOpen": 0.16, "tongueOut": 0.75, "mouthLowerDownLeft": 0.14, "mouthLowerDownRight": 0.14}
    position = hero.position + displacement(hero, **th)
    upper, lower = lip_lines(hero, **th)
    middle = np.abs(hero.position[:, 0]) < 6
    tongue, teeth = ((hero.material == m) & middle for m in (Material.TONGUE, Material.TEETH))
    seen = position[tongue & (position[:, 1] > lower[30, 1]) & (position[:, 1] < upper[30, 1])]
    assert len(seen) > 5
    assert seen[:, 2].max() > position[teeth, 2].max()


def test_lid_rows_at_the_edge_do_not_ride_on_the_skin(hero: Avatar) -> None:
    lids, row = hero.lid_index.astype(int), hero.lid_param[:, 1]
    moved = np.linalg.norm(displacement(hero, cheekSquintLeft=1.0, browInnerUp=1.0)[lids], axis=1)
    assert moved[row > 0.9].max() < 0.05
    assert moved[row < 0.3].max() > 0.3


def test_lips_that_would_cross_are_taken_back_on_both_lips(hero: Avatar) -> None:
    weight = hero.lip_weight
    assert weight.max() > 0.99
    assert weight.min() < -0.99
    contour = np.isin(hero.lip_index, np.concatenate([hero.lip_upper, hero.lip_lower]))
    middle = contour & (np.abs(hero.lip_position - 30) < 20)
    assert np.allclose(np.abs(weight[middle]), 1.0)
    assert np.all(hero.stencil[hero.lip_index.astype(int)] == Stencil.NONE)
