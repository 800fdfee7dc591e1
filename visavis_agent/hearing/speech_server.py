"""A server that turns sound into words, by OpenAI's protocol: POST /v1/audio/transcriptions."""

from __future__ import annotations

import io
import json
import wave

import aiohttp

from visavis_agent.core.service import Service, body
from visavis_agent.hearing.server_settings import ServerSettings

RATE = 16_000
_LONGEST_ANSWER = 100_000
_LONGEST_TEXT = 2_000


class SpeechServer:
    """Asks the server; used by one thread.

    Raises:
        EngineError: the address is none, or the variable with the key is not set.
    """

    def __init__(self, settings: ServerSettings, locale: str) -> None:
        self._settings = settings
        path = "audio/transcriptions"
        self._service = Service("recognition server", settings.url, path, settings.key_variable, "recognition.server")
        self._language = locale.replace("_", "-").split("-")[0].lower()

    def transcribe(self, pcm: bytes) -> str:
        """The words of a sound, int16 at 16 kHz.

        Raises:
            EngineError: the server does not answer in time, or with something else than words.
        """

        async def post(session: aiohttp.ClientSession) -> tuple[int, bytes]:
            timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
            request = session.post(self._service.url, data=self._form(pcm), timeout=timeout, allow_redirects=False)
            async with request as response:
                return response.status, await body(response, _LONGEST_ANSWER)

        return self._text(*self._service.ask(post, f"no answer within {self._settings.timeout_s:g} s"))

    def close(self) -> None:
        """End; from any thread, and what is being asked ends as well."""
        self._service.close()

    def _form(self, pcm: bytes) -> aiohttp.FormData:
        form = aiohttp.FormData()
        form.add_field("file", wav(pcm), filename="speech.wav", content_type="audio/wav")
        fields = {"model": self._settings.model, "language": self._language, "response_format": "json"}
        for name, value in (fields | {"temperature": "0"}).items():
            form.add_field(name, value)
        return form

    def _text(self, status: int, answer: bytes) -> str:
        if status != 200:
            words = answer[:120].decode(errors="replace").strip()
            raise self._service.error(f"answers {status}: {words}")
        try:
            text = json.loads(answer)["text"]
        except (ValueError, KeyError, TypeError, RecursionError):
            text = None
        if not isinstance(text, str):
            raise self._service.error("answers without a text")
        printable = "".join(c if c.isprintable() else " " for c in text[:_LONGEST_TEXT])
        return " ".join(printable.encode("utf-8", "replace").decode().split())


def wav(pcm: bytes) -> bytes:
    """A WAV file of int16 mono at 16 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm)
    return file.getvalue()
