"""Hostile files and hostile motion: a clear error or documented clamping, never a crash.

`make fuzz` takes 10,000 files and 100,000 faces, the ordinary tests a sample.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from visavis_agent.core.arkit import ARKIT_COUNT
from visavis_agent.core.errors import ConfigurationError, VisavisError
from visavis_agent.core.records import FaceMotion
from visavis_agent.rendering.avatar import Avatar, AvatarError
from visavis_agent.rendering.avatar_file import load_avatar, save_avatar
from visavis_agent.rendering.renderer import FULL, Renderer

EXAMPLES = settings.default.max_examples if settings.default else 100
FULL_RUN = EXAMPLES >= 1000
FILES, FACES = (10, 100) if FULL_RUN else (1, 10)  # an example
T = TypeVar("T")
STRANGE = (0.0, -0.0, 1.0, -1.0, 1.0001, 2.0, -7.0, 1e30, -1e30, 1e-40, np.inf, -np.inf, np.nan)
SEEDS = st.integers(0, 2**32 - 1)
fuzzed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, avatar: Avatar) -> Path:
    path = tmp_path_factory.mktemp("fuzz") / "tiny.avatar"
    save_avatar(path, avatar)
    return path


class Members(dict[str, bytes]):
    """The members of the stored file; a failing example does not print them."""

    def __repr__(self) -> str:
        return "members"


@pytest.fixture(scope="module")
def members(stored: Path) -> Members:
    with zipfile.ZipFile(stored) as archive:
        return Members({name: archive.read(name) for name in archive.namelist()})


def tried(action: Callable[[], T], kind: type[Exception]) -> tuple[T | None, str]:
    """What the action gives, or the words of its error, which must be of that kind."""
    try:
        return action(), ""
    except kind as error:
        return None, str(error)


# ----------------------------------------------------------------------------------------------------- files
def damaged(rng: np.random.Generator, data: bytes) -> bytes:
    """Bytes flipped, cut out, doubled, zeroed or appended, or the end missing."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        if not out:
            break
        # half of the time near the end, where a zip has its directory
        low = max(0, len(out) - 3000) if rng.random() < 0.5 else 0
        at, n = int(rng.integers(low, len(out))), int(rng.integers(1, 2000))
        match rng.integers(6):
            case 0:
                out[at] ^= int(rng.integers(1, 256))
            case 1:
                del out[at : at + n]
            case 2:
                out[at:at] = out[at : at + n]
            case 3:
                out[at : at + n] = bytes(len(out[at : at + n]))
            case 4:
                out += rng.bytes(n)
            case _:
                del out[at:]
    return bytes(out)


def strange_values(rng: np.random.Generator, data: bytes) -> bytes:
    """An array with some values of another kind, or another shape or type."""
    array = np.load(io.BytesIO(data)).copy()
    flat = array.reshape(-1)
    match rng.integers(4):
        case 0 | 1 if flat.size:
            where = rng.integers(0, flat.size, rng.integers(1, 4))
            kind = array.dtype
            values = rng.choice(STRANGE, len(where)) if kind.kind == "f" else rng.integers(0, np.iinfo(kind).max)
            with np.errstate(over="ignore"):
                flat[where] = values
        case 2:
            array = array[: int(rng.integers(0, len(array) + 1))]
        case _:
            array = array.astype(rng.choice(["float64", "int32", "uint8", "bool"]))
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(array), (1, 0))
    return out.getvalue()


def strange_description(rng: np.random.Generator, data: bytes) -> bytes:
    """avatar.json with one value replaced, wherever it lies."""
    described = json.loads(data)
    here: Any = described
    while True:
        key = rng.choice(list(here)) if isinstance(here, dict) else int(rng.integers(len(here)))
        key = str(key) if isinstance(here, dict) else key
        deeper = here[key]
        if isinstance(deeper, dict | list) and deeper and rng.random() < 0.8:
            here = deeper
            continue
        here[key] = [None, -1, 1e308, "", [], {}, True, 0, 2**70, "\u0000"][rng.integers(10)]
        return json.dumps(described).encode()


def mutated(rng: np.random.Generator, stored: Path, members: Members) -> bytes:
    """An avatar file with a fault: in its bytes, in an array, or in its description."""
    if rng.random() < 0.4:
        return damaged(rng, stored.read_bytes())
    name = "avatar.json" if rng.random() < 0.3 else str(rng.choice(list(members)))
    change = strange_description if name == "avatar.json" else strange_values
    data = change(rng, members[name]) if rng.random() < 0.8 else damaged(rng, members[name])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for member, good in members.items():
            archive.writestr(member, data if member == name else good)
    return out.getvalue()


@fuzzed
@given(seed=SEEDS)
def test_a_mutated_file_is_refused_with_an_avatar_error_or_can_be_drawn(
    seed: int, stored: Path, members: Members
) -> None:
    rng = np.random.default_rng(seed)
    path = stored.with_name("mutated.avatar")
    for _ in range(FILES):
        path.write_bytes(mutated(rng, stored, members))
        avatar, words = tried(lambda: load_avatar(path), AvatarError)
        if avatar is None:
            assert "mutated.avatar" in words
            continue
        image, report = Renderer(avatar, (24, 20), 1, "half").draw(
            FaceMotion(media_ns=0, coefficients=np.full(ARKIT_COUNT, 0.7, np.float32))
        )
        assert image.shape == (20, 24, 3)
        assert np.isfinite(report.mouth_gap_mm)


# ----------------------------------------------------------------------------------------------------- motion
@pytest.fixture(scope="module")
def small(avatar: Avatar) -> Renderer:
    return Renderer(avatar, (24, 20), 1, "face")


def any_motion(rng: np.random.Generator) -> dict[str, Any]:
    """What a FaceMotion may be asked to hold: mostly sensible, some of it absurd."""
    values = np.clip(rng.uniform(-0.2, 1.2, ARKIT_COUNT), 0, 1).astype(np.float32)
    turns = rng.normal(0, 0.5, 7)
    if rng.random() < 0.2:
        where = rng.integers(0, ARKIT_COUNT, rng.integers(1, 8))
        with np.errstate(over="ignore"):
            values[where] = rng.choice(STRANGE, len(where))
    if rng.random() < 0.2:
        turns[rng.integers(7)] = rng.choice([*STRANGE, 3.2, -40.0])
    head, left, right = (tuple(float(v) for v in part) for part in np.split(turns, [3, 5]))
    return {"coefficients": values, "head": head, "left_eye": left, "right_eye": right}


@fuzzed
@given(seed=SEEDS)
def test_any_face_is_refused_or_drawn(seed: int, small: Renderer) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(FACES):
        values = any_motion(rng)
        motion, words = tried(partial(FaceMotion, media_ns=0, **values), ValueError)  # a node counts it and goes on
        if motion is None:
            assert "not finite" in words or "0–1" in words
            continue
        image, report = small.draw(motion, None, float(rng.uniform(0, FULL)))
        assert image.shape == (20, 24, 3)
        assert np.isfinite([report.mouth_gap_mm, report.mouth_gap_px]).all()


@fuzzed
@given(seed=SEEDS)
def test_any_pose_is_refused_or_drawn(seed: int, small: Renderer) -> None:
    rng = np.random.default_rng(seed)
    pose = small.pose(FaceMotion(media_ns=0, coefficients=np.zeros(ARKIT_COUNT, np.float32)))
    for name, size in (("coefficients", 1.0), ("joints", 1e3), ("lids", 1.0)):
        array = getattr(pose, name).reshape(-1)
        where = rng.integers(0, len(array), rng.integers(0, 6))
        with np.errstate(over="ignore"):
            absurd = rng.choice([*STRANGE, 9.9e4, -9.9e4], len(where))
            array[where] = np.where(rng.random(len(where)) < 0.2, absurd, rng.normal(0, size, len(where)))
    drawn, words = tried(lambda: small._scene.draw(pose, small.camera, small.background), VisavisError)
    assert "of the pose are not within" in words if drawn is None else drawn[0].shape == (20, 24, 3)


def test_what_is_no_number_never_reaches_the_native_core(small: Renderer) -> None:
    good = FaceMotion(media_ns=0, coefficients=np.zeros(ARKIT_COUNT, np.float32))
    pose = small.pose(good)
    for name in ("coefficients", "joints", "lids"):
        getattr(pose, name)[...] = np.nan
        with pytest.raises(VisavisError, match=f"{name} of the pose"):
            small._scene.draw(pose, small.camera, small.background)
        pose = small.pose(good)
    for detail in (float("nan"), -0.1, 2.1):
        with pytest.raises(VisavisError, match="argument"):
            small.draw(good, None, detail)


@pytest.mark.parametrize("size", [(1, 1), (1, 512), (512, 15), (10_000, 10_000), (512, 4097), (0, 0), (-5, 20)])
def test_sizes_out_of_range_are_refused(avatar: Avatar, size: tuple[int, int]) -> None:
    with pytest.raises(ConfigurationError, match="cannot be drawn"):
        Renderer(avatar, size)


@pytest.mark.parametrize("size", [(16, 16), (16, 4096), (4096, 16), (17, 33)])
def test_the_smallest_and_the_narrowest_pictures_are_drawn(avatar: Avatar, size: tuple[int, int]) -> None:
    image, _ = Renderer(avatar, size).draw(FaceMotion(media_ns=0, coefficients=np.zeros(ARKIT_COUNT, np.float32)))
    assert image.shape == (size[1], size[0], 3)
