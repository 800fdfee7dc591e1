"""Settings as ROS parameters: declared with type, default, range and description; checked when read."""

from __future__ import annotations

import dataclasses
import math
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.settings import SettingInfo, read_settings, setting

_SCALARS = {
    bool: Parameter.Type.BOOL,
    int: Parameter.Type.INTEGER,
    float: Parameter.Type.DOUBLE,
    str: Parameter.Type.STRING,
}
_ARRAYS = {
    bool: Parameter.Type.BOOL_ARRAY,
    int: Parameter.Type.INTEGER_ARRAY,
    float: Parameter.Type.DOUBLE_ARRAY,
    str: Parameter.Type.STRING_ARRAY,
}
_OF_ROS = ("use_sim_time", "start_type_description_service")


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """Settings that every node has besides those of its stage."""

    autostart: bool = setting(True, "configure and activate without a lifecycle manager")
    seed: int = setting(0, "seed of the stage's random numbers", low=0, high=2**31 - 1)


@dataclass(frozen=True, slots=True)
class Declared:
    """One parameter: `value` None when it has no default."""

    name: str
    type: Parameter.Type
    value: Any
    info: SettingInfo


class StageParameters:
    """The parameters of a stage's node, which must declare parameters from overrides by itself.

    Settings in settings have names with dots. A setting of type dict takes every parameter below its name.
    What ROS parameters cannot hold (lists of structured things) is no parameter and keeps its default.

    Raises:
        ConfigurationError: an unknown parameter, a wrong type, or a value out of range.
    """

    def __init__(self, node: Node, settings_type: type[Any]) -> None:
        self._node = node
        self._settings_type = settings_type
        self.frozen = ""
        """Why parameters cannot be set now; empty when they can."""
        given = self._given()
        settings = self._read(given)
        for name in given:
            node.undeclare_parameter(name)
        for declared in [d for part in settings for d in flatten(part)]:
            _declare(node, declared)
        node.add_on_set_parameters_callback(self._check)

    def read(self) -> tuple[NodeSettings, Any]:
        """The node's and the stage's settings as the parameters say now."""
        return self._read(self._given())

    def _given(self) -> dict[str, Any]:
        parameters: Mapping[str, Parameter] = self._node.get_parameters_by_prefix("")
        return {
            name: parameter.value
            for name, parameter in parameters.items()
            if name not in _OF_ROS and not name.startswith("qos_overrides.") and parameter.value is not None
        }

    def _read(self, given: Mapping[str, Any]) -> tuple[NodeSettings, Any]:
        own_names = {field.name for field in dataclasses.fields(NodeSettings)}
        where = self._node.get_fully_qualified_name()
        own = {name: value for name, value in given.items() if name in own_names}
        rest = {name: _plain(value) for name, value in given.items() if name not in own_names}
        return (
            read_settings(NodeSettings, own, where),
            read_settings(self._settings_type, nested(rest), where),
        )

    def _check(self, changed: list[Parameter]) -> SetParametersResult:
        ours = {p.name: p.value for p in changed if p.name not in _OF_ROS}
        if ours and self.frozen:
            return SetParametersResult(successful=False, reason=self.frozen)
        try:
            self._read(self._given() | ours)
        except ConfigurationError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """{"a.b": 1} as {"a": {"b": 1}}."""
    out: dict[str, Any] = {}
    for name, value in flat.items():
        *groups, last = name.split(".")
        level = out
        for group in groups:
            level = level.setdefault(group, {})
            if not isinstance(level, dict):
                raise ConfigurationError(f"{group} is a value and a group at once", name, "Name it differently")
        level[last] = value
    return out


def flatten(settings: Any, prefix: str = "") -> Iterator[Declared]:
    """The parameters that a settings instance becomes, with its values as defaults."""
    hints = typing.get_type_hints(type(settings))
    for field in dataclasses.fields(settings):
        name, value, hint = prefix + field.name, getattr(settings, field.name), _required(hints[field.name])
        info = field.metadata.get("setting", SettingInfo(""))
        if is_dataclass(value):
            yield from flatten(value, f"{name}.")
        elif isinstance(value, dict):
            yield from _flatten_dict(value, name, info)
        elif (kind := _parameter_type(hint)) is not None:
            yield Declared(name, kind, list(value) or None if isinstance(value, tuple) else value, info)


def _flatten_dict(values: Mapping[str, Any], name: str, info: SettingInfo) -> Iterator[Declared]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten_dict(value, f"{name}.{key}", info)
        elif type(value) in _SCALARS:
            yield Declared(f"{name}.{key}", _SCALARS[type(value)], value, SettingInfo(info.help))


def _required(hint: Any) -> Any:
    """T of `T | None`."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(a for a in typing.get_args(hint) if a is not type(None))
    return hint


def _parameter_type(hint: Any) -> Parameter.Type | None:
    if typing.get_origin(hint) is tuple:
        items = {a for a in typing.get_args(hint) if a is not Ellipsis}
        return _ARRAYS.get(items.pop()) if len(items) == 1 else None
    return _SCALARS.get(hint)


def _declare(node: Node, declared: Declared) -> None:
    descriptor = _descriptor(declared)
    if declared.value is None:
        node.declare_parameter(declared.name, declared.type, descriptor, ignore_override=True)
    else:
        node.declare_parameter(declared.name, declared.value, descriptor, ignore_override=True)


def _descriptor(declared: Declared) -> ParameterDescriptor:
    info = declared.info
    descriptor = ParameterDescriptor(
        name=declared.name,
        type=declared.type.value,
        description=info.help + (f" [{info.unit}]" if info.unit else ""),
        additional_constraints=f"one of: {', '.join(info.choices)}" if info.choices else "",
    )
    if info.low is None and info.high is None:
        return descriptor
    if declared.type is Parameter.Type.DOUBLE:
        largest = sys.float_info.max
        low, high = (
            (-largest if info.low is None else info.low),
            (largest if info.high is None else info.high),
        )
        descriptor.floating_point_range = [FloatingPointRange(from_value=float(low), to_value=float(high))]
    if declared.type is Parameter.Type.INTEGER:
        low = -(2**63) if info.low is None else math.ceil(info.low)
        high = 2**63 - 1 if info.high is None else math.floor(info.high)
        descriptor.integer_range = [IntegerRange(from_value=low, to_value=high)]
    return descriptor


def _plain(value: Any) -> Any:
    """Arrays of rclpy as lists."""
    return value if isinstance(value, (bool, int, float, str)) else list(value)
