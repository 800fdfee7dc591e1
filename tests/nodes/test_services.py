"""A foreign process drives the agent by its services and its action, on the real stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rclpy.action import ActionClient
from visavis.action import Say
from visavis.msg import (
    TurnState,
)
from visavis.srv import Chat, Interrupt

from tests.nodes.client import Client, running

pytestmark = pytest.mark.ros
MIND = "agent,conversation,dialogue,speech,playback"


class Speaker:
    """Sends goals of Say; collects their words."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.action = ActionClient(client.node, Say, "say")
        client.wait(self.action.server_is_ready, "the action say")

    def say(self, text: str, **fields: Any) -> tuple[Any, list[Any]]:
        """The accepted goal, and its feedback as it comes."""
        words: list[Any] = []
        goal = Say.Goal(text=text, **fields)
        sent = self.action.send_goal_async(goal, feedback_callback=lambda f: words.append(f.feedback))
        self.client.wait(sent.done, "the goal")
        return sent.result(), words

    def result(self, goal: Any) -> Any:
        future = goal.get_result_async()
        self.client.wait(future.done, "the result")
        return future.result().result

    def close(self) -> None:
        self.action.destroy()


def test_texts_are_answered_said_and_cut_off(client: Client, tmp_path: Path) -> None:
    states = client.listen(TurnState, "conversation/turn_state", latched=True)
    with running(tmp_path / "log", "--stages", MIND) as process:
        answer = client.call(Chat, "chat", Chat.Request(text="What is your name?"))
        print(answer, process.output[-3000:])
        assert answer.success and not answer.message and "Vera" in answer.answer
        client.wait(lambda: states[-1].phase == TurnState.PHASE_SPEAKING, "its sound")

        stopped = client.call(Interrupt, "interrupt", Interrupt.Request())
        assert stopped.success and stopped.id.turn > answer.id.turn

        speaker = Speaker(client)
        goal, words = speaker.say("<gesture wave>Good morning to you.")
        result = speaker.result(goal)
        assert (result.outcome, result.heard) == (Say.Result.OUTCOME_SPOKEN, "Good morning to you.")
        assert [(w.index, w.word) for w in words] == list(enumerate("Good morning to you.".split()))

        first, _ = speaker.say("This will take a while, because it is a long sentence, and nobody will wait for it.")
        client.wait(lambda: states[-1].phase == TurnState.PHASE_SPEAKING, "its sound")
        second, _ = speaker.say("Stop.", interrupt=True)
        cut, said = speaker.result(first), speaker.result(second)
        assert cut.outcome == Say.Result.OUTCOME_INTERRUPTED and len(cut.heard) < 60
        assert said.outcome == Say.Result.OUTCOME_SPOKEN

        wrong, _ = speaker.say("<gesture somersault>Look at me.")
        refused = speaker.result(wrong)
        assert refused.outcome == Say.Result.OUTCOME_FAILED and "somersault" in refused.message
        speaker.close()
