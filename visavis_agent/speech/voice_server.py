"""A server that speaks, by OpenAI's protocol: POST /v1/audio/speech.

A clause is taken as a whole: its phones can be told only then, and when the server breaks off in the middle, the
embedded voice says the clause from its beginning. Clauses are short, and asked for while others are heard.
"""

from __future__ import annotations

import aiohttp

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.errors import FormatError
from visavis_agent.core.service import Service, body
from visavis_agent.speech.leads import LeadVoice
from visavis_agent.speech.prosody import Prosody
from visavis_agent.speech.sound_file import read_samples, read_wav
from visavis_agent.speech.voice_server_settings import VoiceServerSettings
from visavis_agent.speech.voices import Clause, Speech

_SECONDS_PER_CHARACTER = 0.08
_LONGEST_ANSWER = 24_000_000
"""Bytes: a minute of 48 kHz in stereo and floats."""
_SLOWEST, _FASTEST = 0.25, 4.0
_UNCHANGED = 0.005
_LITTLE, _MUCH = 0.12, 0.5
_WORDS = (
    ("rate", 0.4, "faster", "slower"),
    ("pitch", 6.0, "higher", "lower"),
    ("range", 1.0, "livelier", "more monotonous"),
    ("level", 3.0, "louder", "softer"),
)


class VoiceServer(LeadVoice):
    """Asks the server for one clause after the other.

    Raises:
        EngineError: no server is set, or its settings are wrong.
    """

    settings_type = VoiceServerSettings

    def __init__(self, settings: VoiceServerSettings) -> None:
        self._settings = settings
        self._service = Service("voice server", settings.url, "audio/speech", settings.key_variable, "speech.server")

    @property
    def name(self) -> str:
        return "voice server"

    def synthesise(self, clause: Clause, cancellation: Cancellation) -> Speech:
        """The server's sound, as loud as the server makes it, without marks."""
        text, _ = clause.lay_out()
        allowed = self._settings.timeout_s
        # A server slower than its own sound could not keep a reply going.
        whole = allowed + _SECONDS_PER_CHARACTER * len(text) / clause.prosody.rate_factor
        timeout = aiohttp.ClientTimeout(total=whole, sock_connect=allowed, sock_read=allowed)

        async def post(session: aiohttp.ClientSession) -> tuple[int, bytes]:
            request = session.post(
                self._service.url, json=self._request(text, clause.prosody), timeout=timeout, allow_redirects=False
            )
            async with request as response:
                return response.status, await body(response, _LONGEST_ANSWER)

        status, answer = self._service.ask(post, f"no sound within {allowed:g} s, or less than is heard", cancellation)
        if status != 200:
            words = " ".join(answer[:120].decode(errors="replace").split())
            raise self._service.error(f"answers {status}: {words}")
        try:
            if self._settings.format == "wav":
                return Speech(*read_wav(answer))
            return Speech(*read_samples(answer, self._settings.sample_rate))
        except FormatError as error:
            raise self._service.error(f"fails: what it sends {error.what}") from None

    def close(self) -> None:
        self._service.close()

    def _request(self, text: str, prosody: Prosody) -> dict[str, object]:
        settings = self._settings
        asked: dict[str, object] = {"model": settings.model, "voice": settings.voice, "input": text}
        asked["response_format"] = settings.format
        if abs(prosody.rate) > _UNCHANGED:
            asked["speed"] = round(min(_FASTEST, max(_SLOWEST, prosody.rate_factor)), 3)
        if settings.describe and (words := manner(prosody)):
            asked["instructions"] = words
        return asked


def manner(prosody: Prosody) -> str:
    """How a prosody sounds, in words ("Speak much faster and a little louder than usual."); nothing when neutral."""
    said = []
    for axis, full, more, less in _WORDS:
        share = getattr(prosody, axis) / full
        if abs(share) >= _LITTLE:
            degree = "much" if abs(share) > _MUCH else "a little"
            said.append(f"{degree} {more if share > 0 else less}")
    return f"Speak {', '.join(said)} than usual." if said else ""
