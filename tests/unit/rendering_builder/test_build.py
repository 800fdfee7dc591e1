"""Building is repeatable, keeps to its budget, and gives an avatar that the format accepts."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from visavis_agent.core.skeleton import JOINTS
from visavis_agent.rendering.avatar import Avatar, Material, Stencil
from visavis_agent.rendering.avatar_file import load_avatar, save_avatar
from visavis_agent.rendering.builder.build import build
from visavis_agent.rendering.builder.parameters import DEFAULT_GAUSSIANS, HERO, Character


def same(first: Avatar, second: Avatar) -> bool:
    pairs = [(getattr(first, f.name), getattr(second, f.name)) for f in fields(Avatar)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


def test_same_seed_gives_the_same_avatar(coarse: Character, hero: Avatar) -> None:
    assert same(build(coarse, seed=7), hero)


def test_another_seed_gives_other_points(coarse: Character, hero: Avatar) -> None:
    assert not same(build(coarse, seed=8), hero)


def test_avatar_file_keeps_everything(hero: Avatar, tmp_path: Path) -> None:
    path = tmp_path / "hero.avatar"
    save_avatar(path, hero)
    assert same(load_avatar(path), replace(hero, provenance=load_avatar(path).provenance))


def test_default_hero_keeps_to_its_budget_and_spends_most_of_it() -> None:
    count = build(HERO).count
    assert 0.9 * DEFAULT_GAUSSIANS < count <= DEFAULT_GAUSSIANS


def test_detail_scales_the_number_of_gaussians(hero: Avatar) -> None:
    assert 0.15 * DEFAULT_GAUSSIANS < hero.count < 0.4 * DEFAULT_GAUSSIANS


def test_stencils_clip_what_lies_behind_mouth_and_eyes(hero: Avatar) -> None:
    inside_mouth = np.isin(hero.material, (Material.CAVITY, Material.TEETH, Material.TONGUE))
    inside_eyes = np.isin(hero.material, (Material.EYE, Material.GLINT))
    assert np.array_equal(hero.stencil == Stencil.MOUTH, inside_mouth)
    assert np.array_equal(np.isin(hero.stencil, (Stencil.LEFT_EYE, Stencil.RIGHT_EYE)), inside_eyes)
    assert np.all(hero.position[hero.stencil == Stencil.LEFT_EYE, 0] > 0)


def test_joints_have_the_shape_of_the_contracts_skeleton(hero: Avatar) -> None:
    rest = {joint.name: np.array(joint.position) for joint in hero.joints}
    for side, sign in (("l", 1), ("r", -1)):
        shoulder, elbow, wrist = (rest[f"{name}_{side}"] for name in ("shoulder", "elbow", "wrist"))
        assert sign * shoulder[0] > 100
        for joint in (elbow, wrist):  # the arm hangs straight down
            assert np.allclose(joint[[0, 2]], shoulder[[0, 2]])
        assert shoulder[1] > elbow[1] > wrist[1] > rest[f"index_proximal_{side}"][1]
        assert rest[f"thumb_proximal_{side}"][2] > rest[f"little_proximal_{side}"][2]
    order = [rest[name][1] for name in ("pelvis", "spine", "chest", "neck", "head", "eye_l")]
    assert order == sorted(order)
    assert len(rest) == len(JOINTS) + 2


@pytest.mark.parametrize(("side", "sign"), [("l", 1), ("r", -1)])
def test_hands_hang_at_their_own_side_and_follow_fingers(hero: Avatar, side: str, sign: int) -> None:
    names = [joint.name for joint in hero.joints]
    for finger in ("thumb", "index", "middle", "ring", "little"):
        distal = hero.joint[:, 1] == names.index(f"{finger}_distal_{side}")
        assert distal.sum() > 10
        assert np.all(sign * hero.position[distal, 0] > 0)
        rest = np.array(hero.joints[names.index(f"{finger}_distal_{side}")].position)
        assert hero.position[distal & (hero.joint_weight > 0.99), 1].max() < rest[1] + 8


def test_light_is_baked_brightest_on_the_key_side(hero: Avatar) -> None:
    """The key light shines from the own right."""
    x, y, z = hero.position.T
    cheek = (hero.material == Material.SKIN) & (np.abs(y + 60) < 30) & (z > 20)
    right, left = cheek & (x < -40), cheek & (x > 40)
    assert hero.key_visibility[right].mean() > hero.key_visibility[left].mean()


def test_closed_lids_leave_no_slit(hero: Avatar) -> None:
    for eye in hero.eyes.values():
        u = np.linspace(-1, 1, 101)

        def edge(shut: float, skew: float, power: float, u: np.ndarray = u) -> np.ndarray:
            return np.clip(1 - np.abs(u + skew * (1 - u * u)) ** power, 0, 1) * shut

        upper = edge(eye.upper.shut, eye.upper.skew, eye.upper.power)
        lower = edge(eye.lower.shut, eye.lower.skew, eye.lower.power)
        assert np.all(upper <= lower + 0.002)
