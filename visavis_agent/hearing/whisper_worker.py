"""The process in which a Whisper-type net reads: a file that is none makes whisper.cpp crash, and it takes its time.

Radford et al. (2023), "Robust speech recognition via large-scale weak supervision". Messages to it (see
worker_pipes.py): `C` settings (JSON, first), answered by {"languages": whether it knows others than English} · `T`
sound (int16, 16 kHz), answered by {"text": text, "confidence": 0–1}. Only numpy and pywhispercpp are needed here.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np

from visavis_agent.hearing.worker_pipes import serve

RATE = 16_000
# The encoder sees 1500 positions, 30 s; of a short utterance it is given what it needs and a second more, but not
# less than 10 s, below which its nets begin to invent words.
_POSITIONS_PER_SECOND, _FEWEST_POSITIONS, _MOST_POSITIONS = 50, 500, 1500
# Nothing that is said in 30 s needs more.
_MOST_TOKENS = 200
# "[BLANK_AUDIO]", "(music)", "*coughs*": what is heard, and not said.
_NOT_SAID = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪[^♪]*♪?")


def said(text: str) -> str:
    """The words, without remarks about sounds."""
    return " ".join(_NOT_SAID.sub(" ", text).split())


class Whisper:
    """A net of whisper.cpp's ggml format.

    Args:
        path: its file; what is none ends the process.
        language: such as "en".
    """

    def __init__(self, path: str, language: str, threads: int) -> None:
        import _pywhispercpp as cpp  # its Python part wants to fetch files, and packages for that

        self._cpp = cpp
        options = cpp.whisper_context_default_params()
        options.use_gpu = False
        self._context = cpp.whisper_init_from_file_with_params(path, options)
        self.multilingual = bool(cpp.whisper_is_multilingual(self._context))
        self._params = cpp.whisper_full_default_params(cpp.whisper_sampling_strategy.WHISPER_SAMPLING_GREEDY)
        wanted = {
            "language": language if self.multilingual else "en",
            "n_threads": threads,
            "no_context": True,
            "no_timestamps": True,
            "single_segment": True,
            "suppress_nst": True,
            "temperature_inc": 0.0,  # to read again, warmer, would take as long again
            "max_tokens": _MOST_TOKENS,
            "print_progress": False,
            "print_realtime": False,
            "print_special": False,
            "print_timestamps": False,
        }
        for name, value in wanted.items():
            setattr(self._params, name, value)
        self.transcribe(bytes(2 * RATE))  # half a file loads without complaint, and cannot be computed

    def transcribe(self, sound: bytes) -> dict[str, Any]:
        """Words and how likely they are: the geometric mean of the tokens' probabilities."""
        samples = np.frombuffer(sound, "<i2").astype(np.float32) / 32768.0
        samples = np.pad(samples, (0, RATE // 10))  # shorter than 0.1 s it refuses
        wanted = math.ceil((len(samples) / RATE + 1.0) * _POSITIONS_PER_SECOND)
        self._params.audio_ctx = min(_MOST_POSITIONS, max(_FEWEST_POSITIONS, wanted))
        cpp, context = self._cpp, self._context
        if cpp.whisper_full(context, self._params, samples, len(samples)) != 0:
            raise RuntimeError("the net could not be computed")
        pieces, logs = [], []
        for segment in range(cpp.whisper_full_n_segments(context)):
            text = cpp.whisper_full_get_segment_text(context, segment)
            pieces.append(text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text))
            for token in range(cpp.whisper_full_n_tokens(context, segment)):
                logs.append(math.log(max(1e-6, cpp.whisper_full_get_token_p(context, segment, token))))
        confidence = math.exp(sum(logs) / len(logs)) if logs else 0.0
        return {"text": said("".join(pieces)), "confidence": min(1.0, confidence)}


class Server:
    """Answers messages."""

    def __init__(self) -> None:
        self._net: Whisper | None = None

    def handle(self, kind: bytes, payload: bytes) -> dict[str, Any]:
        try:
            if kind == b"C":
                values = json.loads(payload)
                self._net = Whisper(values["path"], values["language"], values["threads"])
                return {"languages": self._net.multilingual}
            if self._net is None:
                raise RuntimeError("not configured")
            return self._net.transcribe(payload)
        except Exception as error:  # whatever it is, the parent shall know and may go on
            return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    serve(Server().handle)
