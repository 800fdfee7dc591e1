"""A server that turns sound into words, by OpenAI's protocol: POST /v1/audio/transcriptions."""

from __future__ import annotations

import asyncio
import io
import json
import os
import wave
from urllib.parse import urlsplit

import aiohttp

from visavis_agent.core.errors import EngineError
from visavis_agent.hearing.server_settings import ServerSettings

RATE = 16_000
_LONGEST_ANSWER = 100_000
_LONGEST_TEXT = 2_000
_REMEDY = "See whether it runs and what it writes in its log"


class SpeechServer:
    """Asks the server; used by one thread.

    Raises:
        EngineError: the address is none, or the variable with the key is not set.
    """

    def __init__(self, settings: ServerSettings, locale: str) -> None:
        parts = urlsplit(settings.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            reason = f"{settings.url!r} is no address of a recognition server"
            raise EngineError(reason, "recognition.server.url", "Give one such as http://127.0.0.1:8000")
        key = os.environ.get(settings.key_variable, "") if settings.key_variable else ""
        if settings.key_variable and not key:
            reason = f"the variable {settings.key_variable} is not set"
            raise EngineError(
                reason, "recognition.server.key_variable", "Set it to the server's key, or leave it empty"
            )
        self._settings = settings
        self._url = settings.url.rstrip("/").removesuffix("/v1") + "/v1/audio/transcriptions"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._language = locale.replace("_", "-").split("-")[0].lower()
        self._loop = asyncio.new_event_loop()
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def transcribe(self, pcm: bytes) -> str:
        """The words of a sound, int16 at 16 kHz.

        Raises:
            EngineError: the server does not answer in time, or with something else than words.
        """
        try:
            status, answer = self._loop.run_until_complete(self._post(pcm))
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            reason = str(error) or f"no answer within {self._settings.timeout_s:g} s"
            raise EngineError(f"the recognition server fails: {reason}", self._url, _REMEDY) from None
        finally:
            if self._closed:
                self._loop.run_until_complete(self._rest())
                self._loop.close()
        return self._text(status, answer)

    def close(self) -> None:
        """End; from any thread, and what is being asked ends as well."""
        self._closed = True
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop)
        else:
            self._loop.run_until_complete(self._hang_up())
            self._loop.close()

    async def _rest(self) -> None:
        """What is still being done is done to its end."""
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

    async def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _post(self, pcm: bytes) -> tuple[int, bytes]:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
            self._session = aiohttp.ClientSession(timeout=timeout, headers=self._headers)
        form = aiohttp.FormData()
        form.add_field("file", wav(pcm), filename="speech.wav", content_type="audio/wav")
        fields = {"model": self._settings.model, "language": self._language, "response_format": "json"}
        for name, value in (fields | {"temperature": "0"}).items():
            form.add_field(name, value)
        async with self._session.post(self._url, data=form, allow_redirects=False) as response:
            return response.status, await response.content.read(_LONGEST_ANSWER)

    def _text(self, status: int, answer: bytes) -> str:
        if status != 200:
            words = answer[:120].decode(errors="replace").strip()
            raise EngineError(f"the recognition server answers {status}: {words}", self._url, _REMEDY)
        try:
            text = json.loads(answer)["text"]
        except (ValueError, KeyError, TypeError):
            text = None
        if not isinstance(text, str):
            raise EngineError("the recognition server answers without a text", self._url, _REMEDY)
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
