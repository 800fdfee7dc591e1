"""All the voices there are, saying the texts: sound with exact phone times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training.lips.texts import SCRIPTS, drawn, invented
from visavis_agent.core.errors import VisavisError
from visavis_agent.speech.text import normalise
from visavis_agent.speech.voices import VOICES, Clause, Speech, language

FLITE = ("slt", "awb", "kal16", "kal")
HELD_OUT_FLITE = ("rms",)
"""The voice that the bench tests on is never heard in training."""
ENGLISH = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-029")
LATIN = tuple(
    "af an az bs ca cs cy da de eo es es-419 et eu fi fr-fr ga hr hu id is it ku la lt lv ms mt nl pl pt pt-br ro "
    "sk sl sq sv sw tr uz vi".split()
)
HELD_OUT_TONGUES = ("nb", "hi", "sr")
VARIANTS = tuple(
    "Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Hugo Jacky Lee Marco Mario Michael Mike Nguyen Reed "
    "adam anika announcer antonio aunty belinda benjamin boris caleb croak david ed edward f1 f2 f3 f4 grandma "
    "grandpa gustave ian iven john kaukovalta klatt klatt2 klatt4 klatt6 linda m1 m2 m3 m4 m5 m6 marcelo max michel "
    "miguel norbert pablo paul pedro quincy rob robert sandro shelby steph travis victor whisper".split()
)
HELD_OUT_VARIANTS = ("f5", "m7", "zac", "klatt3")


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A sentence of a speaker."""

    speaker: str
    speech: Speech


def speak(texts: list[str], flite: int, espeak: int, rng: np.random.Generator, held_out: bool) -> Iterator[Spoken]:
    """Sentences of every flite voice (`flite` of each) and `espeak` of espeak-ng's, drawn at random. Tempo, pitch and
    its range go as far as an agent's feelings take them (speech/prosody.py).

    Args:
        held_out: by the speakers and languages kept for tests, instead of those to train on.
    """
    for voice in HELD_OUT_FLITE if held_out else FLITE:
        for _ in range(flite):
            settings = {"voice": voice, "rate": _between(rng, 0.7, 1.4), "pitch": _between(rng, -5.0, 8.0)}
            settings["range"] = _between(rng, 0.4, 2.0)
            yield from _say("flite", settings, "en", drawn(texts, rng), f"flite {voice}")
    variants = HELD_OUT_VARIANTS if held_out else VARIANTS
    scripts = tuple(tongue for tongue in SCRIPTS if (tongue in HELD_OUT_TONGUES) == held_out)
    latin = tuple(tongue for tongue in HELD_OUT_TONGUES if tongue not in SCRIPTS) if held_out else LATIN
    for _ in range(espeak):
        kind = rng.random()
        tongue = str(rng.choice(ENGLISH if kind < 0.4 else latin if kind < 0.75 else scripts))
        variant = str(rng.choice(variants)) if rng.random() < 0.85 or held_out else ""
        settings = {"variant": variant, "rate": _between(rng, 0.7, 1.4), "pitch": _between(rng, -5.0, 8.0)}
        text = invented(tongue, rng) if tongue in SCRIPTS else drawn(texts, rng)
        yield from _say("espeak", settings, tongue, text, f"espeak {tongue} {variant}")


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _say(engine: str, settings: dict[str, object], locale: str, text: str, speaker: str) -> Iterator[Spoken]:
    read = normalise(text, locale)
    if not read.speakable:
        return
    try:
        speech = VOICES.create(engine, settings).synthesise(Clause(read.tokens, locale))
    except VisavisError as error:
        print(f"{speaker}: {error}", flush=True)
        return
    if speech.phones and language(locale):
        yield Spoken(speaker, speech)
