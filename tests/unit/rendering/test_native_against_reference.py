"""The native core draws the picture that the numpy reference defines, on any threads and instruction set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rendering.motion import face
from tests.unit.rendering.random_scene import random_avatar
from visavis_agent.core.records import FaceMotion
from visavis_agent.rendering import reference
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.avatars import avatars_directory, open_avatar
from visavis_agent.rendering.native import isa_name
from visavis_agent.rendering.renderer import FULL, Renderer

ISAS = [isa for isa in ("baseline", "avx2") if isa_name(isa)]


def deviation(renderer: Renderer, motion: FaceMotion, detail: float = FULL) -> tuple[float, int]:
    """Mean and largest difference from the reference, of 255."""
    image, _ = renderer.draw(motion, None, detail)
    posed, _ = renderer.posed(motion, None, detail)
    expected = reference.draw(renderer.avatar, posed, renderer.camera, renderer.background)
    difference = np.abs(image.astype(int) - expected)
    return float(difference.mean()), int(difference.max())


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    width=st.integers(16, 150),
    height=st.integers(16, 150),
    isa=st.sampled_from(ISAS),
    detail=st.sampled_from([0.0, 0.4, 1.0, 1.7, 2.0]),
)
def test_random_scenes_agree(seed: int, width: int, height: int, isa: str, detail: float) -> None:
    renderer = Renderer(random_avatar(seed), (width, height), 1, "bust", isa)
    mean, largest = deviation(renderer, face(head=(0.1, -0.2, 0.3)), detail)
    assert mean <= 1.0
    assert largest <= 8


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize(
    "motion",
    [
        face(),
        face(jawOpen=0.8, mouthSmile=0.5, head=(0.1, 0.1, 0.3)),
        face(eyeBlink=0.6, eyeWide=0.2, left_eye=(0.3, -0.2), right_eye=(0.3, -0.2)),
    ],
    ids=["neutral", "open", "lids"],
)
def test_the_whole_avatar_agrees(avatar: Avatar, motion: FaceMotion, isa: str) -> None:
    mean, largest = deviation(Renderer(avatar, (160, 128), 2, "bust", isa), motion)
    assert mean <= 1.0
    assert largest <= 8


def test_the_hero_agrees() -> None:
    if not (avatars_directory() / "hero.avatar").is_file():
        pytest.skip("the hero has not been built: `visavis avatar make hero`")
    hero = open_avatar("hero")
    mean, largest = deviation(Renderer(hero, (96, 96), 1, "face"), face(jawOpen=0.5, mouthSmile=0.4))
    assert mean <= 1.0
    assert largest <= 8


@pytest.mark.parametrize("isa", ISAS)
def test_the_picture_does_not_depend_on_the_number_of_threads(avatar: Avatar, isa: str) -> None:
    motion = face(jawOpen=0.5, mouthSmile=0.7, eyeBlink=0.3, head=(0.0, 0.1, -0.2))
    pictures = [Renderer(avatar, (200, 120), threads, "bust", isa).draw(motion)[0] for threads in (1, 2, 5)]
    assert all(np.array_equal(pictures[0], picture) for picture in pictures[1:])


def test_a_renderer_keeps_no_memory_of_earlier_frames(avatar: Avatar) -> None:
    fresh, used = (Renderer(avatar, (128, 128), 2, "face") for _ in range(2))
    for motion in (face(jawOpen=1.0), face(eyeBlink=1.0, mouthPucker=1.0), face(head=(0.3, 0.3, 0.3))):
        used.draw(motion)
    assert np.array_equal(fresh.draw(face(jawOpen=0.3))[0], used.draw(face(jawOpen=0.3))[0])


def test_a_steady_picture_makes_no_buffer_grow(renderer: Renderer) -> None:
    motions = [face(jawOpen=k / 10, head=(0, 0, k / 40)) for k in range(10)]
    for motion in motions:
        renderer.draw(motion)
    assert all(renderer.draw(motion)[1].growths == 0 for motion in motions)


def test_equal_depths_are_drawn_in_the_order_of_the_file() -> None:
    avatar = random_avatar(3, 40)
    first, last = len(avatar.position) - 2, len(avatar.position) - 1
    for name, value in (("opacity", 0.0), ("stencil", 0), ("material", 8), ("joint_weight", 0), ("joint", 4)):
        getattr(avatar, name)[:] = value
    avatar.position[[first, last]] = (0, -30, 60)
    avatar.tangent_a[[first, last]], avatar.tangent_b[[first, last]] = (8, 0, 0), (0, 8, 0)
    avatar.opacity[[first, last]] = 1.0
    avatar.albedo[first], avatar.albedo[last] = (1, 0, 0), (0, 0, 1)
    red, _, blue = Renderer(avatar, (64, 64), 1, "face").draw(face())[0][32, 32].astype(int)
    assert red > blue + 100


def test_alpha_over_a_background_is_the_opaque_picture(renderer: Renderer) -> None:
    motion = face(jawOpen=0.4)
    image, _ = renderer.draw(motion)
    layer, _ = renderer.draw_alpha(motion)
    alpha = layer[..., 3:].astype(float) / 255
    over = layer[..., :3] * alpha + renderer.background * (1 - alpha)
    assert np.abs(over - image).max() <= 2.5
    assert layer[0, 0, 3] == 0
    assert layer[96, 96, 3] > 200
