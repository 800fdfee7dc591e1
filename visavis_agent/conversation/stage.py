"""The conversation stage: the state machine between the host's time and the other stages."""

from __future__ import annotations

from typing import ClassVar

from visavis_agent.conversation.machine import Conversation
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.core.records import (
    NO_REPLY,
    DevicesEnabled,
    Level,
    Persons,
    PlaybackStatus,
    Prosody,
    Record,
    SpeechAudio,
    SpeechPlan,
    TextInput,
    TurnState,
    Utterance,
    VoiceActivity,
    WordsHeard,
)
from visavis_agent.core.stage import Handle, Host, Stage


class ConversationStage(Stage):
    """Hosts a Conversation. Its epoch is the media time of its start, which on one machine only rises."""

    settings_type = ConversationSettings
    handlers: ClassVar[dict[type[Record], str]] = dict.fromkeys(
        (
            VoiceActivity,
            Prosody,
            Utterance,
            TextInput,
            DevicesEnabled,
            Persons,
            SpeechPlan,
            SpeechAudio,
            PlaybackStatus,
            WordsHeard,
        ),
        "on",
    )

    def __init__(self, settings: ConversationSettings, host: Host) -> None:
        super().__init__(settings, host)
        self._machine = Conversation(settings, epoch=max(0, host.now()) + 1)
        self._timer: Handle | None = None

    def start(self) -> None:
        """Announce the first state."""
        self._send(self._machine.begin(self.host.now()))

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def on(self, event: Record | None) -> None:
        """Take an event; None when a deadline has come."""
        self._send(self._machine.on(event, self.host.now()))

    def _send(self, records: list[Record]) -> None:
        for record in records:
            self.host.emit(record)
            if isinstance(record, TurnState) and record.reason == NO_REPLY:
                self.host.diagnose(Level.WARN, "a turn got no reply: the mind or the voice is missing or too slow")
        if self._timer is not None:
            self._timer.cancel()
        alarm = self._machine.alarm
        self._timer = self.host.at(alarm, lambda: self.on(None)) if alarm is not None else None
