"""Declared settings: typed, ranged, described once; the source of configuration files and of ROS parameters.

A settings class is a frozen dataclass whose fields are made with `setting(...)`. `read_settings` builds one from a
mapping and refuses unknown keys, wrong types and values out of range, naming file and line where they are known.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from visavis_agent.core.errors import ConfigurationError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """What is known of one setting besides its type and default."""

    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def setting(
    default: Any,
    help: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field of a settings class; `low` and `high` are inclusive."""
    return field(default=default, metadata={"setting": SettingInfo(help, unit, low, high, choices)})


class Located(dict[str, Any]):
    """A mapping read from a file that remembers where each key stands ("file:line")."""

    def __init__(self, values: Mapping[str, Any], where: str, lines: Mapping[str, int]) -> None:
        super().__init__(values)
        self.where = where
        self.lines = dict(lines)

    def place(self, key: str) -> str:
        return f"{self.where}:{self.lines[key]}" if key in self.lines else self.where


def read_settings(cls: type[T], values: Mapping[str, Any] | None, where: str = "") -> T:
    """An instance of the settings class `cls` from `values`; missing keys keep their defaults.

    Raises:
        ConfigurationError: unknown key, wrong type or value out of range.
    """
    values = values or {}
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    read: dict[str, Any] = {}
    for key, value in values.items():
        place = values.place(key) if isinstance(values, Located) else where
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise ConfigurationError(f"unknown setting {key!r}", place, f"{hint}Known: {', '.join(sorted(known))}")
        read[key] = _checked(key, value, hints[key], known[key].metadata.get("setting"), place)
    missing = [
        f.name for f in known.values() if f.default is MISSING and f.default_factory is MISSING and f.name not in read
    ]
    if missing:
        raise ConfigurationError(f"missing setting {missing[0]!r}", where, "It has no default; add it")
    return cls(**read)


def _checked(key: str, value: Any, hint: Any, info: SettingInfo | None, place: str) -> Any:
    value = _typed(key, value, hint, place)
    if info is None:
        return value
    if info.choices and value not in info.choices:
        raise ConfigurationError(f"{key} is {value!r}", place, f"Allowed: {', '.join(info.choices)}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        unit = f" {info.unit}" if info.unit else ""
        if not math.isfinite(value):
            raise ConfigurationError(f"{key} is {value}", place, "It must be a finite number")
        if info.low is not None and value < info.low:
            raise ConfigurationError(f"{key} is {value:g}{unit}", place, f"The lowest allowed is {info.low:g}{unit}")
        if info.high is not None and value > info.high:
            raise ConfigurationError(f"{key} is {value:g}{unit}", place, f"The highest allowed is {info.high:g}{unit}")
    return value


def _typed(key: str, value: Any, hint: Any, place: str) -> Any:
    """`value` as the type `hint`: an int as a float, a list as a tuple, a mapping as a settings class; else refused."""
    if dataclasses.is_dataclass(hint):
        return read_settings(typing.cast(type, hint), _mapping(key, value, place), place)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _typed(key, value, next(a for a in arguments if a is not type(None)), place)
    if origin is tuple:
        return _tuple(key, value, arguments, place)
    if origin is dict:
        return dict(_mapping(key, value, place))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return _float(key, value, place)
    if hint is Any or (isinstance(value, hint) and not (isinstance(value, bool) and hint is not bool)):
        return value
    raise ConfigurationError(f"{key} is {value!r}", place, f"It must be of type {getattr(hint, '__name__', hint)}")


def _mapping(key: str, value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{key} is {value!r}", place, "It must be a mapping")
    return value


def _tuple(key: str, value: Any, hints: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConfigurationError(f"{key} is {value!r}", place, "It must be a list")
    if len(hints) == 2 and hints[1] is Ellipsis:
        hints = (hints[0],) * len(value)
    if len(value) != len(hints):
        raise ConfigurationError(f"{key} has {len(value)} values", place, f"It must have {len(hints)}")
    return tuple(_typed(key, v, hint, place) for v, hint in zip(value, hints, strict=True))


def _float(key: str, value: int, place: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ConfigurationError(f"{key} has {len(str(value))} digits", place, "It must be a finite number") from None


def read_yaml(path: Path) -> Located:
    """The mapping at the top of a YAML file, with line numbers at every level.

    Raises:
        ConfigurationError: no such file, not YAML, not a mapping, or a key given twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot be read ({error})", str(path), "Check name and permissions") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = _construct(node, str(path)) if node is not None else Located({}, str(path), {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigurationError(f"is not valid YAML ({problem})", f"{path}{line}", "Mend that line") from None
    if not isinstance(value, Located):
        raise ConfigurationError("does not hold a mapping", str(path), "Write `key: value` lines")
    return value


def _construct(node: yaml.Node, where: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = str(yaml.SafeLoader("").construct_object(key_node))
            line = key_node.start_mark.line + 1
            if key in values:
                raise ConfigurationError(f"{key!r} is given twice", f"{where}:{line}", "Keep one of the two")
            values[key] = _construct(value_node, where)
            lines[key] = line
        return Located(values, where, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, where) for item in node.value]
    return yaml.SafeLoader("").construct_object(node, deep=True)
