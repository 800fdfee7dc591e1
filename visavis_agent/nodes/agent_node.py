"""The node of the agent stage: the services and the action of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from visavis.action import Say
from visavis.srv import (
    Chat,
    Interrupt,
    LookAt,
    PlayGesture,
    SelectAvatar,
    SelectPersona,
    SetEnabled,
    SetExpression,
)

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import InputError, VisavisError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import DEVICES, Float3, GazeFrame
from visavis_agent.messages.fields import Codec, structure_codec
from visavis_agent.nodes.deferred import DeferredService, Reply
from visavis_agent.nodes.ros_messages import RclpyFamily
from visavis_agent.nodes.say_action import SayAction, Word
from visavis_agent.nodes.stage_node import StageNode
from visavis_agent.nodes.tf import TfListener
from visavis_agent.robot.agent import AgentStage
from visavis_agent.robot.chat import Answer
from visavis_agent.robot.saying import Outcome, Said, Saying

T = TypeVar("T")
_INACTIVE = "The node is not active"


class AgentNode(StageNode):
    """Hands requests to the agent stage and its answers back; the ROS thread never waits for them."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        family = RclpyFamily()
        self._ids: Codec = structure_codec(ReplyId, "visavis/msg/ReplyId", family)
        self._emotions: Codec = structure_codec(Emotion, "visavis/msg/Emotion", family)
        self._offered: list[DeferredService] = []
        self._say_action: SayAction | None = None
        self._tf: TfListener | None = None

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        done = super().on_configure(state)
        if done == TransitionCallbackReturn.SUCCESS and self._say_action is None:
            self._offer()
        return done

    def destroy_node(self) -> None:
        if self._say_action is not None:
            self._say_action.destroy()
        super().destroy_node()

    def _offer(self) -> None:
        """They stay when the node is cleaned up, so that who asks an inactive node is told so."""
        served = (
            (Chat, "chat", self._chat),
            (Interrupt, "interrupt", self._interrupt),
            (LookAt, "look_at", self._look_at),
            (SetExpression, "set_expression", self._set_expression),
            (PlayGesture, "play_gesture", self._play_gesture),
            (SetEnabled, "set_enabled", self._set_enabled),
            (SelectAvatar, "select_avatar", self._select_avatar),
            (SelectPersona, "select_persona", self._select_persona),
        )
        self._tf = TfListener(self) if self._settings.tf else None
        self._offered = [DeferredService(self, kind, name, ask) for kind, name, ask in served]
        self._say_action = SayAction(self, Say, "say", self, self._ids.encode)

    # ---------------------------------------------------------------------------------------------------- stage
    def _with_stage(self, action: Callable[[AgentStage], None], refuse: Callable[[str], None]) -> None:
        """Run `action` on the stage thread; `refuse` is told why it could not be done."""

        def attempt() -> None:
            stage = self.host.stage if self.host is not None else None
            if not isinstance(stage, AgentStage):
                refuse(_INACTIVE)
                return
            try:
                action(stage)
            except (VisavisError, ValueError) as error:
                refuse(str(error))

        self._neighbours.loop.post(attempt)

    def _answer(self, reply: Reply, response: Any) -> Callable[[str], None]:
        """Sends `response` with the words why it failed, or with none as a success."""

        def send(problem: str = "") -> None:
            response.success, response.message = not problem, problem
            reply(response)

        return send

    # ------------------------------------------------------------------------------------------------- speaking
    def _chat(self, request: Any, response: Any, reply: Reply) -> None:
        def done(answer: Answer) -> None:
            response.success, response.message, response.answer = answer.success, answer.message, answer.text
            response.id = self._ids.encode(answer.id)
            reply(response)

        self._with_stage(
            lambda stage: stage.chat(request.text, request.person_id, request.locale, done),
            self._answer(reply, response),
        )

    def _interrupt(self, request: Any, response: Any, reply: Reply) -> None:
        def done(active: bool, message: str, id: ReplyId) -> None:
            response.success, response.message, response.id = active, message, self._ids.encode(id)
            reply(response)

        self._with_stage(lambda stage: stage.interrupt(done), self._answer(reply, response))

    def begin(self, goal: Any, word: Word, done: Callable[[Said], None]) -> Callable[[], None]:
        """Have the goal of a Say said (say_action.Sayer)."""
        begun: list[Saying] = []

        def say(stage: AgentStage) -> None:
            emotion = self._emotions.decode(goal.emotion)
            begun.append(stage.say(goal.text, goal.locale, emotion, goal.interrupt, word, done))

        def cancel(stage: AgentStage) -> None:
            for saying in begun:
                saying.cancel()

        self._with_stage(say, lambda problem: done(Said(Outcome.FAILED, message=problem)))
        return lambda: self._with_stage(cancel, lambda problem: None)

    # --------------------------------------------------------------------------------------------- face and body
    def _look_at(self, request: Any, response: Any, reply: Reply) -> None:
        send = self._answer(reply, response)

        def look(stage: AgentStage) -> None:
            if request.enable:
                point, frame = self._point(stage, request.target)
                stage.look_at(point, frame, request.person_id, request.duration)
            else:
                stage.look_freely()
            send("")

        self._with_stage(look, send)

    def _point(self, stage: AgentStage, target: Any) -> tuple[Float3, GazeFrame]:
        """A point with the frame that motion knows it in."""
        point = (target.point.x, target.point.y, target.point.z)
        name = target.header.frame_id
        frame = stage.frame(name)
        if frame is not None:
            return point, frame
        if self._tf is None:
            raise InputError(f"the frame {name!r} is not known", "target", "The node's parameter tf is false")
        return self._tf.point(stage.screen_frame, name, point), GazeFrame.SCREEN

    def _set_expression(self, request: Any, response: Any, reply: Reply) -> None:
        send = self._answer(reply, response)

        def show(stage: AgentStage) -> None:
            emotion = self._emotions.decode(request.emotion) if request.enable else None
            stage.show(emotion, request.duration)
            send("")

        self._with_stage(show, send)

    def _play_gesture(self, request: Any, response: Any, reply: Reply) -> None:
        send = self._answer(reply, response)

        def play(stage: AgentStage) -> None:
            response.duration = stage.gesture(request.name, request.intensity)
            send("")

        self._with_stage(play, send)

    # -------------------------------------------------------------------------------------- devices, character
    def _set_enabled(self, request: Any, response: Any, reply: Reply) -> None:
        send = self._answer(reply, response)
        if request.device >= len(DEVICES):
            send(f"There is no device {request.device}. There are: {', '.join(DEVICES)} (0 to {len(DEVICES) - 1})")
            return
        device = DEVICES[request.device]
        self._with_stage(
            lambda stage: stage.enable(device, request.enabled, lambda success, message: send(message)), send
        )

    def _select_avatar(self, request: Any, response: Any, reply: Reply) -> None:
        send = self._answer(reply, response)

        def select(stage: AgentStage) -> None:
            response.name = stage.select_avatar(request.name, request.description)
            send("")

        self._with_stage(select, send)

    def _select_persona(self, request: Any, response: Any, reply: Reply) -> None:
        send = self._answer(reply, response)

        def select(stage: AgentStage) -> None:
            stage.select_persona(request.name)
            send("")

        self._with_stage(select, send)
