"""PocketSphinx as a recogniser: keeps its process, and starts it again with the open utterance."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import Hypothesis
from visavis_agent.hearing.phrase import PhraseReading, merge
from visavis_agent.hearing.recogniser import RecogniserSettings, Recognition
from visavis_agent.hearing.resampling import Pcm
from visavis_agent.hearing.worker_process import LostError, WorkerProcess

_WORKER = "visavis_agent.hearing.pocketsphinx_worker"
_REMEDY = "Install pocketsphinx, run `make env`, or set recogniser to none"
# Half a minute of speech takes a loaded small machine about as long to decode.
_PATIENCE_S = 60.0


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

    Of the words of read speech 30 % are wrong, 24 % in the best of the readings; of phrases that were named beforehand,
    in another synthetic voice, none of 60 (`visavis bench asr`).

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
        self._begun = b""
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
        except LostError as error:
            raise EngineError(f"the process of pocketsphinx does not start: {error}", "", _REMEDY) from None

    def begin(self, preroll: int = 0, early: bool = False) -> None:
        self._sound = []
        self._begun = json.dumps({"preroll": preroll, "early": early}).encode()
        self._tell(b"B", self._begun)

    def feed(self, pcm: Pcm, denoised: Pcm) -> None:
        """Its models were trained in silence."""
        sound = denoised.astype("<i2").tobytes()
        self._sound.append(sound)
        self._tell(b"A", sound)

    def partial(self) -> Recognition:
        return self._ask(b"P")

    def settle(self) -> Recognition:
        return self._ask(b"S")

    def finish(self) -> Recognition:
        recognition = self._ask(b"F")
        self._sound, self._begun = [], b""
        return recognition

    def close(self) -> None:
        self._closed = True
        self._worker.close()

    def _start(self) -> WorkerProcess:
        """A process that loads its models; what it is sent meanwhile waits."""
        worker = WorkerProcess(_WORKER, _PATIENCE_S)
        settings = {
            "n_best": self._settings.n_best,
            "phrases": self._settings.grammar_phrases,
            "pronunciations": self._settings.pronunciations or {},
        }
        with contextlib.suppress(LostError):  # shows when its report is read
            worker.send(b"C", json.dumps(settings).encode())
        return worker

    def _tell(self, kind: bytes, payload: bytes = b"") -> None:
        """A message without an answer; that it was not taken shows when the next one is asked for."""
        if not self._lost:
            try:
                self._worker.send(kind, payload)
            except LostError as error:
                self._lost = str(error)

    def _ask(self, kind: bytes) -> Recognition:
        """The answer, from a new process where the old one is lost; no readings where that fails as well."""
        problem = ""
        for _ in range(2):
            try:
                if self._lost:
                    raise LostError(self._lost)
                self._worker.ready()
                self._worker.send(kind)
                return self._recognition(self._worker.receive(), problem)
            except LostError as error:
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
                self._worker.send(b"B", self._begun)
                self._worker.send(b"A", b"".join(self._sound))
        except LostError as error:
            self._lost = str(error)

    def _recognition(self, answer: dict[str, Any], problem: str) -> Recognition:
        dictation = tuple(Hypothesis(text, confidence) for text, confidence in answer["dictation"])
        phrase = PhraseReading(**answer["phrase"]) if answer["phrase"] else None
        return Recognition(merge(phrase, dictation, self._settings.n_best), problem)
