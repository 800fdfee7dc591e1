"""What the boundary to the native core refuses, and says."""

from __future__ import annotations

import ctypes
import dataclasses
import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from tests.unit.rendering.motion import face
from visavis_agent.core.errors import EngineError
from visavis_agent.rendering import native
from visavis_agent.rendering.avatar import Avatar
from visavis_agent.rendering.native import Scene, isa_name
from visavis_agent.rendering.renderer import Renderer


def test_a_missing_library_names_the_remedy(monkeypatch: pytest.MonkeyPatch, avatar: Avatar) -> None:
    monkeypatch.setattr(native, "library_places", lambda: [Path("nowhere") / native.LIBRARY])
    native._library.cache_clear()
    try:
        with pytest.raises(EngineError, match="make env"):
            Scene(avatar)
    finally:
        native._library.cache_clear()


def test_a_library_that_is_none_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, avatar: Avatar, tmp_path: Path
) -> None:
    (tmp_path / native.LIBRARY).write_bytes(b"not a library")
    monkeypatch.setattr(native, "library_places", lambda: [tmp_path / native.LIBRARY])
    native._library.cache_clear()
    try:
        with pytest.raises(EngineError, match="cannot be loaded"):
            Scene(avatar)
    finally:
        native._library.cache_clear()


def test_the_library_of_an_ament_prefix_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", "/opt/one:/opt/two")
    assert Path("/opt/two/lib") / native.LIBRARY in native.library_places()


@pytest.mark.parametrize("threads", [0, -1, 65, 1000])
def test_impossible_numbers_of_threads_are_refused(avatar: Avatar, threads: int) -> None:
    with pytest.raises(EngineError, match="1 to 64"):
        Scene(avatar, threads)


def test_the_best_instruction_set_is_one_of_the_known(avatar: Avatar) -> None:
    assert isa_name("best") in ("avx2", "sse2", "neon", "generic")


def test_wrong_shapes_and_types_are_refused(renderer: Renderer, avatar: Avatar) -> None:
    pose = renderer.pose(face())
    scene = Scene(avatar)
    for wrong in (
        dataclasses.replace(pose, coefficients=pose.coefficients[:-1]),
        dataclasses.replace(pose, coefficients=pose.coefficients.astype(np.float64)),
        dataclasses.replace(pose, joints=np.asfortranarray(pose.joints)),
        dataclasses.replace(pose, lids=pose.lids[:3]),
    ):
        with pytest.raises(EngineError, match="must be"):
            scene.draw(wrong, renderer.camera, None)
    with pytest.raises(EngineError, match="background"):
        scene.draw(pose, renderer.camera, np.zeros((3, 3, 3), np.uint8))
    with pytest.raises(EngineError, match="refused an argument"):
        scene.draw(pose, dataclasses.replace(renderer.camera, focal=float("nan")), None)


def test_structures_are_as_large_as_in_c() -> None:
    # 8 counts, 31 pointers, 2 eyes of 36 floats, 2 floats, 3 indices, 1 count, 2 pointers: no padding
    assert ctypes.sizeof(native._Eye) == 4 * 36
    assert ctypes.sizeof(native._Avatar) == 8 * 4 + 33 * 8 + 2 * 4 * 36 + 2 * 4 + 4 * 4 + 2 * 8
    assert ctypes.sizeof(native._Capsule) == 4 * 10


def _draw_in_child(renderer: Renderer, queue: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    try:
        renderer.draw(face())
    except EngineError as error:
        queue.put(str(error))


def test_a_forked_child_is_told_to_make_its_own_renderer(avatar: Avatar) -> None:
    renderer = Renderer(avatar, (64, 64), 2)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_draw_in_child, args=(renderer, queue))
    child.start()
    said = queue.get(timeout=30)
    child.join(30)
    assert "another process" in said
