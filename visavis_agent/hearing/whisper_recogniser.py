"""A Whisper-type net on this machine as a recogniser, with the embedded one beside it."""

from __future__ import annotations

import contextlib
import json
from importlib.util import find_spec

from visavis_agent.core.errors import EngineError
from visavis_agent.core.external_models import find_model
from visavis_agent.core.records import MAXIMUM_TEXT, Hypothesis
from visavis_agent.hearing.led_recogniser import LedRecogniser
from visavis_agent.hearing.recogniser import RecogniserSettings
from visavis_agent.hearing.worker_process import LostError, WorkerProcess

_WORKER = "visavis_agent.hearing.whisper_worker"
_MODULE = "_pywhispercpp"
_SETTING = "recognition.whisper.model"
_MAGIC = b"lmgg"
# A large net is read from a slow disk.
_LOADING_S = 60.0


class _Whisper:
    """The net's process.

    Raises:
        EngineError: pywhispercpp or the net is missing, or the file is none.
    """

    def __init__(self, settings: RecogniserSettings) -> None:
        if find_spec(_MODULE) is None:
            remedy = "Run `pip install 'visavis-agent[whisper]'`, or set recogniser to pocketsphinx"
            raise EngineError("pywhispercpp is not installed", "recogniser", remedy)
        self._settings = settings.whisper
        self._path = find_model(settings.whisper.model, _SETTING, "*.bin")
        self._check()
        self._language = settings.locale.replace("_", "-").split("-")[0].lower()
        self._closed = False
        self._worker = self._start()

    def _check(self) -> None:
        try:
            with self._path.open("rb") as file:
                good = file.read(len(_MAGIC)) == _MAGIC
        except OSError as error:
            reason = f"the net cannot be read ({error.strerror})"
            raise EngineError(reason, str(self._path), "See its permissions") from None
        if not good:
            raise EngineError("is no Whisper-type net in ggml format", str(self._path), "See `visavis models list`")

    def _start(self) -> WorkerProcess:
        worker = WorkerProcess(_WORKER, _LOADING_S)
        settings = {"path": str(self._path), "language": self._language, "threads": self._settings.threads}
        with contextlib.suppress(LostError):  # shows when its report is read
            worker.send(b"C", json.dumps(settings).encode())
        return worker

    def prepare(self) -> tuple[str, ...]:
        try:
            languages = self._worker.ready()["languages"]
        except LostError as error:
            reason = f"the Whisper-type net cannot be loaded: its process says {error}"
            remedy = "See whether the file is whole, and whether this processor has AVX2"
            raise EngineError(reason, str(self._path), remedy) from None
        if not languages and self._language != "en":
            return (f"the Whisper-type net knows English only, not {self._language!r}",)
        return ()

    def transcribe(self, pcm: bytes) -> Hypothesis:
        try:
            self._worker.ready(self._settings.timeout_s)
            self._worker.send(b"T", pcm)
            answer = self._worker.receive(self._settings.timeout_s)
        except LostError as error:
            if not self._closed:
                self._worker.close()
                self._worker = self._start()
            reason = f"the Whisper-type net gives no reading: {error}"
            raise EngineError(reason, str(self._path), "Take a smaller net, or more threads") from None
        text = "".join(c if c.isprintable() else " " for c in answer["text"])[:MAXIMUM_TEXT]
        return Hypothesis(" ".join(text.split()), answer["confidence"])

    def close(self) -> None:
        self._closed = True
        self._worker.close()


class WhisperRecogniser(LedRecogniser):
    """Careful readings by the net.

    Raises:
        EngineError: pywhispercpp or the net is missing, or the file is none.
    """

    settings_type = RecogniserSettings

    def __init__(self, settings: RecogniserSettings) -> None:
        super().__init__(_Whisper(settings), settings)
