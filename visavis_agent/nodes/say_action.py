"""The action Say: a text is said, and its words are told as they are heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rclpy.action.server import ActionServer, CancelResponse, GoalResponse, ServerGoalHandle
from rclpy.node import Node

from visavis_agent.core.ids import ReplyId
from visavis_agent.nodes.deferred import run_on_ros
from visavis_agent.robot.saying import Outcome, Said

Goal = ServerGoalHandle[Any, Any, Any]
Word = Callable[[ReplyId, str, int], None]


class Sayer(Protocol):
    """Who can say texts; called on the ROS thread, calls back on any."""

    def begin(self, goal: Any, word: Word, done: Callable[[Said], None]) -> Callable[[], None]:
        """Have the goal's text said; gives what cancels it."""
        ...


class SayAction:
    """Every goal is accepted; what cannot be said is aborted with the reason, since a refusal carries no words.

    rclpy executes a goal in one call, so a goal is executed when it is over; its words are told before.

    Args:
        kind: the action's class.
        reply_id: makes the message of an id.
    """

    def __init__(self, node: Node, kind: Any, name: str, sayer: Sayer, reply_id: Callable[[ReplyId], Any]) -> None:
        self._node = node
        self._kind = kind
        self._sayer = sayer
        self._reply_id = reply_id
        self._cancels: dict[bytes, Callable[[], None]] = {}
        self._server: Any = ActionServer(
            node,
            kind,
            name,
            execute_callback=lambda handle: kind.Result(),
            goal_callback=lambda request: GoalResponse.ACCEPT,
            handle_accepted_callback=self._accepted,
            cancel_callback=self._cancelled,
        )

    def destroy(self) -> None:
        self._server.destroy()

    def _accepted(self, handle: Goal) -> None:
        key = bytes(handle.goal_id.uuid)
        word = lambda id, text, index: run_on_ros(self._node, lambda: self._tell(handle, id, text, index))  # noqa: E731
        done = lambda said: run_on_ros(self._node, lambda: self._finish(handle, said))  # noqa: E731
        self._cancels[key] = self._sayer.begin(handle.request, word, done)

    def _cancelled(self, handle: Goal) -> CancelResponse:
        cancel = self._cancels.get(bytes(handle.goal_id.uuid))
        if cancel is None:
            return CancelResponse.REJECT
        cancel()
        return CancelResponse.ACCEPT

    def _tell(self, handle: Goal, id: ReplyId, word: str, index: int) -> None:
        if handle.is_active:
            handle.publish_feedback(self._kind.Feedback(id=self._reply_id(id), word=word, index=index))

    def _finish(self, handle: Goal, said: Said) -> None:
        self._cancels.pop(bytes(handle.goal_id.uuid), None)
        handle.execute(lambda ended: self._result(ended, said))

    def _result(self, handle: Goal, said: Said) -> Any:
        if handle.is_cancel_requested:
            handle.canceled()
        elif said.outcome is Outcome.SPOKEN:
            handle.succeed()
        else:
            handle.abort()
        return self._kind.Result(
            id=self._reply_id(said.id), outcome=int(said.outcome), heard=said.heard, message=said.message
        )
