"""Voices that a deployment brings along: better than the embedded ones, but slower, and they may fail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.ids import ReplyId
from visavis_agent.speech.voices import Clause, Speech


class LeadVoice(ABC):
    """Speaks instead of the embedded voice, which stands beside it; one clause at a time."""

    settings_type: ClassVar[type[Any]]

    @property
    @abstractmethod
    def name(self) -> str:
        """What it is, for messages ("voice server")."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What it cannot do of what it is asked, in words for people."""
        return ()

    def speaks(self, locale: str) -> bool:
        """Whether it knows the language of a BCP-47 tag."""
        return True

    @abstractmethod
    def synthesise(self, clause: Clause, cancellation: Cancellation) -> Speech:
        """Say a clause; sound that comes without phones is aligned.

        Raises:
            EngineError: it failed, or the clause was cancelled.
        """

    def close(self) -> None:
        """Give back what it holds; from any thread."""


LEADS: EngineRegistry[LeadVoice] = EngineRegistry(
    "voice",
    {
        "server": EngineEntry("visavis_agent.speech.voice_server:VoiceServer"),
        "piper": EngineEntry("visavis_agent.speech.piper:PiperVoice"),
    },
)


class Patience:
    """Who has failed is left alone: for the rest of the reply, so that its voice does not change to and fro, and for
    three more, since each wait for it holds up an answer.
    """

    _REPLIES = 3

    def __init__(self) -> None:
        self._failed: set[ReplyId | None] = set()
        self.lost = False

    def allows(self, reply: ReplyId | None) -> bool:
        """Whether it may be asked for a clause of `reply`."""
        if not self.lost or len(self._failed | {reply}) > 1 + self._REPLIES:
            return True
        self._failed.add(reply)
        return False

    def failed(self, reply: ReplyId | None) -> None:
        self._failed = {reply}
        self.lost = True

    def succeeded(self) -> None:
        self._failed.clear()
        self.lost = False
