"""The voice bench: does the sound go with the feeling, and are phones found where they are."""

from __future__ import annotations

import sys
import time
import wave
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import EngineError
from visavis_agent.core.phones import PHONES
from visavis_agent.core.records import PhoneMark
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.utterances import SENTENCES, recordings
from visavis_agent.evaluation.voice_metrics import heard, onsets, word_onsets
from visavis_agent.speech.alignment import align
from visavis_agent.speech.forced_alignment import Times, force
from visavis_agent.speech.prosody import prosody_of
from visavis_agent.speech.text import normalise
from visavis_agent.speech.voices import VOICES, Clause, Speech, Voice

_STEPS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
_TOLD = {"arousal": ("pitch_hz", "range_st", "rate", "level_db"), "valence": ("pitch_hz", "rate")}
"""What rises with a dimension."""
_FLITE = ("slt", "rms", "awb", "kal16")
_HUMAN = "He turned sharply, and faced Gregson across the table."
_Times = Callable[[Speech], Any]


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench voice`.

    Raises:
        EngineError: flite is not installed.
    """
    began = time.monotonic()
    machine = describe_machine()
    notes: list[str] = []
    voices: dict[str, Voice] = {name: VOICES.create("flite", {"voice": name}) for name in _FLITE}
    try:
        voices["espeak"] = VOICES.create("espeak")
    except EngineError as error:
        notes.append(str(error))
    sentences = SENTENCES[:6] if quick else SENTENCES
    feelings = {name: _feelings(voices[name], sentences[:3]) for name in ("slt", "espeak") if name in voices}
    pairs = [("slt", "rms"), ("slt", "awb"), ("slt", "kal16"), ("rms", "slt"), ("espeak", "slt"), ("espeak", "rms")]
    found = {}
    for guide, other in pairs:
        if {guide, other} <= set(voices):
            print(f"voice: {guide} → {other}", file=sys.stderr)
            found[f"{guide} → {other}"] = _alignment(voices[guide], voices[other], sentences)
    human = _human(voices["rms"])
    if human is None:
        notes.append("no recording with known phones is here: alignment.human is null")
    return {
        "bench": "voice",
        "version": package_version(),
        "machine": machine,
        "engines": {"speech": ", ".join(voices)},
        "path": "unit",
        "data": f"{len(sentences)} sentences of our own in {len(voices)} voices; one of CMU ARCTIC where it is there",
        "feelings": feelings,
        "alignment": {**found, "human": human},
        "seconds": round(time.monotonic() - began, 1),
        "notes": notes,
    }


def _clause(text: str, emotion: Emotion = Emotion()) -> Clause:
    return Clause(normalise(text).tokens, "en", prosody_of(emotion))


def _feelings(voice: Voice, sentences: tuple[str, ...]) -> dict[str, Any]:
    """For each dimension from -1 to 1: what is heard, and which of it rises all the way, as the mapping says."""
    report: dict[str, Any] = {}
    for axis, told in _TOLD.items():
        feelings = [Emotion.of({}, **{axis: step}) for step in _STEPS]
        rows = [heard([voice.synthesise(_clause(text, feeling)) for text in sentences]) for feeling in feelings]
        report[axis] = {name: [round(row[name], 2) for row in rows] for name in rows[0]}
        report[axis]["rising"] = {name: all(a[name] <= b[name] for a, b in pairwise(rows)) for name in told}
    return report


def _alignment(guide: Voice, other: Voice, sentences: tuple[str, ...]) -> dict[str, Any]:
    """Errors of the onsets of phones, or of words where the two voices have other phones; by method."""
    said = [(guide.synthesise(_clause(text)), other.synthesise(_clause(text))) for text in sentences]
    same = all(len(onsets(lead)) == len(onsets(truth)) for lead, truth in said)
    times = onsets if same else word_onsets
    report: dict[str, Any] = {"of": "phones" if same else "words"}
    for method in ("models", "warping"):
        began = time.process_time()
        made = [(_by(method, truth, lead), truth) for lead, truth in said]
        cost = (time.process_time() - began) / sum(truth.seconds for _, truth in made)
        usable = [(a, b) for a, b in made if a is not None]
        report[method] = _errors(usable, times) | {"failed": len(made) - len(usable), "cpu_per_second": round(cost, 3)}
    return report


def _by(method: str, truth: Speech, guide: Speech) -> Speech | None:
    """The sound's phones as one method alone finds them; None when it fails."""
    found: list[Times | None] = []

    def models(words: Any, pcm: Any) -> Times | None:
        found.append(force(words, pcm) if method == "models" else None)
        return found[-1]

    aligned = align(truth.pcm, truth.sample_rate, guide, models)
    return None if method == "models" and found[-1] is None else aligned


def _errors(pairs: list[tuple[Speech, Speech]], times: _Times) -> dict[str, Any]:
    fitting = [(times(a), times(b)) for a, b in pairs if len(times(a)) == len(times(b))]
    if not fitting:
        return {"n": 0, "median_ms": None, "p90_ms": None}
    off = 1000.0 * np.concatenate([np.abs(a - b) for a, b in fitting])
    return {
        "n": len(off),
        "median_ms": round(float(np.median(off)), 1),
        "p90_ms": round(float(np.percentile(off, 90)), 1),
    }


def _human(guide: Voice) -> dict[str, Any] | None:
    """A recorded sentence whose phones others have labelled, with another speaker's synthetic voice as the guide."""
    folder = recordings()
    path = (folder or Path()) / "arctic" / "arctic_a0009.wav"
    if folder is None or not path.is_file():
        return None
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    marks = []
    for line in path.with_name("arctic_a0009_phone.lab").read_text(encoding="utf-8").splitlines():
        start, end, label = line.split()
        name = label.split("-")[1].split("+")[0]
        phone = name if name in PHONES else "pau"
        marks.append(PhoneMark(phone, round(int(start) * rate / 1e7), round(int(end) * rate / 1e7)))
    truth, lead = Speech(pcm, rate, tuple(marks)), guide.synthesise(_clause(_HUMAN))
    report: dict[str, Any] = {}
    for method in ("models", "warping"):
        made = _by(method, truth, lead)
        report[method] = _errors([(made, truth)] if made is not None else [], onsets)
    return report
