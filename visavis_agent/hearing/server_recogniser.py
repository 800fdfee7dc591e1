"""A recognition server as a recogniser, with the embedded one beside it."""

from __future__ import annotations

from visavis_agent.core.records import Hypothesis
from visavis_agent.hearing.led_recogniser import LedRecogniser
from visavis_agent.hearing.recogniser import RecogniserSettings
from visavis_agent.hearing.server_settings import ServerSettings
from visavis_agent.hearing.speech_server import SpeechServer

_CONFIDENCE = 0.9
"""Servers give none."""


class _Server:
    """A server that takes the lead."""

    def __init__(self, settings: ServerSettings, locale: str) -> None:
        self._server = SpeechServer(settings, locale)
        self.close = self._server.close

    def prepare(self) -> tuple[str, ...]:
        """Whether it is there shows when it is asked."""
        return ()

    def transcribe(self, pcm: bytes) -> Hypothesis:
        return Hypothesis(self._server.transcribe(pcm), _CONFIDENCE)


class ServerRecogniser(LedRecogniser):
    """Careful readings by the server.

    Raises:
        EngineError: no server is set, or its settings are wrong.
    """

    settings_type = RecogniserSettings

    def __init__(self, settings: RecogniserSettings) -> None:
        super().__init__(_Server(settings.server, settings.locale), settings)
