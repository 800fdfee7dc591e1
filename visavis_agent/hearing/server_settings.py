"""What can be set about a recognition server."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.settings import setting


@dataclass(frozen=True)
class ServerSettings:
    """Where a recognition server is, and what it is asked for."""

    url: str = setting(
        "", "address of a server that takes POST /v1/audio/transcriptions, such as http://127.0.0.1:8000; empty: none"
    )
    model: str = setting("whisper-1", "model that the server is asked for")
    timeout_s: float = setting(2.5, "longest wait for its answer", unit="s", low=0.1, high=60.0)
    key_variable: str = setting("", "environment variable with the server's key; empty: it needs none")
