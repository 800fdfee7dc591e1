"""Sound through the hearing stage for the benches, and how much of it was understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import SECOND
from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import MICROPHONE_RATE, Hypothesis, Level, MicrophoneAudio, Record, Utterance
from visavis_agent.evaluation.stage_host import StageHost
from visavis_agent.hearing.phrase import word_errors
from visavis_agent.hearing.resampling import Resampler
from visavis_agent.hearing.stage import HearingSettings, HearingStage

Pcm = npt.NDArray[np.int16]

_BLOCK = 512
_ROOM_LEVEL = 10.0  # of full scale 32768: a quiet room


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood of one recording: final readings of its utterances, joined."""

    hypotheses: tuple[Hypothesis, ...]

    @property
    def text(self) -> str:
        return self.hypotheses[0].text if self.hypotheses else ""


class Listener:
    """A hearing stage alone, one recording after the other, with a second of a quiet room around each.

    Raises:
        EngineError: the detector or the recogniser is missing.
    """

    def __init__(self, settings: HearingSettings, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._finals: list[Utterance] = []
        self.host = StageHost(seed, self._take)
        self._stage = HearingStage(settings, self.host)
        self._stage.start()
        errors = [message for level, message in self.host.diagnostics if level is Level.ERROR]
        if errors:
            self._stage.stop()
            raise EngineError(errors[0], "hearing", "Run `make env`")

    def close(self) -> None:
        self._stage.stop()

    def hear(self, pcm: Pcm, rate: int = MICROPHONE_RATE) -> Heard:
        """What is understood of (n,) int16 mono."""
        self._finals = []
        resampler = Resampler()
        speech = np.concatenate([resampler.pcm(pcm, rate), resampler.flush()])
        room = np.zeros(MICROPHONE_RATE)
        sound = np.concatenate([room, speech, room])
        sound = sound + self._rng.standard_normal(len(sound)) * _ROOM_LEVEL
        for first in range(0, len(sound) - _BLOCK + 1, _BLOCK):
            block = np.clip(sound[first : first + _BLOCK], -32768, 32767).astype(np.int16)
            record = MicrophoneAudio(media_ns=self.host.now(), pcm=block)
            self.host.advance(record.media_ns + _BLOCK * SECOND // MICROPHONE_RATE)
            self.host.deliver(self._stage, record)
        end = self.host.now()
        self.host.advance(end + SECOND // 2)
        self._pass(self.host.now() - end)
        return Heard(_joined(self._finals))

    def _take(self, record: Record) -> None:
        if isinstance(record, Utterance) and record.final:
            self._finals.append(record)

    def _pass(self, duration_ns: int) -> None:
        """The room while the bench waited: the stream must not be torn."""
        silent = np.zeros(duration_ns * MICROPHONE_RATE // SECOND, np.int16)
        record = MicrophoneAudio(media_ns=self.host.now() - duration_ns, pcm=silent)
        self.host.deliver(self._stage, record)


def _joined(utterances: list[Utterance]) -> tuple[Hypothesis, ...]:
    """The readings of one utterance; of several, the best ones in a row."""
    if len(utterances) == 1:
        return utterances[0].hypotheses
    text = " ".join(utterance.text for utterance in utterances if utterance.text)
    return (Hypothesis(text),) if text else ()


@dataclass
class WordErrors:
    """Counts edits between what was said and what was heard."""

    words: int = 0
    errors: float = 0.0
    best_errors: float = 0.0

    def add(self, said: str, heard: Heard) -> None:
        """`said` in the recogniser's spelling: lower case, no punctuation."""
        count = len(said.split())
        self.words += count
        self.errors += word_errors(said, heard.text) * count
        readings = [h.text for h in heard.hypotheses] or [""]
        self.best_errors += min(word_errors(said, text) for text in readings) * count

    def report(self) -> dict[str, Any]:
        """n words, word error rate of the first reading, and of the best of the readings."""
        if not self.words:
            return {"n": 0, "wer": None, "wer_best_of_n": None}
        return {
            "n": self.words,
            "wer": round(self.errors / self.words, 3),
            "wer_best_of_n": round(self.best_errors / self.words, 3),
        }
