"""A recogniser that writes down what it is asked, and answers with how much it was fed."""

from __future__ import annotations

from tests.unit.hearing.sounds import Pcm
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import Hypothesis
from visavis_agent.hearing.recogniser import Recognition


class ScriptedRecogniser:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fed = self.preroll = 0
        self.sound: list[Pcm] = []
        self.notes: tuple[str, ...] = ()
        self.broken = ""
        self.problem = ""
        self.closed = False

    def prepare(self) -> tuple[str, ...]:
        if self.broken:
            raise EngineError(self.broken)
        return self.notes

    def begin(self, preroll: int = 0, early: bool = False) -> None:
        self.calls.append("begin early" if early else "begin")
        self.preroll = preroll
        self.fed = 0
        self.sound = []

    def feed(self, pcm: Pcm, denoised: Pcm) -> None:
        self.calls.append("feed")
        self.fed += len(pcm)
        self.sound.append(denoised)

    def partial(self) -> Recognition:
        return self._answer("partial")

    def settle(self) -> Recognition:
        return self._answer("settle")

    def finish(self) -> Recognition:
        return self._answer("finish")

    def close(self) -> None:
        self.closed = True

    def _answer(self, call: str) -> Recognition:
        self.calls.append(call)
        text = f"{call} {self.fed // 512}"
        return Recognition((Hypothesis(text),), self.problem)
