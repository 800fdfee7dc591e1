"""The voice bench on two sentences: errors by method, and what rises."""

from __future__ import annotations

import numpy as np

from visavis_agent.core.records import PhoneMark
from visavis_agent.evaluation import bench_voice
from visavis_agent.evaluation.voice_metrics import heard, onsets, word_onsets
from visavis_agent.speech.voices import VOICES, Speech

SENTENCES = ("The boy bought a big blue ball.",)


def test_a_voice_aligned_with_itself_is_hardly_off_and_models_beat_warping_on_another() -> None:
    slt, rms = (VOICES.create("flite", {"voice": name}) for name in ("slt", "rms"))
    own = bench_voice._alignment(slt, slt, SENTENCES)
    assert own["of"] == "phones" and own["warping"]["median_ms"] < 5.0 and own["models"]["median_ms"] < 15.0
    other = bench_voice._alignment(slt, rms, SENTENCES)
    assert other["models"]["n"] > 15 and other["models"]["median_ms"] < other["warping"]["median_ms"]


def test_what_does_not_rise_is_told() -> None:
    report = bench_voice._feelings(VOICES.create("flite", {"voice": "rms"}), SENTENCES)
    assert report["arousal"]["rising"]["rate"] and not report["arousal"]["rising"]["pitch_hz"], "rms has a fixed pitch"


def test_pitch_level_and_onsets_are_measured() -> None:
    rate = 16_000
    t = np.arange(2 * rate) / rate
    tone = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 9)) * 4000
    marks = (PhoneMark("pau", 0, 800), PhoneMark("aa", 800, rate), PhoneMark("iy", rate, 2 * rate))
    speech = Speech(tone.astype(np.int16), rate, marks)
    found = heard([speech])
    assert abs(found["pitch_hz"] - 150) < 3 and found["range_st"] < 0.2
    assert list(onsets(speech)) == [0.05, 1.0] and len(word_onsets(speech)) == 0
