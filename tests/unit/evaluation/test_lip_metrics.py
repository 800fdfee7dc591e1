"""The figures of the lipsync bench, on lips that are right, shut, late or always open."""

from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.arkit import coefficients
from visavis_agent.core.records import FaceMotion, PhoneMark
from visavis_agent.evaluation.bench_lipsync import targets_of
from visavis_agent.evaluation.lip_metrics import LipScore, coefficient_opening, wilson
from visavis_agent.evaluation.spoken_motion import SpokenMotion, animate
from visavis_agent.evaluation.utterances import Utterance
from visavis_agent.motion.mixer import UPPER_MM
from visavis_agent.motion.phonemes import TARGETS

RATE = 16_000
PHONES = (
    ("pau", 200),
    ("m", 80),
    ("aa", 160),
    ("b", 80),
    ("iy", 140),
    ("f", 100),
    ("ae", 160),
    ("p", 90),
    ("ow", 180),
)


def utterance() -> Utterance:
    marks, start = [], 0
    for phone, milliseconds in (*PHONES, ("pau", 300)):
        marks.append(PhoneMark(phone, start, start + milliseconds * 16, 1))
        start = marks[-1].end
    pcm = (3000 * np.sin(np.arange(start) * 0.07)).astype(np.int16)
    return Utterance("test", pcm, RATE, tuple(marks))


def scored(opening_of: str) -> dict:
    motion = animate(utterance(), 0)
    true = np.array([coefficient_opening(face) for face in motion.faces])
    late = np.concatenate([np.zeros(2), true[:-2]])
    course = {"true": true, "shut": np.zeros(len(true)), "open": np.full(len(true), 12.0), "late": late}[opening_of]
    targets = {phone: tuple(map(coefficient_opening, targets_of(phone))) for phone in TARGETS}
    score = LipScore(0.6, targets)
    score.add(motion, course)
    return score.report()


def test_the_stage_scores_well() -> None:
    report = scored("true")
    assert report["n_bilabial"] == 3
    assert report["bilabial_closure"] == 1.0
    assert report["labiodental_contact"] == 1.0
    assert report["onset_error_ms"] < 20
    assert report["closed_in_silence_ms"] < 120
    assert report["opening_range_ratio"] > 0.7
    assert report["vowel_opening_r"] > 0.5


def test_a_shut_mouth_does_not_win() -> None:
    report = scored("shut")
    assert report["bilabial_closure"] == 1.0
    assert report["opening_range_ratio"] == 0.0
    assert report["vowel_opening_r"] is None


def test_an_open_mouth_closes_nowhere_and_never_falls_silent() -> None:
    report = scored("open")
    assert report["bilabial_closure"] == 0.0
    assert report["onset_error_ms"] is None
    assert report["closed_in_silence_ms"] > 300


def test_late_lips_show_in_the_onset_error() -> None:
    assert scored("late")["onset_error_ms"] > scored("true")["onset_error_ms"] + 20


def test_opening_adds_up_what_parts_the_lips() -> None:
    face = FaceMotion(media_ns=0, coefficients=coefficients(jawOpen=0.5, mouthClose=0.5, mouthUpperUp=0.5))
    assert coefficient_opening(face) == pytest.approx(0.5 * UPPER_MM)
    wide, narrow, shut = (coefficient_opening(targets_of(phone)[0]) for phone in ("aa", "iy", "b"))
    assert wide > narrow > shut == 0.0


def test_wilson_interval_is_known() -> None:
    assert wilson(0, 0) is None
    assert wilson(81, 81) == [0.9547, 1.0]
    assert wilson(5, 10) == [0.2366, 0.7634]


def test_frames_of_an_utterance_cover_it() -> None:
    motion: SpokenMotion = animate(utterance(), 0, phase_ns=7_000_000)
    times = motion.times()
    assert times[0] < 0.0
    assert times[-1] > len(utterance().pcm) / RATE + 0.3
    assert np.diff(times) == pytest.approx(0.02)
    assert len(motion.bodies) == len(motion.faces)
