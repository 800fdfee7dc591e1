"""A graph of two tiny stages for the tests of nodes: one answers texts, one counts the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from visavis_agent.core import records as r
from visavis_agent.core.clock import MS
from visavis_agent.core.errors import InputError
from visavis_agent.core.graph import EVENT_QOS, MOTION_QOS, STATE_QOS, Graph, StageSpec, Topic
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.settings import setting
from visavis_agent.core.stage import Stage


@dataclass(frozen=True, slots=True)
class Accent:
    """How loud it is."""

    strength: float = setting(0.5, "strength of the accent", low=0.0, high=1.0)


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """One setting of every kind."""

    prefix: str = setting("you said", "what the answer begins with", choices=("you said", "I heard"))
    repeat: int = setting(1, "how often it answers", low=1, high=3)
    delay_ms: float = setting(10.0, "wait before the answer", unit="ms", low=0.0)
    quiet: bool = setting(False, "does not answer")
    words: tuple[str, ...] = setting((), "words that are never echoed")
    weights: tuple[float, float] = setting((0.5, 0.5), "two numbers")
    limit: int | None = setting(None, "longest text; none: any")
    accent: Accent = setting(Accent(), "the accent")


class EchoStage(Stage):
    """Answers a text after a while; refuses "bad", breaks at "bug"."""

    settings_type = EchoSettings
    handlers: ClassVar = {r.TextInput: "text"}
    turn = 0

    def start(self) -> None:
        self.host.emit(r.TurnState(media_ns=self.host.now(), id=ReplyId(), phase=r.Phase.IDLE))

    def text(self, record: r.TextInput) -> None:
        if record.text == "bad":
            raise InputError("this text is bad", "input/text", "Send another")
        if record.text == "bug":
            raise KeyError("bug")
        self.turn += 1
        turn = ReplyId(0, self.turn)
        answer = f"{self.settings.prefix} {record.text}"
        due = self.host.now() + round(self.settings.delay_ms * MS)
        self.host.at(due, lambda: self.host.work(lambda: answer.upper(), lambda text: self.say(turn, text), 0))

    def say(self, turn: ReplyId, text: str) -> None:
        for clause in range(self.settings.repeat):
            last = clause == self.settings.repeat - 1
            self.host.emit(r.SpeechPlan(media_ns=self.host.now(), id=turn, clause=clause, text=text, last=last))


@dataclass(frozen=True, slots=True)
class CountSettings:
    """None."""


class CountStage(Stage):
    """Opens its jaw by one percent for every clause."""

    settings_type = CountSettings
    handlers: ClassVar = {r.SpeechPlan: "plan", r.TurnState: "state"}

    def start(self) -> None:
        self.coefficients = np.zeros(52, np.float32)

    def plan(self, record: r.SpeechPlan) -> None:
        self.coefficients = self.coefficients.copy()
        self.coefficients[17] += np.float32(0.01)
        self.host.emit(r.FaceMotion(media_ns=self.host.now(), coefficients=self.coefficients))

    def state(self, record: r.TurnState) -> None:
        self.host.diagnose(r.Level.OK, f"phase {record.phase.name}")


GRAPH = Graph(
    topics=(
        Topic(r.TextInput, "input/text", "visavis/msg/TextInput", EVENT_QOS),
        Topic(r.TurnState, "conversation/turn_state", "visavis/msg/TurnState", STATE_QOS),
        Topic(r.SpeechPlan, "dialogue/speech_plan", "visavis/msg/SpeechPlan", EVENT_QOS),
        Topic(r.FaceMotion, "motion/face", "visavis/msg/FaceMotion", MOTION_QOS),
        Topic(r.Diagnostic, "diagnostics", "diagnostic_msgs/msg/DiagnosticArray", EVENT_QOS),
    ),
    stages=(
        StageSpec("echo", "tests.nodes.tiny_graph:EchoStage", (r.TextInput,), (r.TurnState, r.SpeechPlan), "mind"),
        StageSpec("count", "tests.nodes.tiny_graph:CountStage", (r.SpeechPlan, r.TurnState), (r.FaceMotion,), "face"),
    ),
)
