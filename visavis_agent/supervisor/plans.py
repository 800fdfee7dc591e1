"""Which processes an agent consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visavis_agent.core.graph import Graph, Restart


@dataclass(frozen=True, slots=True)
class Plan:
    """A process of the table: its stages in the order of the table."""

    name: str
    stages: tuple[str, ...]
    restart: Restart


def plans(graph: Graph, stages: Sequence[str]) -> tuple[Plan, ...]:
    """The processes that the named stages need, in the order of the table."""
    chosen = [spec for spec in graph.stages if spec.name in stages]
    out = []
    for name in dict.fromkeys(spec.process for spec in chosen):
        mine = [spec for spec in chosen if spec.process == name]
        always = any(spec.restart is Restart.ALWAYS for spec in mine)
        names = tuple(spec.name for spec in mine)
        out.append(Plan(name, names, Restart.ALWAYS if always else Restart.NEVER))
    return tuple(out)
