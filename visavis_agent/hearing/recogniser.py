"""What a recogniser is: sound of one utterance in, readings of it out; and the engines there are."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    maximum_disagreement: float = setting(
        0.3,
        "share of letters in which a phrase may differ from free dictation before it is rejected",
        low=0.0,
        high=1.0,
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

    def begin(self) -> None:
        """A new utterance; one that was not finished is dropped."""
        ...

    def feed(self, pcm: Pcm) -> None:
        """The next (n,) int16 samples of 16 kHz."""
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


_CONTRACTIONS = tuple(
    (re.compile(pattern), full)
    for pattern, full in (
        (r"\bwon't\b", "will not"),
        (r"\bcan't\b", "can not"),
        (r"n't\b", " not"),
        (r"'s\b", " is"),
        (r"'re\b", " are"),
        (r"'m\b", " am"),
        (r"'ll\b", " will"),
        (r"'ve\b", " have"),
        (r"'d\b", " would"),
    )
)


def _words(text: str) -> list[str]:
    """The words, contractions written out: "where's" and "where is" sound nearly alike."""
    for pattern, full in _CONTRACTIONS:
        text = pattern.sub(full, text)
    return text.split()


def _edits(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Edit distance (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for i, item in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (item != other))
    return row[-1]


def word_errors(said: str, heard: str) -> float:
    """Word error rate: edits of words per word said."""
    wanted = _words(said)
    return _edits(wanted, _words(heard)) / max(1, len(wanted))


def disagreement(phrase: str, dictation: str) -> float:
    """Edits of letters per letter of the phrase.

    Letters tell a word that was misheard ("dinosaurs lol" for "dinosaur hall") from another word, which whole words
    do not: of Vera's phrases in another voice 60 of 68 came first instead of 55, of 83 other questions none.
    """
    wanted = "".join(_words(phrase))
    return _edits(wanted, "".join(_words(dictation))) / max(1, len(wanted))


def merge(
    phrase: str, dictation: tuple[Hypothesis, ...], maximum_disagreement: float, n_best: int
) -> tuple[Hypothesis, ...]:
    """Dictation with the grammar's reading in front of it, if the two agree well enough.

    A grammar accepts anything, so its reading is believed only where free dictation heard nearly the same.
    """
    best = dictation[0].text if dictation else ""
    apart = disagreement(phrase, best) if phrase else 1.0
    if not phrase or apart > maximum_disagreement:
        return dictation[:n_best]
    first = Hypothesis(phrase, max(1.0 - apart, dictation[0].confidence if dictation else 0.0))
    return (first, *(h for h in dictation if h.text != phrase))[:n_best]
