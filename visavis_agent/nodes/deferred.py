"""Services that are answered later, from any thread.

A callback that is a coroutine would do, but rclpy's executors run it again and again while it waits. So the callback
ends at once, what it returns is not sent, and the header that rclpy hands to `send_response` is kept for later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node

Reply = Callable[[Any], None]


class DeferredService:
    """A service whose requests are answered when it is time.

    Args:
        kind: the service's class.
        name: relative name.
        ask: gets a request, an empty response, and what sends it, which may be called once from any thread. On the
            ROS thread.
    """

    def __init__(self, node: Node, kind: Any, name: str, ask: Callable[[Any, Any, Reply], None]) -> None:
        self._node = node
        self._ask = ask
        self._request: Any = None
        service: Any = node.create_service(kind, name, self._asked)
        self._send = service.send_response
        service.send_response = self._answer_later

    def _asked(self, request: Any, response: Any) -> Any:
        self._request = request
        return response

    def _answer_later(self, response: Any, header: Any) -> None:
        """rclpy calls this with what the callback returned, right after it."""
        request, self._request = self._request, None
        self._ask(request, response, lambda answer: run_on_ros(self._node, lambda: self._send(answer, header)))


def run_on_ros(node: Node, action: Callable[[], None]) -> None:
    """Run `action` on the ROS thread; nothing happens when the node is not spun any more."""
    executor = node.executor
    if executor is not None:
        executor.create_task(action)
