"""PocketSphinx as a recogniser: keeps its process, and starts it again with the open utterance."""

from __future__ import annotations

import contextlib
import json
import os
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import Hypothesis
from visavis_agent.hearing.recogniser import RecogniserSettings, Recognition, merge
from visavis_agent.hearing.resampling import Pcm

_WORKER = "visavis_agent.hearing.pocketsphinx_worker"
_REMEDY = "Install pocketsphinx, run `make env`, or set recogniser to none"
# Half a minute of speech takes a loaded small machine about as long to decode.
_PATIENCE_S = 60.0


class _LostError(Exception):
    """The process is gone, does not answer, or cannot go on."""


class _Worker:
    """The process and its pipes. It ends when its input closes, so it cannot outlive this one."""

    def __init__(self) -> None:
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        theirs, self._input = os.pipe()
        self._output, back = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _WORKER],
                stdin=theirs,
                stdout=back,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        finally:
            os.close(theirs)
            os.close(back)
        os.set_blocking(self._input, False)
        self._report: dict[str, Any] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self) -> dict[str, Any]:
        """Wait until it is configured: its report on that."""
        if self._report is None:
            self._report = self.receive()
        return self._report

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        rest = memoryview(struct.pack("<cI", kind, len(payload)) + payload)
        while rest:
            try:
                if not select.select([], [self._input], [], _PATIENCE_S)[1]:
                    raise _LostError("it does not read")
                rest = rest[os.write(self._input, rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _LostError(f"it is gone ({error.strerror})") from None

    def receive(self) -> dict[str, Any]:
        (length,) = struct.unpack("<I", self._read(4))
        answer: dict[str, Any] = json.loads(self._read(length))
        if "error" in answer:
            raise _LostError(answer["error"])
        return answer

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                if not select.select([self._output], [], [], _PATIENCE_S)[0]:
                    raise _LostError("it does not answer")
                piece = os.read(self._output, count - len(data))
            except OSError as error:
                raise _LostError(f"it is gone ({error.strerror})") from None
            if not piece:
                raise _LostError("it has ended")
            data += piece
        return data

    def close(self) -> None:
        """End the process first: who is still waiting for its answer then sees that it is gone."""
        self._process.kill()
        self._process.wait()
        os.close(self._input)
        os.close(self._output)


def _notes(report: dict[str, Any]) -> Iterator[str]:
    """What could not be set up as asked, for people."""
    if report["wrong"]:
        given = ", ".join(f"{word}: {phones}" for word, phones in report["wrong"].items())
        yield f"these pronunciations are no ARPAbet phones: {given}"
    if report["lost"]:
        words = ", ".join(report["unknown"])
        number = "1 phrase is" if report["lost"] == 1 else f"{report['lost']} phrases are"
        yield f"{number} hardly recognised: the setting pronunciations lacks {words}"


class PocketsphinxRecogniser:
    """English dictation and phrases by PocketSphinx 5 with the models of its wheel.

    About a quarter of the words of read speech are wrong; phrases that were named beforehand come out better.

    Raises:
        EngineError: pocketsphinx is not installed, or the language is not English.
    """

    settings_type = RecogniserSettings

    def __init__(self, settings: RecogniserSettings) -> None:
        if settings.locale.lower().replace("_", "-").split("-")[0] != "en":
            reason = f"pocketsphinx understands English, not {settings.locale!r}"
            raise EngineError(reason, "recognition.locale", "Set it to en, or set recogniser to none")
        if find_spec("pocketsphinx") is None:
            raise EngineError("pocketsphinx is not installed", "", _REMEDY)
        self._settings = settings
        self._sound: list[bytes] = []
        self._begun = False
        self._lost = ""
        self._closed = False
        self._worker = self._start()

    @property
    def pid(self) -> int:
        """Number of the decoding process."""
        return self._worker.pid

    def prepare(self) -> tuple[str, ...]:
        try:
            return tuple(_notes(self._worker.ready()))
        except _LostError as error:
            raise EngineError(f"the process of pocketsphinx does not start: {error}", "", _REMEDY) from None

    def begin(self) -> None:
        self._sound = []
        self._begun = True
        self._tell(b"B")

    def feed(self, pcm: Pcm) -> None:
        sound = pcm.astype("<i2").tobytes()
        self._sound.append(sound)
        self._tell(b"A", sound)

    def partial(self) -> Recognition:
        return self._ask(b"P")

    def settle(self) -> Recognition:
        return self._ask(b"S")

    def finish(self) -> Recognition:
        recognition = self._ask(b"F")
        self._sound, self._begun = [], False
        return recognition

    def close(self) -> None:
        self._closed = True
        self._worker.close()

    def _start(self) -> _Worker:
        """A process that loads its models; what it is sent meanwhile waits."""
        worker = _Worker()
        settings = {
            "n_best": self._settings.n_best,
            "phrases": self._settings.grammar_phrases,
            "pronunciations": self._settings.pronunciations or {},
        }
        with contextlib.suppress(_LostError):  # shows when its report is read
            worker.send(b"C", json.dumps(settings).encode())
        return worker

    def _tell(self, kind: bytes, payload: bytes = b"") -> None:
        """A message without an answer; that it was not taken shows when the next one is asked for."""
        if not self._lost:
            try:
                self._worker.send(kind, payload)
            except _LostError as error:
                self._lost = str(error)

    def _ask(self, kind: bytes) -> Recognition:
        """The answer, from a new process where the old one is lost; no readings where that fails as well."""
        problem = ""
        for _ in range(2):
            try:
                if self._lost:
                    raise _LostError(self._lost)
                self._worker.ready()
                self._worker.send(kind)
                return self._recognition(self._worker.receive(), problem)
            except _LostError as error:
                if self._closed:
                    return Recognition()
                problem = f"the recogniser's process was lost and started again: {error}"
                self._restart()
        return Recognition(problem=f"{problem}; the utterance is dropped")

    def _restart(self) -> None:
        """A new process that has heard the open utterance."""
        self._worker.close()
        self._lost = ""
        try:
            self._worker = self._start()
            if self._begun:
                self._worker.send(b"B")
                self._worker.send(b"A", b"".join(self._sound))
        except _LostError as error:
            self._lost = str(error)

    def _recognition(self, answer: dict[str, Any], problem: str) -> Recognition:
        dictation = tuple(Hypothesis(text, confidence) for text, confidence in answer["dictation"])
        settings = self._settings
        merged = merge(answer["phrase"], dictation, settings.maximum_disagreement, settings.n_best)
        return Recognition(merged, problem)
