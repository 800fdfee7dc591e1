"""Reading and writing of avatar files (docs/avatar-format.md): a zip of `avatar.json` and one .npy per array.

A file is read as if somebody hostile had written it: sizes are bounded before anything is unpacked, array
headers are checked before memory is taken, nothing is unpickled, and every failure is an AvatarError.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import os
import struct
import typing
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from tokenize import TokenError
from typing import Any, TypeVar, cast

import numpy as np

from visavis_agent.rendering.avatar import (
    Array,
    Attributes,
    Avatar,
    AvatarError,
    Eye,
    Framing,
    JointRest,
    Surface,
)
from visavis_agent.rendering.avatar_rules import (
    ARRAY_RULES,
    MAXIMUM_COUNT,
    REMEDY,
    check_array_header,
    check_avatar,
)

__all__ = ["FORMAT", "VERSION", "Avatar", "AvatarError", "load_avatar", "read_attributes", "save_avatar"]

FORMAT = "visavis-avatar"
VERSION = 2
DESCRIPTION = "avatar.json"
SUFFIX = ".avatar"
MAXIMUM_DESCRIPTION = 1 << 20
MAXIMUM_FILE = 1 << 29
NPY_HEADER = 4096
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # fixed, so that the same avatar gives the same bytes
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError, ValueError)
T = TypeVar("T")


# ------------------------------------------------------------------------------------------------ writing
def save_avatar(path: str | os.PathLike[str], avatar: Avatar) -> None:
    """Write an avatar; the same avatar gives the same bytes. An existing file is replaced in one step.

    Raises:
        AvatarError: the avatar breaks a rule of the format; nothing was written.
        OSError: the file cannot be written.
    """
    target = Path(path)
    check_avatar(avatar, str(target))
    partial = target.with_name(target.name + ".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        text = json.dumps(_describe(avatar), indent=1, allow_nan=False)
        archive.writestr(_entry(DESCRIPTION), text)
        for name in ARRAY_RULES:
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(getattr(avatar, name)), (1, 0), allow_pickle=False)
            archive.writestr(_entry(f"{name}.npy"), buffer.getvalue())
    partial.replace(target)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _describe(avatar: Avatar) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "units": "mm",
        "name": avatar.name,
        "description": avatar.description,
        "licence": avatar.licence,
        "provenance": avatar.provenance,
        "attributes": dataclasses.asdict(avatar.attributes),
        "surface": dataclasses.asdict(avatar.surface),
        "joints": [dataclasses.asdict(joint) for joint in avatar.joints],
        "eyes": {side: dataclasses.asdict(eye) for side, eye in avatar.eyes.items()},
        "framings": {name: dataclasses.asdict(framing) for name, framing in avatar.framings.items()},
    }


# ------------------------------------------------------------------------------------------------ reading
def load_avatar(path: str | os.PathLike[str]) -> Avatar:
    """Read and check an avatar file.

    Raises:
        AvatarError: no such file, not an avatar, another version, damaged, or against a rule.
    """
    avatar = _opened(path, _read)
    check_avatar(avatar, str(path))
    return avatar


def _opened(path: str | os.PathLike[str], read: Callable[[zipfile.ZipFile, str], T]) -> T:
    """What `read` makes of the archive; whatever goes wrong is an AvatarError."""
    where = str(path)
    try:
        if Path(path).stat().st_size > MAXIMUM_FILE:
            raise AvatarError(f"is larger than {MAXIMUM_FILE >> 20} MiB", where, REMEDY)
        with zipfile.ZipFile(path) as archive:
            return read(archive, where)
    except AvatarError:
        raise
    except OSError as error:
        problem = error.strerror or str(error)
        raise AvatarError(f"cannot be read ({problem})", where, "Check name and permissions") from None
    except DAMAGE as error:
        raise AvatarError(f"is damaged or not an avatar file ({error})", where, REMEDY) from None


def read_attributes(path: str | os.PathLike[str]) -> Attributes:
    """Kind, presentation and age of an avatar, without its arrays.

    Raises:
        AvatarError: no such file, not an avatar, another version, or a damaged description.
    """
    return cast(Attributes, _opened(path, _described)["attributes"])


def _described(archive: zipfile.ZipFile, where: str) -> dict[str, Any]:
    if DESCRIPTION not in archive.namelist():
        raise AvatarError(f"is a zip without {DESCRIPTION}, so no avatar file", where, REMEDY)
    return _parse_description(_member(archive, DESCRIPTION, MAXIMUM_DESCRIPTION, where), f"{where}:{DESCRIPTION}")


def _read(archive: zipfile.ZipFile, where: str) -> Avatar:
    described = _described(archive, where)
    names = archive.namelist()
    wanted = {DESCRIPTION, *(f"{name}.npy" for name in ARRAY_RULES)}
    if len(names) != len(set(names)) or set(names) != wanted:
        strange = sorted(wanted.symmetric_difference(names))
        raise AvatarError(f"its members are not those of version {VERSION}: {', '.join(strange[:4])}", where, REMEDY)
    counts: dict[str, int] = {}
    arrays: dict[str, Any] = {name: _read_array(archive, name, counts, where) for name in ARRAY_RULES}
    return Avatar(**described, **arrays)


def _member(archive: zipfile.ZipFile, name: str, limit: int, where: str) -> bytes:
    """The bytes of a member; a header that lies about its size is found by reading past the limit."""
    with archive.open(name) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise AvatarError(f"{name} is larger than {limit} bytes", where, REMEDY)
    return data


def _read_array(archive: zipfile.ZipFile, name: str, counts: dict[str, int], where: str) -> Array:
    place = f"{where}:{name}.npy"
    rule = ARRAY_RULES[name]
    largest = math.prod(MAXIMUM_COUNT[size] if isinstance(size, str) else size for size in rule.shape)
    limit = largest * max(np.dtype(kind).itemsize for kind in rule.types) + NPY_HEADER
    known = [counts.get(size) if isinstance(size, str) else size for size in rule.shape]
    if None not in known:
        expected = math.prod(size for size in known if size is not None)
        limit = expected * max(np.dtype(kind).itemsize for kind in rule.types) + NPY_HEADER
    data = _member(archive, f"{name}.npy", limit, where)
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise AvatarError("is not an .npy file of version 1.0", place, REMEDY)
    try:
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    except (*DAMAGE, SyntaxError, TokenError, TypeError, KeyError, AttributeError, MemoryError) as error:
        # numpy parses the header as Python, so it fails in as many ways
        raise AvatarError(f"has a damaged header ({error})", place, REMEDY) from None
    check_array_header(name, shape, dtype.name, counts, where)
    if fortran or dtype.byteorder == ">":
        raise AvatarError("is not little-endian in C order", place, REMEDY)
    size = math.prod(shape) * dtype.itemsize
    if len(data) - stream.tell() != size:
        raise AvatarError(f"holds {len(data) - stream.tell()} bytes, not {size}", place, REMEDY)
    return np.frombuffer(data, dtype, offset=stream.tell()).reshape(shape)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _parse_description(data: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise AvatarError(f"is not valid JSON ({error})", where, REMEDY) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise AvatarError(f'does not say "format": "{FORMAT}", so this is no avatar file', where, REMEDY)
    if value.get("version") != VERSION:
        raise AvatarError(
            f"is of version {value.get('version')!r}, this program reads {VERSION}",
            where,
            "Make the avatar again with this version, or update the program",
        )
    if value.get("units") != "mm":
        raise AvatarError(f"has units {value.get('units')!r}, not 'mm'", where, REMEDY)
    return {
        "name": _value(value.get("name"), str, f"{where}: name"),
        "description": _value(value.get("description"), str, f"{where}: description"),
        "licence": _value(value.get("licence"), str, f"{where}: licence"),
        "provenance": _value(value.get("provenance"), dict, f"{where}: provenance"),
        "attributes": _value(value.get("attributes"), Attributes, f"{where}: attributes"),
        "surface": _value(value.get("surface"), Surface, f"{where}: surface"),
        "joints": _value(value.get("joints"), tuple[JointRest, ...], f"{where}: joints"),
        "eyes": _value(value.get("eyes"), dict[str, Eye], f"{where}: eyes"),
        "framings": _value(value.get("framings"), dict[str, Framing], f"{where}: framings"),
    }


def _value(value: Any, kind: Any, where: str) -> Any:
    """`value` from JSON as `kind`: str, float, int, optional, tuple, dict of them, or a dataclass of them."""
    if dataclasses.is_dataclass(kind):
        return _dataclass(value, typing.cast(type, kind), where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and isinstance(value, list):
        open_ended = arguments[-1] is Ellipsis
        if not open_ended and len(value) != len(arguments):
            raise AvatarError(f"has {len(value)} values, not {len(arguments)}", where, REMEDY)
        return tuple(_value(v, arguments[0 if open_ended else i], f"{where}[{i}]") for i, v in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {str(key): _value(v, arguments[1], f"{where}.{key}") for key, v in value.items()}
    if type(None) in arguments:
        return None if value is None else _value(value, arguments[0], where)
    if kind is float and type(value) is int:
        return float(value) if abs(value) < 2**53 else math.inf
    if isinstance(kind, type) and type(value) is kind and not (isinstance(value, int) and abs(value) >= 2**53):
        return value
    raise AvatarError(f"is {json.dumps(value)[:40]}, must be {_named(kind)}", where, REMEDY)


def _named(kind: Any) -> str:
    if typing.get_origin(kind) is tuple:
        return "a list"
    if kind is dict or typing.get_origin(kind) is dict:
        return "an object"
    return {str: "a text", float: "a number", int: "a whole number"}.get(kind, str(kind))


def _dataclass(value: Any, cls: type[T], where: str) -> T:
    if not isinstance(value, dict):
        raise AvatarError("must be an object", where, REMEDY)
    hints = typing.get_type_hints(cls)
    if set(value) != set(hints):
        strange = sorted(set(value).symmetric_difference(hints))
        raise AvatarError(f"its keys are not those of the format: {', '.join(strange[:4])}", where, REMEDY)
    return cls(**{name: _value(value[name], kind, f"{where}.{name}") for name, kind in hints.items()})
