"""What can be set about a Whisper-type net."""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.settings import setting


@dataclass(frozen=True)
class WhisperSettings:
    """Which net the recogniser `whisper` reads with."""

    model: str = setting("", "the net: its ggml .bin file, or the name under which `visavis models fetch` got it")
    threads: int = setting(1, "threads it computes with", low=1, high=64)
    timeout_s: float = setting(5.0, "longest wait for a reading", unit="s", low=0.1, high=120.0)
