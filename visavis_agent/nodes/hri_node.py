"""The node of the ros4hri stage: REP-155's topics in messages of hri_msgs, which is imported only here and now."""

from __future__ import annotations

import importlib
import math
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile

from visavis_agent.core.errors import EngineError, InputError
from visavis_agent.core.records import GazeFrame, Level
from visavis_agent.nodes.stage_node import StageNode
from visavis_agent.robot.hri import EXPRESSION, IDS, SPEECH, FrameAt, HriStage

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_PLAIN = QoSProfile(depth=10)
_POINT = "geometry_msgs/msg/PointStamped"
_TRANSFORMS, _TRANSFORM = "tf2_msgs/msg/TFMessage", "geometry_msgs/msg/TransformStamped"


def message_class(name: str) -> type[Any]:
    """The class of "package/msg/Name".

    Raises:
        EngineError: its package is not installed.
    """
    package, _, kind = name.split("/")
    try:
        found: type[Any] = getattr(importlib.import_module(f"{package}.msg"), kind)
    except (ImportError, AttributeError) as error:
        remedy = f"Install the ROS package {package}, or leave out what needs it"
        raise EngineError(f"the message {name} is not installed ({error})", "", remedy) from None
    return found


class HriNode(StageNode):
    """Publishes what the stage sends (robot.hri.Humans) and hands it what others ask."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # A class lives until garbage is collected; a node that it held would live beyond rclpy's end, and hang there.
        node = weakref.proxy(self)

        class Bound(HriStage):
            humans = node

        self._stage_type = Bound
        self._topics: dict[str, Publisher] = {}
        self._frames: Publisher | None = None
        self._asked: list[Any] = []
        self._voices: dict[str, Any] = {}

    # ------------------------------------------------------------------------------------------------- lifecycle
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            for name in (IDS, EXPRESSION, SPEECH):
                message_class(name)
        except EngineError as error:
            self._say(Level.ERROR, str(error))
            self._condition = "failed"
            return TransitionCallbackReturn.FAILURE
        if self._settings.tf:
            self._open_frames()
        done = super().on_activate(state)
        if done == TransitionCallbackReturn.SUCCESS:
            self._listen_to_others()
        return done

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        done = super().on_deactivate(state)
        self._close()
        return done

    def finish(self) -> None:
        super().finish()
        self._close()

    def _close(self) -> None:
        for subscription in [*self._asked, *self._voices.values()]:
            self.destroy_subscription(subscription)
        publishers = [*self._topics.values(), *([self._frames] if self._frames else [])]
        self._asked.clear()
        self._voices.clear()
        self._topics.clear()
        self._frames = None
        for publisher in publishers:
            self.destroy_publisher(publisher)

    def _open_frames(self) -> None:
        try:
            self._frames = self.create_publisher(message_class(_TRANSFORMS), "/tf", QoSProfile(depth=100))
        except EngineError as error:
            self._say(Level.WARN, f"no frames of faces and gaze: {error}")

    # ------------------------------------------------------------------- what the stage sends, on the stage thread
    def send(self, topic: str, kind: str, values: dict[str, Any], media_ns: int, latched: bool = False) -> None:
        publisher = self._topics.get(topic)
        if publisher is None:
            publisher = self.create_publisher(message_class(kind), topic, _LATCHED if latched else _PLAIN)
            self._topics[topic] = publisher
        if latched or publisher.get_subscription_count():
            publisher.publish(self._filled(message_class(kind)(), values, media_ns))

    def forget(self, prefix: str) -> None:
        for topic in [topic for topic in self._topics if topic.startswith(prefix)]:
            self.destroy_publisher(self._topics.pop(topic))

    def place(self, frames: Iterable[FrameAt], media_ns: int) -> None:
        if self._frames is None:
            return
        transforms = [self._transform(frame, media_ns) for frame in frames]
        if transforms:
            self._frames.publish(message_class(_TRANSFORMS)(transforms=transforms))

    def _filled(self, message: Any, values: dict[str, Any], media_ns: int) -> Any:
        """Fields that another release of the package does not have are left out."""
        for name, value in values.items():
            if name != "frame_id" and hasattr(message, name):
                setattr(message, name, value)
        if "locale" in values and hasattr(message, "language"):
            message.language = values["locale"]  # before hri_msgs 2.1
        if hasattr(message, "header"):
            self._stamp(message.header, values.get("frame_id", ""), media_ns)
        return message

    def _transform(self, frame: FrameAt, media_ns: int) -> Any:
        stamped = message_class(_TRANSFORM)()
        self._stamp(stamped.header, frame.parent, media_ns)
        stamped.child_frame_id = frame.child
        moved, turned = stamped.transform.translation, stamped.transform.rotation
        moved.x, moved.y, moved.z = frame.translation
        turned.x, turned.y, turned.z, turned.w = frame.rotation
        return stamped

    def _stamp(self, header: Any, frame_id: str, media_ns: int) -> None:
        ros_ns = media_ns + self._ros_offset()
        header.stamp.sec, header.stamp.nanosec = divmod(max(0, ros_ns), 1_000_000_000)
        header.frame_id = frame_id

    # --------------------------------------------------------------------------- what others ask, on the ROS thread
    def _listen_to_others(self) -> None:
        settings = self._settings
        wanted = (
            (settings.expression, EXPRESSION, self._expression),
            (settings.look_at, _POINT, self._point),
            (f"{settings.humans}/voices/tracked" if settings.hear else "", IDS, self._heard),
        )
        for topic, kind, take in wanted:
            if topic:
                qos = _LATCHED if kind == IDS else _PLAIN
                self._asked.append(self.create_subscription(message_class(kind), topic, take, qos))

    def _expression(self, message: Any) -> None:
        def show(stage: HriStage) -> None:
            if not stage.show(message.expression, float(message.valence), float(message.arousal)):
                raise InputError(f"there is no expression {message.expression!r}", self._settings.expression, "")

        self._with_stage(show)

    def _point(self, message: Any) -> None:
        point = (message.point.x, message.point.y, message.point.z)
        camera = message.header.frame_id == self._settings.camera_frame

        def look(stage: HriStage) -> None:
            if not all(math.isfinite(value) for value in point):
                raise InputError(f"the point is {point}", self._settings.look_at, "Its coordinates are finite, in m")
            stage.look(point, GazeFrame.CAMERA if camera else GazeFrame.SCREEN)

        self._with_stage(look)

    def _heard(self, message: Any) -> None:
        """Follow the voices that others track."""
        for voice in [voice for voice in self._voices if voice not in message.ids]:
            self.destroy_subscription(self._voices.pop(voice))
        for voice in message.ids:
            if voice.isidentifier() and voice not in self._voices:
                topic = f"{self._settings.humans}/voices/{voice}/speech"
                self._voices[voice] = self.create_subscription(
                    message_class(SPEECH), topic, lambda speech, voice=voice: self._speech(voice, speech), _PLAIN
                )

    def _speech(self, voice: str, speech: Any) -> None:
        locale = getattr(speech, "locale", "") or getattr(speech, "language", "")
        self._with_stage(lambda stage: stage.take_speech(voice, speech.final, locale))

    def _with_stage(self, action: Callable[[HriStage], None]) -> None:
        def attempt() -> None:
            stage = self.host.stage if self.host is not None else None
            if isinstance(stage, HriStage):
                try:
                    action(stage)
                except InputError as error:
                    self._say(Level.WARN, str(error))

        self._neighbours.loop.post(attempt)
