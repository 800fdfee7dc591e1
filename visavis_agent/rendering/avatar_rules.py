"""The rules an avatar keeps: shapes, types, ranges, indices. Checked before saving and after loading."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from visavis_agent.rendering.avatar import (
    AVATAR_JOINT_NAMES,
    AVATAR_JOINT_PARENTS,
    COEFFICIENT_COUNT,
    COEFFICIENT_NAMES,
    FRAMING_NAMES,
    KINDS,
    LEVELS,
    PRESENTATIONS,
    Array,
    Avatar,
    AvatarError,
    Eye,
    Framing,
    Lid,
    LidPart,
    Material,
    Stencil,
)

REMEDY = "Make the avatar again with `visavis avatar make`, or take another one"
MAXIMUM_GAUSSIANS = 500_000
MAXIMUM_DELTAS = 16_000_000
MAXIMUM_CONTOUR = 1024


@dataclass(frozen=True, slots=True)
class ArrayRule:
    """Shape (letters are counts shared between arrays), allowed types, and inclusive range of the values."""

    shape: tuple[str | int, ...]
    types: tuple[str, ...]
    low: float
    high: float


def _floats(shape: tuple[str | int, ...], low: float, high: float) -> ArrayRule:
    return ArrayRule(shape, ("float32",), low, high)


def _indices(count: str) -> ArrayRule:
    return ArrayRule((count,), ("uint32",), 0, MAXIMUM_GAUSSIANS - 1)


def _bytes(shape: tuple[str | int, ...], high: int) -> ArrayRule:
    return ArrayRule(shape, ("uint8",), 0, high)


ARRAY_RULES: dict[str, ArrayRule] = {
    "position": _floats(("N", 3), -1e4, 1e4),
    "tangent_a": _floats(("N", 3), -500, 500),
    "tangent_b": _floats(("N", 3), -500, 500),
    "thickness": _floats(("N",), 0, 500),
    "normal": _floats(("N", 3), -1.01, 1.01),
    "albedo": _floats(("N", 3), 0, 4),
    "opacity": _floats(("N",), 0, 1),
    "specular": _floats(("N",), 0, 4),
    "ambient": _floats(("N",), 0, 2),
    "key_visibility": _floats(("N",), 0, 1),
    "rim_visibility": _floats(("N", 2), 0, 1),
    "material": _bytes(("N",), max(Material)),
    "stencil": _bytes(("N",), max(Stencil)),
    "level": _bytes(("N",), LEVELS - 1),
    "grown": _floats(("N", 2), 0.1, 10),
    "joint": _bytes(("N", 2), len(AVATAR_JOINT_NAMES) - 1),
    "joint_weight": _floats(("N",), 0, 1),
    "delta_offset": ArrayRule((COEFFICIENT_COUNT + 1,), ("uint32",), 0, MAXIMUM_DELTAS),
    "delta_index": _indices("M"),
    "delta_value": ArrayRule(("M", 9), ("float16", "float32"), -1000, 1000),
    "lip_upper": _indices("P"),
    "lip_lower": _indices("P"),
    "lip_index": _indices("K"),
    "lip_position": _floats(("K",), 0, MAXIMUM_CONTOUR),
    "lip_weight": _floats(("K",), -1, 1),
    "lid_index": _indices("L"),
    "lid_part": _bytes(("L",), max(LidPart)),
    "lid_param": _floats(("L", 2), -2, 2),
    "lid_radius": _floats(("L", 3), -500, 500),
    "lid_sigma": _floats(("L", 2), 0, 1),
    "lash_index": _indices("H"),
    "lash_eye": _bytes(("H",), 1),
    "lash_param": _floats(("H", 3), -2, 100),
}
MAXIMUM_COUNT = {
    "N": MAXIMUM_GAUSSIANS,
    "M": MAXIMUM_DELTAS,
    "P": MAXIMUM_CONTOUR,
    "K": MAXIMUM_GAUSSIANS,
    "L": MAXIMUM_GAUSSIANS,
    "H": MAXIMUM_GAUSSIANS,
}
MINIMUM_COUNT = {"N": 1, "P": 3}


def check_array_header(name: str, shape: tuple[int, ...], dtype: str, counts: dict[str, int], where: str) -> None:
    """Shape and type of one array against its rule; `counts` collects what each letter stands for.

    Raises:
        AvatarError: they do not fit, or a count is too large.
    """
    rule = ARRAY_RULES[name]
    if dtype not in rule.types:
        raise AvatarError(f"{name} is {dtype}, not {' or '.join(rule.types)}", where, REMEDY)
    wanted = ", ".join(str(counts.get(str(size), size)) for size in rule.shape)
    if len(shape) != len(rule.shape):
        raise AvatarError(f"{name} has shape {shape}, not ({wanted})", where, REMEDY)
    for size, expected in zip(shape, rule.shape, strict=True):
        if isinstance(expected, str):
            low, high = MINIMUM_COUNT.get(expected, 0), MAXIMUM_COUNT[expected]
            if not low <= size <= high:
                raise AvatarError(f"{name} has {size} rows, allowed are {low} to {high}", where, REMEDY)
            expected = counts.setdefault(expected, size)
        if size != expected:
            raise AvatarError(f"{name} has shape {shape}, not ({wanted})", where, REMEDY)


def check_avatar(avatar: Avatar, where: str = "") -> None:
    """Every rule of the format.

    Raises:
        AvatarError: naming the array or the key and the first offending row.
    """
    counts: dict[str, int] = {}
    for name, rule in ARRAY_RULES.items():
        array: Array = getattr(avatar, name)
        check_array_header(name, array.shape, array.dtype.name, counts, where)
        _check_range(name, array, rule, where)
    _check_unit_normals(avatar.normal, where)
    _check_deltas(avatar, where)
    _check_lips(avatar, where)
    _check_lids(avatar, where)
    _check_joints(avatar, where)
    _check_descriptions(avatar, where)


def _check_range(name: str, array: Array, rule: ArrayRule, where: str) -> None:
    if array.size == 0:
        return
    # min and max pass a NaN on, so one comparison finds every bad value without a copy of the array
    low, high = float(array.min()), float(array.max())
    if low >= rule.low and high <= rule.high:
        return
    bad = ~((array >= rule.low) & (array <= rule.high))
    row = int(np.argwhere(bad)[0][0])
    allowed = f"allowed is {rule.low:g} to {rule.high:g}"
    raise AvatarError(f"{name} has the value {float(array[bad][0]):g} in row {row}, {allowed}", where, REMEDY)


def _check_unit_normals(normal: Array, where: str) -> None:
    length = np.sqrt(np.einsum("ij,ij->i", normal, normal))
    bad = np.flatnonzero(np.abs(length - 1.0) > 0.01)
    if bad.size:
        raise AvatarError(f"normal has length {length[bad[0]]:.3f} in row {bad[0]}, must be 1", where, REMEDY)


def _check_deltas(avatar: Avatar, where: str) -> None:
    offset = avatar.delta_offset.astype(np.int64)
    if offset[0] != 0 or offset[-1] != len(avatar.delta_index) or np.any(np.diff(offset) < 0):
        raise AvatarError("delta_offset does not ascend from 0 to the number of deltas", where, REMEDY)
    _check_index("delta_index", avatar.delta_index, avatar.count, where)
    for c in range(COEFFICIENT_COUNT):
        part = avatar.delta_index[offset[c] : offset[c + 1]]
        if part.size > 1 and np.any(part[1:] <= part[:-1]):
            raise AvatarError(f"delta_index does not ascend within {COEFFICIENT_NAMES[c]}", where, REMEDY)


def _check_index(name: str, index: Array, count: int, where: str) -> None:
    if index.size and int(index.max()) >= count:
        row = int(np.argmax(index >= count))
        raise AvatarError(f"{name} points to Gaussian {index[row]} in row {row}, of {count}", where, REMEDY)


def _check_lips(avatar: Avatar, where: str) -> None:
    for name in ("lip_upper", "lip_lower", "lip_index"):
        _check_index(name, getattr(avatar, name), avatar.count, where)
    if avatar.lip_position.size and float(avatar.lip_position.max()) > len(avatar.lip_upper) - 1:
        raise AvatarError("lip_position runs beyond the lip contour", where, REMEDY)
    _check_distinct("lip_index", avatar.lip_index, where)


def _check_distinct(name: str, index: Array, where: str) -> None:
    if len(np.unique(index)) != len(index):
        raise AvatarError(f"{name} names a Gaussian twice", where, REMEDY)


def _check_lids(avatar: Avatar, where: str) -> None:
    for name in ("lid_index", "lash_index"):
        _check_index(name, getattr(avatar, name), avatar.count, where)
    _check_distinct("lid_index and lash_index", np.concatenate([avatar.lid_index, avatar.lash_index]), where)


def _check_joints(avatar: Avatar, where: str) -> None:
    for i, (name, parent) in enumerate(zip(AVATAR_JOINT_NAMES, AVATAR_JOINT_PARENTS, strict=True)):
        joint = avatar.joints[i] if i < len(avatar.joints) else None
        if joint is None or joint.name != name or joint.parent != parent:
            found = f"{joint.name!r} below {joint.parent!r}" if joint else "nothing"
            raise AvatarError(f"joint {i} is {found}, must be {name!r} below {parent!r}", where, REMEDY)
        _check_number(f"joint {name}", joint.position, -1e4, 1e4, where)
    if len(avatar.joints) != len(AVATAR_JOINT_NAMES):
        raise AvatarError(f"has {len(avatar.joints)} joints, not {len(AVATAR_JOINT_NAMES)}", where, REMEDY)


def _check_number(what: str, values: float | tuple[float, ...], low: float, high: float, where: str) -> None:
    for value in values if isinstance(values, tuple) else (values,):
        if not (math.isfinite(value) and low <= value <= high):
            raise AvatarError(f"{what} is {value:g}, allowed is {low:g} to {high:g}", where, REMEDY)


def _check_descriptions(avatar: Avatar, where: str) -> None:
    for key, text in (("name", avatar.name), ("licence", avatar.licence)):
        if not text.strip():
            raise AvatarError(f"{key} is empty", where, REMEDY)
    if avatar.attributes.kind not in KINDS:
        raise AvatarError(f"kind is {avatar.attributes.kind!r}, not {' or '.join(KINDS)}", where, REMEDY)
    if avatar.attributes.presentation not in PRESENTATIONS:
        allowed = ", ".join(PRESENTATIONS)
        raise AvatarError(f"presentation is {avatar.attributes.presentation!r}, not one of {allowed}", where, REMEDY)
    if avatar.attributes.age is not None:
        _check_number("age", avatar.attributes.age, 0, 200, where)
    _check_number("subsurface", avatar.surface.subsurface, 0, 1, where)
    _check_number("gloss", avatar.surface.gloss, 0, 10, where)
    if set(avatar.eyes) != {"left", "right"}:
        raise AvatarError(f"eyes are {sorted(avatar.eyes)}, must be left and right", where, REMEDY)
    for side, eye in avatar.eyes.items():
        _check_eye(f"{side} eye", eye, where)
    if set(avatar.framings) != set(FRAMING_NAMES):
        allowed = ", ".join(FRAMING_NAMES)
        raise AvatarError(f"framings are {sorted(avatar.framings)}, must be {allowed}", where, REMEDY)
    for name, framing in avatar.framings.items():
        _check_framing(f"framing {name}", framing, where)


def _check_framing(what: str, framing: Framing, where: str) -> None:
    _check_number(f"{what} centre", framing.centre, -1e4, 1e4, where)
    _check_number(f"{what} size", framing.size, 1, 1e4, where)


def _check_eye(what: str, eye: Eye, where: str) -> None:
    _check_number(f"{what} centre", eye.centre, -1e4, 1e4, where)
    for name in ("radius", "opening_radius", "lash_radius"):
        _check_number(f"{what} {name}", getattr(eye, name), 0.1, 1000, where)
    _check_number(f"{what} nasal", eye.nasal, -1.4, -0.1, where)
    _check_number(f"{what} temporal", eye.temporal, 0.1, 1.4, where)
    for name in ("corner_elevation", "corner_tilt"):
        _check_number(f"{what} {name}", getattr(eye, name), -1, 1, where)
    _check_number(f"{what} sigma", (*eye.sigma_low, *eye.sigma_high), 0, 100, where)
    for side, lid in (("upper", eye.upper), ("lower", eye.lower)):
        _check_number(f"{what} {side} lid power", lid.power, 0.5, 10, where)
        values = tuple(getattr(lid, f.name) for f in fields(Lid) if f.name != "power")
        _check_number(f"{what} {side} lid", values, -3, 3, where)
