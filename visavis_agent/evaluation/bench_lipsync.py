"""The lipsync bench: lips against phones, on rendered frames where the hero and the renderer are there."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.core.errors import VisavisError
from visavis_agent.evaluation.lip_metrics import Course, LipScore, coefficient_opening
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.spoken_motion import SpokenMotion, animate
from visavis_agent.evaluation.utterances import SENTENCES, Utterance, human, recordings, synthetic
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.renderer import Renderer

Opening = Callable[[SpokenMotion], Course]
_SIZE = (64, 64)
_PHASE_STEP_NS = 7_000_000
_FRAME_NS = 20_000_000
_VOICES = ("slt", "rms")
_CLOSED_SHARE = 0.05


def by_coefficients(motion: SpokenMotion) -> Course:
    """Lip opening of each frame as the coefficients ask for it, mm."""
    return np.array([coefficient_opening(face) for face in motion.faces])


class ByRenderer:
    """Lip opening of each rendered frame, mm: the inner-lip gap of the deformed mouth."""

    def __init__(self) -> None:
        self._renderer = Renderer(open_avatar("hero"), _SIZE, 1, "face")

    def __call__(self, motion: SpokenMotion) -> Course:
        frames = zip(motion.faces, motion.bodies, strict=True)
        return np.array([self._renderer.draw(face, body)[1].mouth_gap_mm for face, body in frames])


def score(utterances: Iterable[Utterance], opening: Opening, seed: int) -> dict[str, Any]:
    """The report of one source of speech; the 5 % threshold is taken from its own range (99th percentile)."""
    measured = []
    for number, utterance in enumerate(utterances):
        motion = animate(utterance, seed + number, number * _PHASE_STEP_NS % _FRAME_NS)
        measured.append((motion, opening(motion)))
        print(f"{number + 1}: {utterance.name[:60]}", file=sys.stderr)
    if not measured:
        return LipScore(0.0).report()
    span = float(np.percentile(np.concatenate([course for _, course in measured]), 99))
    lips = LipScore(_CLOSED_SHARE * span)
    for motion, course in measured:
        lips.add(motion, course)
    return lips.report()


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench lipsync`.

    Args:
        quick: half of the sentences, one voice, neutral, instead of two voices with seven emotions each.
        seed: of the motion.

    Raises:
        EngineError: the embedded voice is not installed.
    """
    begin, machine = time.perf_counter(), describe_machine()
    notes = [
        "sound: lips from sound without phones are not built yet",
        "labiodental contact is judged from coefficients: lower lip rolled in and up, jaw nearly shut",
        "onset_error_ms: median |lips meet - label|; release_error_ms: the same for parting",
        "closed_in_silence_ms: 95th percentile",
    ]
    try:
        opening: Opening = ByRenderer()
        rendering = "splat"
    except VisavisError as error:
        opening, rendering = by_coefficients, "none"
        notes.append(f"opening by coefficients, not rendered: {error}")
    people, where = _people(notes)
    labels = EMOTIONS[:1] if quick else EMOTIONS
    voices = _VOICES[:1] if quick else _VOICES
    sentences = SENTENCES[::2] if quick else SENTENCES
    spoken = (u for voice in voices for label in labels for u in synthetic(sentences, voice, label))
    return {
        "bench": "lipsync",
        "version": package_version(),
        "machine": machine,
        "engines": {"speech": "flite", "motion": "dominance", "rendering": rendering},
        "path": "session",
        "data": f"{where}; {len(sentences)} sentences, voices {', '.join(voices)}, {len(labels)} emotions",
        "human": {"phones": score(people, opening, seed), "sound": None},
        "synthetic": {"phones": score(spoken, opening, seed), "sound": None},
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": notes,
    }


def _people(notes: list[str]) -> tuple[list[Utterance], str]:
    directory = recordings()
    found = human(directory) if directory else []
    if not found:
        notes.append("human: no aligned recordings found (VISAVIS_DATA)")
        return [], "no human speech"
    return found, f"{len(found)} LibriVox sentences aligned by pocketsphinx"
