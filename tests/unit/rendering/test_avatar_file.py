"""The avatar file: round trip, every rule, and hostile bytes."""

from __future__ import annotations

import dataclasses
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.rendering.motion import face
from tests.unit.rendering.tiny_avatar import tiny_avatar
from visavis_agent.core.errors import FormatError
from visavis_agent.rendering.avatar import Attributes, Avatar, AvatarError, Framing, Material
from visavis_agent.rendering.avatar_file import load_avatar, save_avatar
from visavis_agent.rendering.renderer import Renderer


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory, avatar: Avatar) -> Path:
    path = tmp_path_factory.mktemp("avatar") / "tiny.avatar"
    save_avatar(path, avatar)
    return path


@pytest.fixture(scope="session")
def members(stored: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(stored) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_what_was_saved_is_loaded(stored: Path, avatar: Avatar) -> None:
    loaded = load_avatar(stored)
    for field in dataclasses.fields(Avatar):
        ours, theirs = getattr(avatar, field.name), getattr(loaded, field.name)
        if isinstance(ours, np.ndarray):
            assert ours.dtype == theirs.dtype
            assert np.array_equal(ours, theirs), field.name
        else:
            assert ours == theirs, field.name


def test_the_same_avatar_gives_the_same_bytes(stored: Path, avatar: Avatar, tmp_path: Path) -> None:
    save_avatar(tmp_path / "again.avatar", avatar)
    assert (tmp_path / "again.avatar").read_bytes() == stored.read_bytes()


def with_value(name: str, row: int, value: float) -> Callable[[Avatar], dict[str, Any]]:
    def change(avatar: Avatar) -> dict[str, Any]:
        array = getattr(avatar, name).copy()
        array.reshape(len(array), -1)[row, 0] = value
        return {name: array}

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_value("position", 3, np.nan), ["position", "nan", "row 3"]),
        (with_value("tangent_a", 5, np.inf), ["tangent_a", "row 5"]),
        (with_value("opacity", 7, 1.5), ["opacity", "1.5", "row 7", "0 to 1"]),
        (lambda a: {"normal": a.normal * np.float32(0.5)}, ["normal", "length 0.500", "row 0"]),
        (with_value("material", 9, len(Material)), ["material", "row 9"]),
        (with_value("stencil", 9, 4), ["stencil", "row 9"]),
        (with_value("joint", 1, 200), ["joint", "row 1"]),
        (with_value("delta_index", 4, 400_000), ["delta_index", "Gaussian 400000", "row 4"]),
        (with_value("delta_offset", 0, 1), ["delta_offset"]),
        (with_value("delta_offset", 5, 10_000), ["delta_offset"]),
        (with_value("delta_value", 8, np.nan), ["delta_value", "row 8"]),
        (with_value("lip_upper", 2, 300_000), ["lip_upper", "row 2"]),
        (with_value("lip_position", 2, 500), ["lip_position"]),
        (with_value("lid_part", 2, 4), ["lid_part", "row 2"]),
        (with_value("lash_eye", 2, 2), ["lash_eye", "row 2"]),
        (lambda a: {"opacity": a.opacity[:-1]}, ["opacity", "shape"]),
        (lambda a: {"normal": a.normal[:, :2]}, ["normal", "shape"]),
        (lambda a: {"position": a.position.astype(np.float64)}, ["position", "float64"]),
        (lambda a: {"lid_index": np.repeat(a.lid_index[:1], len(a.lid_index))}, ["lid_index", "twice"]),
        (lambda a: {"delta_index": a.delta_index[::-1].copy()}, ["delta_index", "ascend", "jawOpen"]),
        (lambda a: {"joints": a.joints[:-1]}, ["joint", "eye_r"]),
        (lambda a: {"joints": (a.joints[1], a.joints[0], *a.joints[2:])}, ["joint 0", "pelvis"]),
        (lambda a: {"eyes": {"left": a.eyes["left"]}}, ["eyes", "left and right"]),
        (lambda a: {"framings": {"bust": Framing((0, 0), (1, 1))}}, ["framings", "face"]),
        (lambda a: {"framings": {**a.framings, "half": Framing((0, 0), (0, 1))}}, ["framing half size"]),
        (lambda a: {"name": " "}, ["name", "empty"]),
        (lambda a: {"attributes": Attributes("dog", "neutral")}, ["kind", "human or robot"]),
        (lambda a: {"attributes": Attributes("human", "neutral", 900)}, ["age"]),
        (
            lambda a: {"eyes": {**a.eyes, "left": dataclasses.replace(a.eyes["left"], radius=float("nan"))}},
            ["left eye radius", "nan"],
        ),
    ],
)
def test_a_broken_rule_is_named(
    change: Callable[[Avatar], dict[str, Any]], words: list[str], avatar: Avatar, tmp_path: Path
) -> None:
    broken = dataclasses.replace(avatar, **change(avatar))
    with pytest.raises(AvatarError) as caught:
        save_avatar(tmp_path / "broken.avatar", broken)
    assert isinstance(caught.value, FormatError)
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(AvatarError, match=r"nobody\.avatar: cannot be read"):
        load_avatar(tmp_path / "nobody.avatar")


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.avatar"
    for data in (b"", b"hello", b"PK\x03\x04", pickle.dumps([1, 2, 3])):
        path.write_bytes(data)
        with pytest.raises(AvatarError, match="damaged or not an avatar"):
            load_avatar(path)
    with pytest.raises(AvatarError, match=r"zip without avatar\.json"):
        load_avatar(rewritten(path, {"readme.txt": b"hi"}))


def test_another_version_says_what_this_program_reads(members: dict[str, bytes], tmp_path: Path) -> None:
    described = json.loads(members["avatar.json"])
    described["version"] = 1
    path = rewritten(tmp_path / "x.avatar", {**members, "avatar.json": json.dumps(described).encode()})
    with pytest.raises(AvatarError, match="version 1, this program reads 2"):
        load_avatar(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "JSON"),
        (b"[1]", "no avatar file"),
        (b'{"format": "visavis-avatar", "version": 2, "units": "m"}', "units"),
        (b'{"format": "visavis-avatar", "version": 2, "units": "mm"}', "name"),
        (b'{"format": NaN}', "JSON"),
        (b"[" * 100_000, "JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b" " * (2 << 20), "larger"),
    ],
)
def test_a_bad_description_is_refused(text: bytes, words: str, members: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(AvatarError, match=words):
        load_avatar(rewritten(tmp_path / "x.avatar", {**members, "avatar.json": text}))


def test_description_of_wrong_types_names_the_place(members: dict[str, bytes], tmp_path: Path) -> None:
    described = json.loads(members["avatar.json"])
    described["eyes"]["left"]["upper"]["open"] = "wide"
    path = rewritten(tmp_path / "x.avatar", {**members, "avatar.json": json.dumps(described).encode()})
    with pytest.raises(AvatarError, match=r"eyes\.left\.upper\.open"):
        load_avatar(path)


def npy(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, (1, 0), **options)
    return buffer.getvalue()


def test_arrays_are_never_unpickled(members: dict[str, bytes], tmp_path: Path) -> None:
    bomb = npy(np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(AvatarError, match="opacity is object"):
        load_avatar(rewritten(tmp_path / "x.avatar", {**members, "opacity.npy": bomb}))


def test_a_header_that_promises_too_much_takes_no_memory(members: dict[str, bytes], tmp_path: Path) -> None:
    header = npy(np.zeros((1, 3), np.float32))[:-12]
    huge = header.replace(b"(1, 3)", b"(400000000000, 3)").replace(b"            \n", b"\n")
    for data in (huge, header):
        with pytest.raises(AvatarError):
            load_avatar(rewritten(tmp_path / "x.avatar", {**members, "position.npy": data}))


def test_a_zip_bomb_is_cut_short(members: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "x.avatar"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data if name != "opacity.npy" else b"\0" * (64 << 20))
    with pytest.raises(AvatarError, match=r"opacity\.npy is larger"):
        load_avatar(path)


def test_members_are_exactly_those_of_the_format(members: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(AvatarError, match=r"extra\.npy"):
        load_avatar(rewritten(tmp_path / "x.avatar", {**members, "extra.npy": b""}))
    missing = {name: data for name, data in members.items() if name != "normal.npy"}
    with pytest.raises(AvatarError, match=r"normal\.npy"):
        load_avatar(rewritten(tmp_path / "x.avatar", missing))


def test_a_header_that_is_no_python_is_refused(members: dict[str, bytes], tmp_path: Path) -> None:
    for header in (b"{'descr': '<f4', (", b"{'descr': [", b"{[]: 1}", b"\xff'", b"(" * 60):
        data = members["position.npy"][:10] + header.ljust(118) + members["position.npy"][128:]
        with pytest.raises(AvatarError, match=r"position\.npy|damaged"):
            load_avatar(rewritten(tmp_path / "x.avatar", {**members, "position.npy": data}))


def test_fortran_order_and_big_endian_are_refused(members: dict[str, bytes], tmp_path: Path) -> None:
    position = np.load(io.BytesIO(members["position.npy"]))
    for array in (np.asfortranarray(position), position.astype(">f4")):
        with pytest.raises(AvatarError, match="position"):
            load_avatar(rewritten(tmp_path / "x.avatar", {**members, "position.npy": npy(array)}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_never_escape_as_anything_but_an_avatar_error(
    data: st.DataObject, stored: Path, tmp_path: Path
) -> None:
    good = bytearray(stored.read_bytes())
    kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.one_of(st.integers(0, len(good) - 1), st.integers(len(good) - 3000, len(good) - 1)))
        place = min(place, len(good) - 1)
        if kind == "flip":
            good[place] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del good[place : place + data.draw(st.integers(1, 5000))]
        else:
            good[place:place] = data.draw(st.binary(min_size=1, max_size=40))
        if not good:
            break
    path = tmp_path / "damaged.avatar"
    path.write_bytes(bytes(good))
    try:
        loaded = load_avatar(path)
    except AvatarError:
        return
    assert loaded.count == tiny_avatar().count


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_loads_can_be_drawn(data: st.DataObject, members: dict[str, bytes], tmp_path: Path) -> None:
    name = data.draw(st.sampled_from([name for name in members if name.endswith(".npy")]))
    changed = bytearray(members[name])
    for _ in range(data.draw(st.integers(1, 20))):
        changed[data.draw(st.integers(128, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        avatar = load_avatar(rewritten(tmp_path / "x.avatar", {**members, name: bytes(changed)}))
    except AvatarError:
        return
    image, report = Renderer(avatar, (48, 40), 1, "half").draw(face(jawOpen=1.0, eyeBlink=0.5, mouthSmile=1.0))
    assert image.shape == (40, 48, 3)
    assert np.isfinite(report.mouth_gap_mm)
