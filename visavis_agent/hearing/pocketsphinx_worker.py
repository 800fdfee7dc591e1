"""The process in which PocketSphinx decodes: it holds the interpreter's lock, so it has one of its own.

Messages to it (see worker_pipes.py):
`C` settings (JSON, first) · `B` begin (JSON: {"preroll": samples, "early": words are wanted early}) ·
`A` sound (int16, 16 kHz) · `P` partial · `S` settle · `F` finish.
`C`, `P`, `S` and `F` are answered: {"dictation": [[text, confidence], …],
"phrase": null or as phrase.PhraseReading}, for `C` {"unknown": [word, …], "wrong": {word: phones}, "lost": number of
phrases}, or {"error": text}. Only the standard library and pocketsphinx are needed here.
"""

from __future__ import annotations

import json
from typing import Any

from visavis_agent.hearing.dictation import Dictation
from visavis_agent.hearing.worker_pipes import serve

_ANSWERED = (b"C", b"P", b"S", b"F")


def _configured(payload: bytes) -> Dictation:
    values = json.loads(payload)
    return Dictation(values["n_best"], values["phrases"], values["pronunciations"])


class Server:
    """Answers messages; an error waits for the next message that has an answer."""

    def __init__(self) -> None:
        self._dictation: Dictation | None = None
        self._error = ""

    def handle(self, kind: bytes, payload: bytes) -> dict[str, Any] | None:
        """The answer, for those kinds that have one."""
        answer = None
        try:
            answer = self._act(kind, payload)
        except Exception as error:
            # Whatever it is (decoding fails on some sound), the parent shall know and may go on.
            self._error = f"{type(error).__name__}: {error}"
        if kind not in _ANSWERED or not self._error:
            return answer
        error_text, self._error = self._error, ""
        return {"error": error_text}

    def _act(self, kind: bytes, payload: bytes) -> dict[str, Any] | None:
        if kind == b"C":
            self._dictation = _configured(payload)
            return self._dictation.report
        if self._dictation is None:
            raise RuntimeError("not configured")
        if kind == b"B":
            self._dictation.begin(**json.loads(payload))
            return None
        if kind == b"A":
            self._dictation.feed(payload)
            return None
        if kind == b"P":
            return self._dictation.partial()
        return self._dictation.settle() if kind == b"S" else self._dictation.finish()


if __name__ == "__main__":
    serve(Server().handle)
