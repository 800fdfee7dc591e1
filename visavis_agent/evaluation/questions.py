"""Visitors' questions to a persona as sound, clean and hesitating, and the noise of rooms."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.core.settings import read_yaml
from visavis_agent.dialogue.persona import Persona
from visavis_agent.evaluation.hesitation import DRAWN_OUT, SAYS_UM, Halt
from visavis_agent.evaluation.interview import Asked
from visavis_agent.evaluation.question import SpokenQuestion, halting_question, spoken_question
from visavis_agent.hearing.resampling import Resampler
from visavis_agent.speech.bank import VoiceBank

Pcm = npt.NDArray[np.int16]
_SPEECH_RMS = 2000.0
_HESITATION_S = (0.5, 1.0)
_BABBLERS = ("kal", "awb", "rms", "kal")
_BABBLE = "The tour starts at noon by the big stairs and everybody is very welcome to join us."


def questions_of(persona: Persona, count: int, seed: int) -> dict[str, set[str]]:
    """Suggested questions and held-out paraphrases in equal parts: question → names of the intents that answer it."""
    rng = np.random.default_rng(seed)
    asked = {ask: {intent.name} for intent in persona.intents for ask in intent.text.ask}
    suggested = {q: asked.get(q, set()) for q in persona.profile.suggested_questions}
    held_out = read_yaml(persona.directory / "questions_test.yaml")["in_scope"]
    others = {q: set(names.split()) for q, names in held_out.items()}
    rest = [q for q in others if len(q) < 60]
    chosen = [rest[int(k)] for k in rng.permutation(len(rest))[: count - count // 2]]
    first = [list(suggested)[k % len(suggested)] for k in range(count // 2)]
    pairs = [(q, suggested[q]) for q in dict.fromkeys(first)] + [(q, others[q]) for q in chosen]
    return dict(pairs)


def asked(text: str, seed: int, voice: str = "rms") -> Asked:
    """A question in a visitor's voice."""
    return _bounded(spoken_question(text, seed, voice))


def _bounded(spoken: SpokenQuestion) -> Asked:
    first, end = (round(ns * MICROPHONE_RATE / 1e9) for ns in (spoken.start_ns, spoken.end_ns))
    return trimmed(Asked(spoken.text, spoken.pcm, first, end))


def trimmed(question: Asked) -> Asked:
    """With `end` at the last speech energy: 40 dB below the loudest 10 ms, or above."""
    hop = MICROPHONE_RATE // 100
    rows = question.pcm[: len(question.pcm) // hop * hop].reshape(-1, hop).astype(np.float64)
    level = np.sqrt((rows**2).mean(axis=1))
    loud = np.flatnonzero(level > level.max() * 10 ** (-40 / 20))
    return Asked(question.text, question.pcm, int(loud[0]) * hop, int(loud[-1] + 1) * hop)


def hesitating(text: str, seed: int, voice: str = "rms") -> Asked:
    """The question with a pause in the middle, as people make it (see hesitation.py)."""
    rng = np.random.default_rng(seed)
    pause_s, factor, um = rng.uniform(*_HESITATION_S), rng.uniform(*DRAWN_OUT), rng.random() < SAYS_UM
    return _bounded(halting_question(text, Halt(pause_s, factor, um), seed, voice))


def halved(text: str, seed: int) -> Asked:
    """Two sentences with a pause between them, each a half of the question, with the fall that ends a sentence."""
    words = text.split()
    if len(words) < 4:
        return asked(text, seed)
    rng = np.random.default_rng(seed)
    cut = len(words) // 2
    a, b = asked(" ".join(words[:cut]), seed), asked(" ".join(words[cut:]), seed)
    pause = np.zeros(round(rng.uniform(*_HESITATION_S) * MICROPHONE_RATE), np.int16)
    begin = np.concatenate([a.pcm[: a.end], pause])
    pcm = np.concatenate([begin, b.pcm[b.first :]])
    return Asked(text, pcm, a.first, len(begin) + b.end - b.first)


def white(snr_db: float, seed: int) -> Pcm:
    """Ten seconds of white noise so far below the visitor's voice."""
    noise = np.random.default_rng(seed).standard_normal(10 * MICROPHONE_RATE)
    return _at(noise, snr_db)


def hum(snr_db: float) -> Pcm:
    """Mains hum with its harmonics."""
    t = np.arange(10 * MICROPHONE_RATE) / MICROPHONE_RATE
    return _at(sum(np.sin(2 * np.pi * 50.0 * k * t) / k for k in range(1, 8)), snr_db)


def babble(snr_db: float) -> Pcm:
    """Four voices that talk at once, elsewhere."""
    rows = []
    for number, voice in enumerate(_BABBLERS):
        bank = VoiceBank("flite", {"flite": {"voice": voice, "pitch": float(number - 2)}})
        bank.open("en")
        said = bank.say(_BABBLE, "en", Emotion())
        bank.close()
        resampler = Resampler()
        pcm = np.concatenate([resampler.pcm(said.speech.pcm, said.speech.sample_rate), resampler.flush()])
        rows.append(np.roll(np.resize(pcm.astype(np.float64), 10 * MICROPHONE_RATE), number * 17_000))
    return _at(np.sum(rows, axis=0), snr_db)


def _at(noise: Any, snr_db: float) -> Pcm:
    rms = float(np.sqrt(np.mean(np.square(noise))))
    return np.asarray(noise * (_SPEECH_RMS * 10 ** (-snr_db / 20) / rms)).astype(np.int16)
