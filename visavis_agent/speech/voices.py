"""What a voice is: tokens and prosody in, sound with phone and word times out; and the voices there are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from visavis_agent.core.engines import EngineEntry, EngineRegistry
from visavis_agent.core.records import PhoneMark, WordMark
from visavis_agent.speech.prosody import NEUTRAL_PROSODY, Prosody

Pcm = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of the written text that is spoken as one, usually a word.

    Attributes:
        written: as in the text, punctuation included ("$5.50,"); what captions and memory show.
        spoken: words separated by single blanks ("five dollars and fifty cents"), or nothing.
        punctuation: what follows the words and shapes the phrase: one of , ; : . ? ! or nothing.
        joined: no blank stands before it (scripts that are written without).
    """

    written: str
    spoken: str
    punctuation: str = ""
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """What a voice says in one go.

    Attributes:
        tokens: at least one of them has something to say.
        locale: BCP-47.
        prosody: how it is said.
    """

    tokens: tuple[Token, ...]
    locale: str = "en"
    prosody: Prosody = NEUTRAL_PROSODY

    def lay_out(self) -> tuple[str, tuple[tuple[int, int], ...]]:
        """The text to be spoken, and the characters [start, end) of each token in it."""
        text = ""
        spans = []
        for token in self.tokens:
            if text and token.spoken and not token.joined:
                text += " "
            start = len(text)
            text += token.spoken
            spans.append((start, len(text)))
            text += token.punctuation if token.spoken else ""
        return text, tuple(spans)


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """Sound of a clause. Marks count samples from its start; phones cover it without holes, silence included, or there
    are none: they are not known, and the lips follow the sound.

    Attributes:
        pcm: (n,) int16, mono.
        sample_rate: Hz.
        words: one per token that was said, with the token's written text.
    """

    pcm: Pcm
    sample_rate: int
    phones: tuple[PhoneMark, ...] = ()
    words: tuple[WordMark, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.pcm) / self.sample_rate


class Voice(ABC):
    """A speech synthesiser. `synthesise` is called on one thread at a time, never for two clauses at once."""

    settings_type: ClassVar[type[Any]]

    @property
    @abstractmethod
    def locales(self) -> frozenset[str]:
        """Primary language subtags that it speaks ("en", "de")."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What it cannot do of what it is asked, in words for people; empty when nothing."""
        return ()

    @abstractmethod
    def synthesise(self, clause: Clause) -> Speech:
        """Say a clause.

        Raises:
            EngineError: the engine failed.
        """

    def close(self) -> None:
        """Give back what it holds."""

    def speaks(self, locale: str) -> bool:
        return language(locale) in self.locales


def language(locale: str) -> str:
    """The primary language subtag of a BCP-47 tag ("pt-BR" → "pt"); "en" when there is none."""
    return locale.replace("_", "-").split("-")[0].lower() or "en"


VOICES: EngineRegistry[Voice] = EngineRegistry(
    "voice",
    {
        "flite": EngineEntry("visavis_agent.speech.flite:FliteVoice", "Run `sudo apt-get install -y flite libflite1`"),
        "espeak": EngineEntry(
            "visavis_agent.speech.espeak:EspeakVoice", "Run `pip install espeakng-loader` (GPL-3.0, optional)"
        ),
    },
)
