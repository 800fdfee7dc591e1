"""Levels of detail: fewer Gaussians that cover the same, and no jump on the way from one level to the next."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.unit.rendering.motion import face
from visavis_agent.rendering.avatar import Array, Avatar
from visavis_agent.rendering.builder.cloud import Cloud, CloudBuilder
from visavis_agent.rendering.builder.levels import by_level, detail_levels
from visavis_agent.rendering.builder.sampling import fibonacci_sphere
from visavis_agent.rendering.renderer import FULL, Renderer

RADIUS, COUNT = 80.0, 3000


def ball(part: str) -> Cloud:
    """Even points on a sphere, sampled like the surfaces of a character."""
    cloud = CloudBuilder()
    d = fibonacci_sphere(COUNT) + np.random.default_rng(0).normal(0, 0.006, (COUNT, 3))
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    cloud.add(part, d * RADIUS, d, 0.84 * RADIUS * np.sqrt(4 * np.pi / COUNT), [0.2, 0.5, 0.6])
    return cloud.finish()


def covered(avatar: Avatar, cloud: Cloud, level: Array, grown: Array, detail: float) -> Array:
    """How opaque the ball is on a picture, 0-255, where the test avatar's other Gaussians are away."""
    n = len(cloud)
    keep = {"lip_upper": np.arange(21), "lip_lower": np.arange(21)}
    none = {name: getattr(avatar, name)[:0] for name in avatar.__slots__ if name.startswith(("lid_", "lash_", "lip_i"))}
    none |= {name: getattr(avatar, name)[:0] for name in ("lip_position", "lip_weight", "delta_index", "delta_value")}
    f32 = np.float32
    only = replace(
        avatar,
        position=cloud.position.astype(f32),
        tangent_a=cloud.tangent_a.astype(f32),
        tangent_b=cloud.tangent_b.astype(f32),
        thickness=cloud.thickness.astype(f32),
        normal=cloud.normal.astype(f32),
        albedo=cloud.albedo.astype(f32),
        opacity=cloud.opacity.astype(f32),
        specular=cloud.specular.astype(f32),
        level=level.astype(np.uint8),
        grown=grown.astype(f32),
        **{name: np.full((n, 2), 4, np.uint8) for name in ("joint",)},
        **{name: np.ones(n, f32) for name in ("ambient", "key_visibility")},
        rim_visibility=np.ones((n, 2), f32),
        material=np.full(n, 4, np.uint8),
        stencil=np.zeros(n, np.uint8),
        joint_weight=np.zeros(n, f32),
        delta_offset=np.zeros_like(avatar.delta_offset),
        **{name: value.astype(np.uint32) for name, value in keep.items()},
        **none,
    )
    renderer = Renderer(only, (160, 160), 1, "face")
    return renderer._scene.draw(renderer.pose(face(), None, detail), renderer.camera, None, alpha=True)[0][..., 3]


@pytest.mark.parametrize("part", ["skin", "torso", "hand_l"])
@pytest.mark.parametrize("detail", [0.0, 0.5, 1.0, 1.5])
def test_fewer_gaussians_cover_the_same_surface(avatar: Avatar, part: str, detail: float) -> None:
    cloud = ball(part)
    level, grown = detail_levels(cloud, np.random.default_rng(1))
    full, less = (covered(avatar, cloud, level, grown, d) for d in (FULL, detail))
    inside = full > 250
    assert inside.sum() > 4000
    assert less[inside].min() > 225
    assert np.abs(less.astype(int) - full).mean() < 3


def test_levels_are_nested_shares_and_what_is_not_thinned_does_not_grow() -> None:
    for part, low, middle in (("skin", 0.40, 0.72), ("torso", 0.60, 0.78), ("lid_up_l", 1.0, 1.0)):
        level, grown = detail_levels(ball(part), np.random.default_rng(1))
        assert (level == 0).mean() == pytest.approx(low, abs=0.06)
        assert (level <= 1).mean() == pytest.approx(middle, abs=0.06)
        assert np.all(grown[level == 2] == 1)
        assert np.all(grown[level == 1, 0] == 1)
        assert np.all(grown >= 1)
        assert (low < 1) == (grown[level == 0, 0].mean() > 1.2)


def test_the_file_has_the_coarse_level_of_a_part_first() -> None:
    cloud = ball("skin")
    level, _ = detail_levels(cloud, np.random.default_rng(1))
    assert np.all(np.diff(level[by_level(cloud, level)].astype(int)) >= 0)


def test_detail_fades_without_a_jump(avatar: Avatar) -> None:
    renderer = Renderer(avatar, (160, 160), 1, "half")
    pictures = [renderer.draw(face(), None, d)[0].astype(int) for d in np.linspace(0, FULL, 25)]
    steps = [np.abs(a - b).mean() for a, b in pairwise(pictures)]
    whole = np.abs(pictures[0] - pictures[-1]).mean()
    assert whole > 0.1
    assert max(steps) < 0.2 * whole


def test_whole_levels_draw_their_gaussians_only(avatar: Avatar) -> None:
    renderer = Renderer(avatar, (160, 160), 1, "half")
    drawn = [renderer.draw(face(), None, float(d))[1].drawn for d in range(3)]
    without = replace(avatar, opacity=np.where(avatar.level > 0, 0, avatar.opacity).astype(np.float32))
    assert drawn[0] < drawn[1] < drawn[2]
    assert drawn[0] == Renderer(without, (160, 160), 1, "half").draw(face())[1].drawn
    assert avatar.level_counts()[-1] == avatar.count
