"""What the supervisor has to do, as a file: it is decided by one program and done by another, smaller one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from visavis_agent.core.graph import Restart
from visavis_agent.supervisor.beats import Patience
from visavis_agent.supervisor.plans import Plan

NAME = "agenda.json"


@dataclass(frozen=True)
class Agenda:
    """Which processes to keep, and how.

    Attributes:
        title: who the agent is.
        graph: graph table, "package.module:NAME".
        plans: the processes in the order in which they are started.
        ros_arguments: what follows --ros-args in each.
        page_port: where the page will be; None without one.
    """

    title: str
    graph: str
    plans: Sequence[Plan]
    ros_arguments: Sequence[str]
    page_port: int | None
    patience: Patience = field(default_factory=Patience)
    verbose: bool = False

    def write(self, folder: Path) -> None:
        """Into a folder that goes when it has been done."""
        plans = [{**asdict(plan), "restart": plan.restart.value} for plan in self.plans]
        (folder / NAME).write_text(json.dumps({**asdict(self), "plans": plans}), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Agenda:
        """As written."""
        values = json.loads((folder / NAME).read_text(encoding="utf-8"))
        plans = [Plan(plan["name"], tuple(plan["stages"]), Restart(plan["restart"])) for plan in values["plans"]]
        return cls(**{**values, "plans": plans, "patience": Patience(**values["patience"])})
