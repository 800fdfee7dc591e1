"""Types of the graph table: topics with their quality of service, stages with their inputs, outputs and process."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from enum import Enum

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import Diagnostic, Record
from visavis_agent.core.stage import Stage


@dataclass(frozen=True, slots=True)
class QoS:
    """Quality of service of a topic, in DDS terms."""

    reliable: bool
    latched: bool
    depth: int


SPEECH_QOS = QoS(reliable=True, latched=False, depth=1000)
EVENT_QOS = QoS(reliable=True, latched=False, depth=100)
STATE_QOS = QoS(reliable=True, latched=True, depth=1)
MOTION_QOS = QoS(reliable=False, latched=False, depth=5)
SENSOR_QOS = QoS(reliable=False, latched=False, depth=5)


@dataclass(frozen=True, slots=True)
class Topic:
    """Where records of a type travel; `name` is relative, so that namespaces and remapping work."""

    record: type[Record]
    name: str
    message: str
    qos: QoS


class Restart(Enum):
    """What the supervisor does when the stage's process dies."""

    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One stage: where its class is, what it takes and gives, in which process it lives.

    A `live` stage is a device or a presenter: the offline session does without it. `node` is the class of its node,
    "package.module:Name"; empty: one that only passes records on. An `optional` stage is left out unless a deployment
    names it. While the machine is busy a process gives way by the `nice` steps of its most urgent stage: a face that
    stutters is better than an answer that comes late.
    """

    name: str
    path: str
    inputs: tuple[type[Record], ...]
    outputs: tuple[type[Record], ...]
    process: str
    restart: Restart = Restart.ALWAYS
    live: bool = False
    node: str = ""
    optional: bool = False
    nice: int = 0

    def load(self) -> type[Stage]:
        """The stage's class, imported now: a process loads only the stages it runs."""
        module, _, name = self.path.partition(":")
        loaded: type[Stage] = getattr(importlib.import_module(module), name)
        return loaded


@dataclass(frozen=True, slots=True)
class Graph:
    """The whole table. Order matters: records of one instant are handled in the order of the stages."""

    topics: tuple[Topic, ...]
    stages: tuple[StageSpec, ...]

    def topic(self, record: type[Record]) -> Topic:
        """Where records of a type travel; KeyError for a type without a topic."""
        for topic in self.topics:
            if topic.record is record:
                return topic
        raise KeyError(record.__name__)

    def stage(self, name: str) -> StageSpec:
        """The stage of a name; KeyError where there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    def outside(self) -> tuple[type[Record], ...]:
        """The inputs that only devices, pages and other programs make, in the order of the table."""
        made = {kind for stage in self.stages if not stage.live for kind in stage.outputs} | {Diagnostic}
        return tuple(dict.fromkeys(k for stage in self.stages for k in stage.inputs if k not in made))

    def consumers(self, record: type[Record]) -> tuple[StageSpec, ...]:
        """The stages that take records of a type, in the order of the table."""
        return tuple(stage for stage in self.stages if record in stage.inputs)


def load_graph(path: str) -> Graph:
    """The graph table at "package.module:NAME".

    Raises:
        ConfigurationError: there is none.
    """
    module, _, name = path.partition(":")
    try:
        graph = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"no graph at {path!r} ({error})", "--graph", "Give package.module:NAME") from None
    if not isinstance(graph, Graph):
        raise ConfigurationError(f"{path!r} is not a graph", "--graph", "Give package.module:NAME")
    return graph
