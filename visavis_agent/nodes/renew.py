"""`python -m visavis_agent.nodes.renew --namespace NAME --stage NAME`: a stage of a running agent begins anew.

Its node is deactivated, cleaned up, configured and activated: the stage is made again, with its random numbers from the
beginning, while everything else goes on.
"""

from __future__ import annotations

import argparse
import sys

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.client import Client
from rclpy.node import Node

from visavis_agent.core.errors import EngineError, VisavisError

_STEPS = {
    "deactivated": Transition.TRANSITION_DEACTIVATE,
    "cleaned up": Transition.TRANSITION_CLEANUP,
    "configured": Transition.TRANSITION_CONFIGURE,
    "activated": Transition.TRANSITION_ACTIVATE,
}
_PATIENCE_S = 20.0


def renew(node: Node, stage: str) -> None:
    """Take the stage's node through its whole life cycle.

    Args:
        node: in the agent's namespace.

    Raises:
        EngineError: there is no such node, or it refuses a step.
    """
    client: Client = node.create_client(ChangeState, f"{stage}/change_state")
    if not client.wait_for_service(_PATIENCE_S):
        raise EngineError(f"no stage {stage} answers in {node.get_namespace()}", stage, "Is the agent running?")
    for word, step in _STEPS.items():
        if not _changed(node, client, step):
            raise EngineError(f"the stage {stage} could not be {word}", stage, "See what it says of itself")


def _changed(node: Node, client: Client, step: int) -> bool:
    future = client.call_async(ChangeState.Request(transition=Transition(id=step)))
    rclpy.spin_until_future_complete(node, future, timeout_sec=_PATIENCE_S)
    answer = future.result() if future.done() else None
    return answer is not None and bool(answer.success)


def main() -> int:
    """0 when it has begun anew, 2 when it could not."""
    parser = argparse.ArgumentParser(prog="python -m visavis_agent.nodes.renew")
    parser.add_argument("--namespace", default="", help="of the agent's nodes")
    parser.add_argument("--stage", required=True, help="that shall begin anew")
    options = parser.parse_args()
    rclpy.init(args=[])
    try:
        renew(rclpy.create_node("renew", namespace=options.namespace), options.stage)
    except VisavisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
