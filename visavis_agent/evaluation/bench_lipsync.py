"""The lipsync bench: lips against phones, on rendered frames where the hero and the renderer are there."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np

from visavis_agent.core.arkit import coefficients
from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.core.errors import EngineError, VisavisError
from visavis_agent.core.records import FaceMotion
from visavis_agent.evaluation.lip_metrics import Course, LipScore, coefficient_opening
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.spoken_motion import SpokenMotion, animate
from visavis_agent.evaluation.utterances import SENTENCES, Utterance, human, recordings, synthetic
from visavis_agent.motion.phonemes import (
    BILABIALS,
    FUNNEL,
    JAW,
    LOWER,
    PUCKER,
    ROLL,
    STRETCH,
    TARGETS,
    UPPER,
)
from visavis_agent.motion.settings import MotionSettings
from visavis_agent.motion.sound_lips import open_sound_lips
from visavis_agent.motion.sound_net import LIPS_FILE
from visavis_agent.rendering.avatars import open_avatar
from visavis_agent.rendering.renderer import Renderer

_SIZE, _DETAIL = (64, 64), 0.0  # the gap is that of the deformed mouth, whatever is drawn of it
_PHASE_STEP_NS = 7_000_000
_FRAME_NS = 20_000_000
HELD_OUT_VOICE = "rms"
_VOICES = ("slt", HELD_OUT_VOICE)
_CLOSED_SHARE = 0.05
_QUICK_PEOPLE = 3


class Opening(Protocol):
    """How lip opening is measured, mm."""

    def course(self, motion: SpokenMotion) -> Course:
        """Of each frame."""
        ...

    def still(self, face: FaceMotion) -> float:
        """Of one still face."""
        ...


class ByCoefficients:
    """As the coefficients ask for it."""

    def course(self, motion: SpokenMotion) -> Course:
        return np.array([coefficient_opening(face) for face in motion.faces])

    def still(self, face: FaceMotion) -> float:
        return coefficient_opening(face)


class ByRenderer:
    """The inner-lip gap of the deformed mouth."""

    def __init__(self) -> None:
        self._renderer = Renderer(open_avatar("hero"), _SIZE, 1, "face")

    def course(self, motion: SpokenMotion) -> Course:
        frames = zip(motion.faces, motion.bodies, strict=True)
        return np.array([self._renderer.draw(face, body, _DETAIL)[1].mouth_gap_mm for face, body in frames])

    def still(self, face: FaceMotion) -> float:
        return float(self._renderer.draw(face, None, _DETAIL)[1].mouth_gap_mm)


def targets_of(phone: str) -> list[FaceMotion]:
    """Faces that only hold the phone's targets; a bilabial is shut."""
    return [_held(row, shut=phone in BILABIALS) for row in TARGETS[phone]]


def _held(row: tuple[float, ...], shut: bool) -> FaceMotion:
    return FaceMotion(
        media_ns=0,
        coefficients=coefficients(
            jawOpen=row[JAW],
            mouthClose=row[JAW] if shut else 0.0,
            mouthUpperUp=row[UPPER],
            mouthLowerDown=row[LOWER],
            mouthStretch=row[STRETCH],
            mouthPucker=row[PUCKER],
            mouthFunnel=row[FUNNEL],
            mouthRollLower=row[ROLL],
        ),
    )


def score(utterances: Iterable[Utterance], opening: Opening, seed: int, with_phones: bool = True) -> dict[str, Any]:
    """The report of one source of speech; the 5 % threshold is taken from its own range (99th percentile).

    Args:
        with_phones: the lips follow the phones; else the sound alone, and the phones are only the truth.
    """
    measured = []
    for number, utterance in enumerate(utterances):
        motion = animate(utterance, seed + number, number * _PHASE_STEP_NS % _FRAME_NS, with_phones)
        measured.append((motion, opening.course(motion)))
        print(f"{number + 1}: {utterance.name[:60]}", file=sys.stderr)
    if not measured:
        return LipScore(0.0, {}).report()
    span = float(np.percentile(np.concatenate([course for _, course in measured]), 99))
    targets = {phone: tuple(opening.still(face) for face in targets_of(phone)) for phone in TARGETS}
    lips = LipScore(_CLOSED_SHARE * span, targets)
    for motion, course in measured:
        lips.add(motion, course)
    return lips.report()


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench lipsync`.

    Args:
        quick: three people, a third of the sentences, neutral, instead of all with seven emotions each; one voice for
            the phones.
        seed: of the motion.

    Raises:
        EngineError: the embedded voice is not installed.
    """
    begin, machine = time.perf_counter(), describe_machine()
    notes = [
        "labiodental contact is judged from coefficients: lower lip rolled in and up, jaw nearly shut",
        "onset_error_ms: median |lips meet - label|; release_error_ms: the same for parting",
        "closed_in_silence_ms: 95th percentile",
        "vowels_shut: share of stressed vowels in whose middle the lips are shut",
        f"sound: on the voice {HELD_OUT_VOICE} and on people of whom the net has heard nothing in training",
    ]
    try:
        opening: Opening = ByRenderer()
        rendering = "splat"
    except VisavisError as error:
        opening, rendering = ByCoefficients(), "none"
        notes.append(f"opening by coefficients, not rendered: {error}")
    people, where = _people(notes, _QUICK_PEOPLE if quick else None)
    labels = EMOTIONS[:1] if quick else EMOTIONS
    voices = _VOICES[:1] if quick else _VOICES
    sentences = SENTENCES[::3] if quick else SENTENCES
    net = _net(notes)

    def spoken(*voices: str) -> Iterator[Utterance]:
        return (u for voice in voices for label in labels for u in synthetic(sentences, voice, label))

    def heard(name: str, utterances: Iterable[Utterance], with_phones: bool) -> dict[str, Any]:
        report = score(utterances, opening, seed, with_phones)
        print(f"{name}, {time.perf_counter() - begin:.0f} s: {json.dumps(report)}", file=sys.stderr, flush=True)
        return report

    return {
        "bench": "lipsync",
        "version": package_version(),
        "machine": machine,
        "engines": {"speech": "flite", "motion": "dominance", "sound": net or "none", "rendering": rendering},
        "path": "session",
        "data": f"{where}; {len(sentences)} sentences, voices {', '.join(voices)}, {len(labels)} emotions",
        "human": {
            "phones": heard("people, phones", people, True),
            "sound": heard("people, sound", people, False) if net else None,
        },
        "synthetic": {
            "phones": heard("voices, phones", spoken(*voices), True),
            "sound": heard("voice held out, sound", spoken(HELD_OUT_VOICE), False) if net else None,
        },
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": notes,
    }


def _net(notes: list[str]) -> str:
    """What the net that hears lips runs on; nothing, and a note, where it cannot be run."""
    try:
        net, _ = open_sound_lips(MotionSettings().inference)
    except EngineError as error:
        notes.append(f"sound: not measured: {error}")
        return ""
    return f"{LIPS_FILE} on {net.provider}"


def _people(notes: list[str], most: int | None) -> tuple[list[Utterance], str]:
    directory = recordings()
    found = human(directory)[:most] if directory else []
    if not found:
        notes.append("human: no aligned recordings found (VISAVIS_DATA)")
        return [], "no human speech"
    return found, f"{len(found)} recordings of people aligned by pocketsphinx"
