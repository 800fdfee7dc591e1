"""Declared settings: typed, ranged, described once; the source of configuration files and of ROS parameters.

A settings class is a frozen dataclass whose fields are made with `setting(...)`. `read_settings` builds one from a
mapping and refuses unknown keys, wrong types and values out of range, naming file and line where they are known.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import reprlib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from visavis_agent.core.errors import ConfigurationError

T = TypeVar("T")
_BRIEF = reprlib.Repr()
_BRIEF.maxlevel = 2


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
    """A field of a settings class; `low`, `high` (both inclusive) and `choices` hold for every value of a tuple."""
    return field(default=default, metadata={"setting": SettingInfo(help, unit, low, high, choices)})


class Located(dict[str, Any]):
    """A mapping read from a file that remembers where each key stands ("file:line"); its keys are texts."""

    def __init__(self, values: Mapping[str, Any], where: str, lines: Mapping[str, int]) -> None:
        super().__init__(values)
        self.where = where
        self.lines = dict(lines)

    def place(self, key: str) -> str:
        """Where `key` stands; the file where it is not given."""
        return f"{self.where}:{self.lines[key]}" if key in self.lines else self.where


def read_settings(cls: type[T], values: Mapping[str, Any] | None, where: str = "") -> T:
    """An instance of the settings class `cls` from `values`; missing keys keep their defaults.

    Raises:
        ConfigurationError: unknown key, wrong type or value out of range.
    """
    values = {} if values is None else _mapping("the section", values, where)
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    read: dict[str, Any] = {}
    for key, value in values.items():
        place = _place(values, key, where)
        if key not in known:
            close = difflib.get_close_matches(str(key), known, 1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            raise ConfigurationError(f"unknown setting {key!r}", place, f"{hint}Known: {', '.join(sorted(known))}")
        read[key] = _typed(key, value, hints[key], place)
        info = known[key].metadata.get("setting")
        for item in read[key] if isinstance(read[key], tuple) else (read[key],):
            _check(key, item, info or SettingInfo(""), place)
    missing = [
        f.name for f in known.values() if f.default is MISSING and f.default_factory is MISSING and f.name not in read
    ]
    if missing:
        raise ConfigurationError(f"missing setting {missing[0]!r}", where, "It has no default; add it")
    return cls(**read)


def _place(values: Mapping[str, Any], key: str, where: str) -> str:
    return values.place(key) if isinstance(values, Located) else where


def _shown(value: Any) -> str:
    """The value for a message: short, whatever it is."""
    try:
        return f"{value:g}" if isinstance(value, float) else _BRIEF.repr(value)
    except ValueError:  # more digits than Python writes
        return "a huge number"


def _check(key: str, value: Any, info: SettingInfo, place: str) -> None:
    """Refuse a value that is not among the choices, not finite or out of range."""
    if info.choices and value not in info.choices:
        raise ConfigurationError(f"{key} is {_shown(value)}", place, f"Allowed: {', '.join(info.choices)}")
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return
    unit = f" {info.unit}" if info.unit else ""
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigurationError(f"{key} is {value}", place, "It must be a finite number")
    if info.low is not None and value < info.low:
        remedy = f"The lowest allowed is {info.low:g}{unit}"
        raise ConfigurationError(f"{key} is {_shown(value)}{unit}", place, remedy)
    if info.high is not None and value > info.high:
        remedy = f"The highest allowed is {info.high:g}{unit}"
        raise ConfigurationError(f"{key} is {_shown(value)}{unit}", place, remedy)


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
        items = _mapping(key, value, place)
        return {k: _typed(f"{key}.{k}", v, arguments[1], _place(items, k, place)) for k, v in items.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return _float(key, value, place)
    if hint is Any or (isinstance(value, hint) and not (isinstance(value, bool) and hint is not bool)):
        return value
    kind = getattr(hint, "__name__", hint)
    raise ConfigurationError(f"{key} is {_shown(value)}", place, f"It must be of type {kind}")


def _mapping(key: str, value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{key} is {_shown(value)}", place, "It must be a mapping")
    return value


def _tuple(key: str, value: Any, hints: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConfigurationError(f"{key} is {_shown(value)}", place, "It must be a list")
    if len(hints) == 2 and hints[1] is Ellipsis:
        hints = (hints[0],) * len(value)
    if len(value) != len(hints):
        raise ConfigurationError(f"{key} has {len(value)} values", place, f"It must have {len(hints)}")
    return tuple(_typed(key, v, hint, place) for v, hint in zip(value, hints, strict=True))


def _float(key: str, value: int, place: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ConfigurationError(f"{key} is {_shown(value)}", place, "It must be a smaller number") from None


def read_yaml(path: Path) -> Located:
    """The mapping at the top of a YAML file, with line numbers at every level; an empty file is an empty mapping.

    Raises:
        ConfigurationError: no such file, not UTF-8, not YAML, not a mapping, or a key given twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 ({error.reason} at byte {error.start})"
        raise ConfigurationError(what, str(path), "Save it as UTF-8 text") from None
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise ConfigurationError(what, str(path), "Check name and permissions") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = None if node is None else _Construction(str(path)).value(node)
    except RecursionError:
        raise ConfigurationError("is nested too deeply", str(path), "Write it flatter") from None
    except yaml.YAMLError as error:
        problem, line = _yaml_problem(error, text)
        raise ConfigurationError(f"is not valid YAML ({problem})", f"{path}{line}", "Mend that line") from None
    if value is None:
        return Located({}, str(path), {})
    if not isinstance(value, Located):
        raise ConfigurationError("does not hold a mapping", str(path), "Write `key: value` lines")
    return value


def _yaml_problem(error: yaml.YAMLError, text: str) -> tuple[str, str]:
    """What a YAML error says in one line, and ":line" where it is known."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"the character U+{ord(text[error.position]):04X} is not allowed", f":{line}"
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return " ".join(problem.split()), f":{mark.line + 1}" if mark else ""


class _Construction:
    """Builds plain values out of the nodes of one YAML file, each node once: an alias gives the same object."""

    _PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq"))

    def __init__(self, where: str) -> None:
        self._where = where
        self._loader = yaml.SafeLoader("")
        self._done: dict[yaml.Node, Any] = {}

    def value(self, node: yaml.Node) -> Any:
        if node not in self._done:
            self._done[node] = self._built(node)
        return self._done[node]

    def _built(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in self._PLAIN:
            raise ConfigurationError(f"the tag {node.tag!r} is not allowed", self._place(node), "Remove it")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        return [self.value(item) for item in node.value]

    def _mapping(self, node: yaml.MappingNode) -> Located:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigurationError("a key is no text", self._place(key_node), "Write `key: value` lines")
            # As it is written: YAML 1.1 reads the keys `no` and `on` as truth values.
            key = key_node.value
            if key in values:
                raise ConfigurationError(f"{key!r} is given twice", self._place(key_node), "Keep one of the two")
            values[key] = self.value(value_node)
            lines[key] = key_node.start_mark.line + 1
        return Located(values, self._where, lines)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return self._loader.construct_object(node, deep=True)
        except (ValueError, OverflowError, LookupError, AttributeError):
            # It looks like a number or a date (2024-13-01) or is tagged as one (!!bool x), and is none.
            problem = f"{_shown(node.value)} is no value"
            raise ConfigurationError(problem, self._place(node), "Mend it, or put it in quotes") from None

    def _place(self, node: yaml.Node) -> str:
        return f"{self._where}:{node.start_mark.line + 1}"
