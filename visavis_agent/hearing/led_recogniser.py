"""A recogniser that takes the lead, with the embedded one beside it."""

from __future__ import annotations

from typing import Protocol

from visavis_agent.core.errors import EngineError
from visavis_agent.core.records import Hypothesis
from visavis_agent.hearing.pocketsphinx_process import PocketsphinxRecogniser
from visavis_agent.hearing.recogniser import RecogniserSettings, Recognition
from visavis_agent.hearing.resampling import Pcm

_PASSED_OVER = 3
"""Utterances for which a lead that has failed is not asked: each wait for it would hold up an answer."""


class Lead(Protocol):
    """Turns the sound of a whole utterance into words; used by one thread."""

    def prepare(self) -> tuple[str, ...]:
        """Wait until it can be asked: what a person should know of it.

        Raises:
            EngineError: it cannot.
        """
        ...

    def transcribe(self, pcm: bytes) -> Hypothesis:
        """The words of a sound, int16 at 16 kHz; an empty text where there are none.

        Raises:
            EngineError: it fails.
        """
        ...

    def close(self) -> None:
        """End; from any thread, and what is being asked ends as well."""
        ...


class LedRecogniser:
    """Careful readings by the lead; quick ones, and all while it fails, by the embedded recogniser.

    The embedded one knows English only: in other languages there are no quick readings, and none without the lead.

    Args:
        lead: it belongs to this recogniser.
    """

    def __init__(self, lead: Lead, settings: RecogniserSettings) -> None:
        self._lead = lead
        self._embedded: PocketsphinxRecogniser | None = None
        self._missing = ""
        try:
            self._embedded = PocketsphinxRecogniser(settings)
        except EngineError as error:
            self._missing = _without(error)
        self._usable = True
        self._sound = bytearray()
        self._read: tuple[int, Recognition] | None = None
        self._passed_over = 0

    def prepare(self) -> tuple[str, ...]:
        """That one of the two does not start is told, and leaves the other."""
        notes, failed = self._prepare_embedded(), None
        try:
            notes += self._lead.prepare()
        except EngineError as error:
            failed, self._usable = error, False
        if failed is not None and self._embedded is None:
            raise failed
        return notes if failed is None else (*notes, f"{failed}; the embedded recogniser goes on")

    def _prepare_embedded(self) -> tuple[str, ...]:
        if self._embedded is None:
            return (self._missing,)
        try:
            return self._embedded.prepare()
        except EngineError as error:
            self._embedded.close()
            self._embedded = None
            return (_without(error),)

    def begin(self, preroll: int = 0, early: bool = False) -> None:
        self._sound.clear()
        self._read = None
        self._passed_over = max(0, self._passed_over - 1)
        if self._embedded is not None:
            self._embedded.begin(preroll, early)

    def feed(self, pcm: Pcm, denoised: Pcm) -> None:
        """Nets that were trained on noise hear it as it is."""
        self._sound += pcm.astype("<i2").tobytes()
        if self._embedded is not None:
            self._embedded.feed(pcm, denoised)

    def partial(self) -> Recognition:
        return self._embedded.partial() if self._embedded is not None else Recognition()

    def settle(self) -> Recognition:
        """What was read of the same sound before is not asked for again."""
        if self._read is None or self._read[0] != len(self._sound):
            self._read = (len(self._sound), self._ask())
        return self._read[1]

    def finish(self) -> Recognition:
        return self.settle()

    def close(self) -> None:
        self._lead.close()
        if self._embedded is not None:
            self._embedded.close()

    def _ask(self) -> Recognition:
        problem = ""
        if self._usable and not self._passed_over:
            try:
                reading = self._lead.transcribe(bytes(self._sound))
                return Recognition((reading,) if reading.text else ())
            except EngineError as error:
                self._passed_over = _PASSED_OVER + 1
                problem = f"{error}; {'the embedded recogniser goes on' if self._embedded else 'nothing is understood'}"
        if self._embedded is None:
            return Recognition(problem=problem)
        found = self._embedded.settle()
        return Recognition(found.hypotheses, "; ".join(filter(None, (problem, found.problem))))


def _without(error: EngineError) -> str:
    return f"no quick readings, and none without the lead: {error}"
