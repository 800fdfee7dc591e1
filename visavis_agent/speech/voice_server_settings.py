"""What can be set about a voice server."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.settings import setting


@dataclass(frozen=True)
class VoiceServerSettings:
    """Where a voice server is, and what it is asked for."""

    url: str = setting(
        "", "address of a server that takes POST /v1/audio/speech, such as http://127.0.0.1:8880; empty: none"
    )
    model: str = setting("tts-1", "model that the server is asked for")
    voice: str = setting("alloy", "speaker that the server is asked for")
    format: str = setting("wav", "what the server is asked for; pcm: int16 without a header", choices=("wav", "pcm"))
    sample_rate: int = setting(24_000, "rate of pcm, which does not tell it", unit="Hz", low=8_000, high=48_000)
    timeout_s: float = setting(2.0, "longest silence of the server within a clause", unit="s", low=0.1, high=60.0)
    describe: bool = setting(
        False, "tell in words how a clause is to sound (OpenAI's `instructions`; few servers know it)"
    )
    key_variable: str = setting("", "environment variable with the server's key; empty: it needs none")
