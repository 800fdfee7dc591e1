"""A stage of the graph table as a lifecycle node."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription

from visavis_agent.core.clock import Clock
from visavis_agent.core.errors import EngineError, InputError, VisavisError
from visavis_agent.core.graph import QoS, StageSpec
from visavis_agent.core.records import Diagnostic, Level, Record
from visavis_agent.messages.converters import ALTERNATIVES, Converter, Timing, message_name
from visavis_agent.nodes.foreign_clock import ForeignClock
from visavis_agent.nodes.host import Neighbours, NodeHost
from visavis_agent.nodes.inlet import Inlet
from visavis_agent.nodes.parameters import StageParameters
from visavis_agent.nodes.ros_messages import RclpyFamily
from visavis_agent.nodes.topic_reader import LeftToReader, TopicReader

_FROZEN = "the node is configured; deactivate it and clean it up first"


def qos_profile(qos: QoS) -> QoSProfile:
    """The profile of rclpy for the quality of service of a topic."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=qos.depth,
        reliability=ReliabilityPolicy.RELIABLE if qos.reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if qos.latched else DurabilityPolicy.VOLATILE,
    )


@dataclass(frozen=True, slots=True)
class StageReport:
    """How a stage is.

    Attributes:
        condition: "unconfigured", "inactive", "starting", "active", "failed" or "finalized".
        said: diagnostics since the last report.
        device_ns: media time at which its device called last; None without an open device.
    """

    stage: str
    condition: str
    said: list[tuple[Level, str]]
    device_ns: int | None


class StageNode(LifecycleNode):
    """Runs the stage of `spec`: takes its inputs, publishes its outputs and diagnostics.

    Configuring reads the parameters and opens the publishers; activating makes and starts the stage (engines,
    devices) and subscribes; deactivating stops it. With the parameter `autostart` the process does the first
    two. A message that cannot be used is counted, and reported at the 1st, 10th, 100th, … on its topic;
    nothing else happens.

    Raises:
        EngineError: the stage cannot be imported.
        ConfigurationError: a parameter is unknown or out of range.
    """

    def __init__(
        self,
        spec: StageSpec,
        neighbours: Neighbours,
        clock: Clock,
        reader: TopicReader,
        subscribed: tuple[type[Record], ...],
    ) -> None:
        super().__init__(spec.name, automatically_declare_parameters_from_overrides=True)
        self.spec = spec
        self._neighbours = neighbours
        self._media_clock = clock
        self._reader = reader
        self._inputs_group = LeftToReader()
        self._subscribed = subscribed
        self._converter = Converter(RclpyFamily())
        self._outputs: dict[type[Record], Publisher] = {}
        self._inlets: dict[Inlet, Subscription] = {}
        self._replaceable: dict[Inlet, Inlet] = {}
        self._rejected: dict[str, int] = {}
        self._host: NodeHost | None = None
        self._settings: Any = None
        self._condition = "unconfigured"
        self._idle = False
        try:
            self._stage_type = spec.load()
        except (ImportError, OSError) as error:
            raise EngineError(f"the stage {spec.name} cannot be loaded ({error})", "", "Run `make env`") from None
        self._stage_parameters = StageParameters(self, self._stage_type.settings_type)

    @property
    def autostart(self) -> bool:
        return self._stage_parameters.read()[0].autostart

    @property
    def host(self) -> NodeHost | None:
        """What hosts the stage, from configuring to cleaning up."""
        return self._host

    def report(self) -> StageReport:
        """How the stage is; from any thread."""
        host = self._host
        if host is None:
            return StageReport(self.spec.name, self._condition, [], None)
        broken = self._condition == "active" and not host.active
        return StageReport(self.spec.name, "failed" if broken else self._condition, host.recent(), host.device_ns())

    def start(self) -> bool:
        """Configure and activate; False when one of them failed. On the ROS thread."""
        success = TransitionCallbackReturn.SUCCESS
        self._condition = "starting"
        return self.trigger_configure() == success and self.trigger_activate() == success

    def finish(self) -> None:
        """Give everything back before the node is destroyed."""
        self._close_inlets()
        if self._host is not None:
            self._neighbours.loop.call(self._host.deactivate)
            self._host.close()

    # ------------------------------------------------------------------------------------------- lifecycle
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        graph = self._neighbours.graph
        try:
            own, self._settings = self._stage_parameters.read()
            self._idle = self._stage_type.idle(self._settings)
            for kind in (*(() if self._idle else self.spec.outputs), Diagnostic):
                self._outputs[kind] = self.create_publisher(
                    self._converter.family.message_class(message_name(kind)),
                    graph.topic(kind).name,
                    qos_profile(graph.topic(kind).qos),
                )
        except VisavisError as error:
            self.log(Level.ERROR, str(error))
            self._condition = "failed"
            return TransitionCallbackReturn.FAILURE
        rng = np.random.default_rng([own.seed, zlib.crc32(self.spec.name.encode())])
        self._host = NodeHost(self.spec, self._neighbours, self, self._media_clock, rng)
        self._stage_parameters.frozen = _FROZEN
        self._condition = "inactive"
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        host = self._hosted()
        self._condition = "starting"
        try:
            self._neighbours.loop.call(lambda: host.activate(lambda: self._stage_type(self._settings, host)))
            for kind in () if self._idle else self._subscribed:
                self._subscribe(kind, host)
        except Exception as error:  # whatever an engine raises, the other stages go on
            words = str(error) if isinstance(error, VisavisError) else f"{type(error).__name__}: {error}"
            self._close_inlets()
            self._neighbours.loop.call(host.deactivate)
            self._say(Level.ERROR, f"the stage cannot start. {words}")
            self._condition = "failed"
            return TransitionCallbackReturn.FAILURE
        self._condition = "active"
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._close_inlets()
        self._neighbours.loop.call(self._hosted().deactivate)
        self._condition = "inactive"
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._release()
        self._condition = "unconfigured"
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self.finish()
        self._release()
        self._condition = "finalized"
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        self.finish()
        self._release()
        self._condition = "unconfigured"
        return TransitionCallbackReturn.SUCCESS

    def _hosted(self) -> NodeHost:
        """The host; there is one from configuring to cleaning up."""
        if self._host is None:
            raise RuntimeError(f"{self.spec.name} is not configured")
        return self._host

    def _release(self) -> None:
        if self._host is not None:
            self._host.close()
        self._host = None
        for publisher in self._outputs.values():
            self.destroy_publisher(publisher)
        self._outputs.clear()
        self._stage_parameters.frozen = ""

    # --------------------------------------------------------- inputs; they come on the reader's thread
    def _subscribe(self, kind: type[Record], host: NodeHost) -> None:
        topic = self._neighbours.graph.topic(kind)
        plain = self._listen(kind, topic.name, message_name(kind), host)
        if kind in ALTERNATIVES:
            last, message = ALTERNATIVES[kind]
            other = self._listen(kind, f"{topic.name}/{last}", message, host)
            self._replaceable[plain] = other

    def _listen(self, kind: type[Record], name: str, message: str, host: NodeHost) -> Inlet:
        """Take records from the topic `name`."""
        topic = self._neighbours.graph.topic(kind)
        inlet = Inlet(self._neighbours.loop, topic.qos, host.deliver)
        clock = ForeignClock() if kind in self._neighbours.graph.outside() else None
        subscription = self._inlets[inlet] = self.create_subscription(
            self._converter.family.message_class(message),
            name,
            lambda _: None,
            qos_profile(topic.qos),
            callback_group=self._inputs_group,
        )
        self._reader.read(subscription, lambda received: self._receive(kind, name, inlet, clock, received))
        return inlet

    def _unsubscribe(self, subscription: Subscription) -> None:
        self._reader.leave(subscription)
        self.destroy_subscription(subscription)

    def _receive(self, kind: type[Record], topic: str, inlet: Inlet, clock: ForeignClock | None, message: Any) -> None:
        timing = Timing(self._ros_offset(), self._media_clock.now())
        try:
            record = self._converter.decode(kind, message, timing, topic)
            inlet.put(clock.place(record, timing.arrival_ns) if clock else record)
            self._prefer(inlet)
        except InputError as error:
            count = self._rejected[topic] = self._rejected.get(topic, 0) + 1
            if is_power_of_ten(count):
                self._say(Level.WARN, f"{error} ({count} rejected so far)")

    def _prefer(self, inlet: Inlet) -> None:
        """A camera driver may publish a picture in both forms: then the plain one is enough."""
        other = self._replaceable.pop(inlet, None)
        if other is not None:
            other.close()
            self._unsubscribe(self._inlets.pop(other))

    def _close_inlets(self) -> None:
        self._replaceable.clear()
        for inlet, subscription in self._inlets.items():
            inlet.close()
            self._unsubscribe(subscription)
        self._inlets.clear()

    def _say(self, level: Level, message: str) -> None:
        host = self._host
        if host is not None:
            self._neighbours.loop.post(lambda: host.diagnose(level, message))

    # ------------------------------------------------------------ outputs (nodes.host.Outlet), stage thread
    def publish(self, record: Record) -> None:
        publisher = self._outputs[type(record)]
        latched = self._neighbours.graph.topic(type(record)).qos.latched
        if not latched and not publisher.get_subscription_count():
            return
        try:
            publisher.publish(self._converter.encode(record, self._ros_offset()))
        except InputError as error:  # the neighbours have it; only the tap misses it
            self._say(Level.ERROR, str(error))

    def log(self, level: Level, message: str) -> None:
        # One line of code per level: rclpy refuses to log with two severities from the same line.
        if level is Level.ERROR:
            self.get_logger().error(message)
        elif level is Level.WARN:
            self.get_logger().warning(message)
        else:
            self.get_logger().info(message)

    def _ros_offset(self) -> int:
        """ROS time minus media time, ns."""
        return int(self.get_clock().now().nanoseconds) - self._media_clock.now()


def is_power_of_ten(number: int) -> bool:
    """1, 10, 100, …"""
    return str(number).strip("0") == "1"
