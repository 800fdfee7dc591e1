"""A visitor who touches the first question of the page, and hears what becomes of the replies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, Phase, PlaybackStatus, Record, SinkState, TurnState
from visavis_agent.evaluation.live_agent import kiosk
from visavis_agent.evaluation.live_interview import sound_settings
from visavis_agent.evaluation.page_watch import PageWatch

REPLY_S = 8.0
"""How long a reply is waited for."""
ASK = "document.querySelector('#questions button').click()"
"""Touches the page's first question."""


def deployment(page_port: int, sound_port: int) -> dict[str, Any]:
    """A kiosk that speaks through the loopback; its page is silent."""
    sound = sound_settings()
    microphone = {**sound["microphone"], "page": True, "sound_server": {"port": sound_port}}
    return kiosk({**sound, "microphone": microphone, "page": {"port": page_port}})


@dataclass
class Ear:
    """What is heard of replies: who plays, who has finished."""

    playing: list[ReplyId] = field(default_factory=list)
    finished: list[ReplyId] = field(default_factory=list)
    calm: bool = True
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, record: Record, at_ns: int) -> None:
        """From the observer's thread."""
        with self.changed:
            if isinstance(record, TurnState):
                self.calm = record.phase in (Phase.IDLE, Phase.LISTENING)
            elif isinstance(record, PlaybackStatus) and record.lane is Lane.REPLY:
                heard = {SinkState.PLAYING: self.playing, SinkState.FINISHED: self.finished}.get(record.state)
                if heard is not None and record.id not in heard:
                    heard.append(record.id)
            self.changed.notify_all()

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether it came true in time."""
        with self.changed:
            return self.changed.wait_for(condition, seconds)


def ask(ear: Ear, page: PageWatch) -> ReplyId | None:
    """Touch the first question: the reply that is heard then."""
    before = len(ear.playing)
    page.evaluate(ASK)
    return ear.playing[-1] if ear.wait(lambda: len(ear.playing) > before, REPLY_S) else None
