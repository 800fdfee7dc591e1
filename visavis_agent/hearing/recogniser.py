"""What a recogniser is: sound of one utterance in, readings of it out; and the engines there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.records import Hypothesis
from visavis_agent.core.settings import setting
from visavis_agent.hearing.resampling import Pcm
from visavis_agent.hearing.server_settings import ServerSettings
from visavis_agent.hearing.whisper_settings import WhisperSettings


@dataclass(frozen=True)
class RecogniserSettings:
    """Settings that every recogniser takes."""

    locale: str = setting("en", "language that is recognised (BCP-47)")
    n_best: int = setting(8, "readings of an utterance at most", low=1, high=50)
    grammar_phrases: tuple[str, ...] = setting(
        (), "phrases that visitors are likely to say; a reading that is one of them comes first"
    )
    pronunciations: dict[str, str] | None = setting(
        None, "words that the dictionary lacks, each with its ARPAbet phones: `nemo: N IY M OW`"
    )
    whisper: WhisperSettings = setting(WhisperSettings(), "the net with which the recogniser `whisper` reads")
    server: ServerSettings = setting(ServerSettings(), "the server that the recogniser `server` asks")


@dataclass(frozen=True, slots=True)
class Recognition:
    """Readings, best first, without repetition; `problem` says what went wrong on the way, if anything."""

    hypotheses: tuple[Hypothesis, ...] = ()
    problem: str = ""


class Recogniser(Protocol):
    """One utterance at a time: begin, feed…, finish. Same sound, same readings, however it was cut.

    The calls may take long and come from a worker, in order.
    """

    def prepare(self) -> tuple[str, ...]:
        """Wait until it can decode: what could not be set up as asked, one sentence each.

        Raises:
            EngineError: it cannot.
        """
        ...

    def begin(self, preroll: int = 0, early: bool = False) -> None:
        """A new utterance; one that was not finished is dropped.

        Args:
            preroll: samples that are fed before the voice begins.
            early: partial readings are wanted as early as can be, for a few more errors.
        """
        ...

    def feed(self, pcm: Pcm, denoised: Pcm) -> None:
        """The next (n,) int16 samples of 16 kHz, as recorded and without steady noise: engines choose."""
        ...

    def partial(self) -> Recognition:
        """A quick reading of what was fed so far."""
        ...

    def settle(self) -> Recognition:
        """Read as carefully as at the end, because this may be it; `finish` right after it costs nothing."""
        ...

    def finish(self) -> Recognition:
        """The readings of the whole utterance."""
        ...

    def close(self) -> None:
        """Give back processes and memory."""
        ...


RECOGNISERS: EngineRegistry[Recogniser] = EngineRegistry(
    "recogniser",
    {
        "pocketsphinx": EngineEntry(
            "visavis_agent.hearing.pocketsphinx_process:PocketsphinxRecogniser",
            "Install pocketsphinx, run `make env`, or set recogniser to none",
        ),
        "server": EngineEntry("visavis_agent.hearing.server_recogniser:ServerRecogniser"),
        "whisper": EngineEntry("visavis_agent.hearing.whisper_recogniser:WhisperRecogniser"),
    },
)
