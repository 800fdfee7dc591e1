"""Takes messages from topics, on a thread that waits for nothing else."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import rclpy
from rclpy.callback_groups import CallbackGroup
from rclpy.guard_condition import GuardCondition
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.subscription import Subscription

from visavis_agent.core.clock import SECOND

InvalidHandle = rclpy_implementation.InvalidHandle
# Of one topic at a time, so that no flood starves the others.
_MOST_AT_ONCE = 16
# How often it is looked whether somebody offers a topic in a way that does not fit.
_EVENTS_EVERY_S = 5.0


class LeftToReader(CallbackGroup):
    """Keeps the executor away from the subscriptions of the group, and from their events, which wake it with every
    message.
    """

    def can_execute(self, entity: Any) -> bool:
        return False

    def beginning_execution(self, entity: Any) -> bool:
        return True

    def ending_execution(self, entity: Any) -> None:
        """Nothing waits for it."""


class TopicReader:
    """Waits for the messages of a process.

    For every message an executor of rclpy builds a wait set anew from all services, events and guards of all nodes:
    0.17 of a core in a visit to the whole agent. The reader's holds subscriptions only, which takes 0.07.
    Subscriptions are made in the group `LeftToReader`. All methods may be called from any thread.

    Args:
        failed: called with what ended the thread.
    """

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._lock = threading.Lock()
        self._watched: dict[Subscription[Any], Callable[[Any], None]] = {}
        self._stopping = False
        self._wake = GuardCondition(callback=None, callback_group=None, context=rclpy.get_default_context())
        self._thread = threading.Thread(target=self._run, name="topics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the callback that runs is finished."""
        self._stopping = True
        self._wake.trigger()
        if self._thread.is_alive():
            self._thread.join()
        self._wake.destroy()

    def read(self, subscription: Subscription[Any], take: Callable[[Any], None]) -> None:
        """Call `take` with every message, on the reader's thread, from now on."""
        with self._lock:
            self._watched[subscription] = take
        self._wake.trigger()

    def leave(self, subscription: Subscription[Any]) -> None:
        """Take no more of it; a callback may still be running."""
        with self._lock:
            self._watched.pop(subscription, None)
        self._wake.trigger()

    def _run(self) -> None:
        try:
            looked_s = time.monotonic()
            while not self._stopping and rclpy.ok():
                with self._lock:
                    watched = dict(self._watched)
                if time.monotonic() - looked_s > _EVENTS_EVERY_S:
                    looked_s = time.monotonic()
                    self._report_events(tuple(watched))
                for subscription in self._ready(tuple(watched)):
                    self._take(subscription, watched[subscription])
        except BaseException as error:
            self._failed(error)

    def _ready(self, subscriptions: tuple[Subscription[Any], ...]) -> list[Subscription[Any]]:
        """Those of them with a message; none when the reader was woken for another reason."""
        context = rclpy.get_default_context().handle
        with ExitStack() as used:
            held = []
            for subscription in subscriptions:
                with contextlib.suppress(InvalidHandle):  # destroyed since
                    used.enter_context(subscription.handle)
                    held.append(subscription)
            used.enter_context(self._wake.handle)
            if context is None:
                return []
            used.enter_context(context)
            waiting = rclpy_implementation.WaitSet(len(held), 1, 0, 0, 0, 0, context)
            waiting.clear_entities()
            waiting.add_guard_condition(self._wake.handle)
            for subscription in held:
                waiting.add_subscription(subscription.handle)
            waiting.wait(round(_EVENTS_EVERY_S * SECOND))
            ready = set(waiting.get_ready_entities("subscription"))
            return [subscription for subscription in held if subscription.handle.pointer in ready]

    def _report_events(self, subscriptions: tuple[Subscription[Any], ...]) -> None:
        """Let rclpy warn of publishers whose type or quality of service does not fit."""
        context = rclpy.get_default_context().handle
        with ExitStack() as used:
            events = []
            for event in (event for subscription in subscriptions for event in subscription.event_handlers):
                with contextlib.suppress(InvalidHandle):
                    used.enter_context(event)
                    events.append(event)
            if context is None:
                return
            used.enter_context(context)
            waiting = rclpy_implementation.WaitSet(0, 0, 0, 0, 0, len(events), context)
            waiting.clear_entities()
            for event in events:
                event.add_to_wait_set(waiting)
            waiting.wait(0)
            for event in events:
                if event.is_ready(waiting):
                    event.callback(event.take_data())

    def _take(self, subscription: Subscription[Any], take: Callable[[Any], None]) -> None:
        for _ in range(_MOST_AT_ONCE):
            try:
                with subscription.handle:
                    taken: Any = subscription.handle.take_message(subscription.msg_type, subscription.raw)
            except InvalidHandle:
                return
            if taken is None or not self._wants(subscription):
                return
            take(taken[0])

    def _wants(self, subscription: Subscription[Any]) -> bool:
        with self._lock:
            return not self._stopping and subscription in self._watched
