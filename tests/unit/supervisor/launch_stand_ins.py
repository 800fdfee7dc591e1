"""Stand-ins that record what `launch` and `launch_ros` are told, for machines without an installed ROS 2."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any


class Recorded:
    """An object of launch: remembers its arguments."""

    def __init__(self, *words: Any, **named: Any) -> None:
        self.words = words
        self.named = named


def _kind(name: str) -> type[Recorded]:
    return type(name, (Recorded,), {})


def stand_ins() -> dict[str, ModuleType]:
    """Modules by name."""
    names = {
        "launch": ("LaunchDescription",),
        "launch.actions": (
            "DeclareLaunchArgument",
            "EmitEvent",
            "ExecuteProcess",
            "OpaqueFunction",
            "RegisterEventHandler",
            "TimerAction",
        ),
        "launch.event_handlers": ("OnProcessExit",),
        "launch.events": ("Shutdown",),
        "launch_ros": (),
        "launch_ros.actions": ("Node",),
    }
    made = {}
    for module, kinds in names.items():
        made[module] = ModuleType(module)
        for kind in kinds:
            setattr(made[module], kind, _kind(kind))
    return made


def launched(description: Recorded, **arguments: str) -> list[Recorded]:
    """What `ros2 launch` would start, given these launch arguments."""
    values: dict[str, str] = {}
    out: list[Recorded] = []
    for entity in description.words[0]:
        if type(entity).__name__ == "DeclareLaunchArgument":
            (name,) = entity.words
            if name in arguments or "default_value" in entity.named:
                values[name] = arguments.get(name, entity.named.get("default_value", ""))
        else:
            out += entity.named["function"](SimpleNamespace(launch_configurations=values))
    assert set(arguments) <= set(values), "an argument that nobody declares"
    return out
