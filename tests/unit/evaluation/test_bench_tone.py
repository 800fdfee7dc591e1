"""The tone bench: boundaries set on one speaker are tried on the other, and missing recordings are no figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis_agent.core.emotion import Emotion
from visavis_agent.evaluation.bench_tone import _told, _utterances, tone
from visavis_agent.evaluation.utterances import synthetic
from visavis_agent.hearing.resampling import Resampler


def said(*arousals: float) -> list[Emotion]:
    return [Emotion(arousal=arousal, confidence=0.3) for arousal in arousals]


def test_speakers_who_sound_alike_are_told_by_each_others_boundaries() -> None:
    alike = {"sadness": said(-0.5, -0.4), "neutral": said(0.0), "joy": said(0.6)}
    told = _told({"one": alike, "two": alike})
    assert told is not None
    assert told["left_out_of_three"] == told["left_out_joy_or_sadness"] == told["joy_above_sadness"] == 1.0
    assert told["arousal"]["one"] == {"sadness": -0.45, "neutral": 0.0, "joy": 0.6}


def test_a_speaker_whose_sadness_sounds_like_the_others_joy_is_told_wrong() -> None:
    low = {"sadness": said(-0.9), "neutral": said(-0.7), "joy": said(-0.5)}
    high = {"sadness": said(0.5), "neutral": said(0.7), "joy": said(0.9)}
    told = _told({"low": low, "high": high})
    assert told is not None
    assert told["left_out_of_three"] == pytest.approx(1 / 3, abs=0.01)
    assert told["left_out_joy_or_sadness"] == 0.5
    assert told["joy_above_sadness"] == 1.0


def test_speech_is_cut_where_it_pauses() -> None:
    (first,) = synthetic(("The film will begin in a moment.",), "slt")
    speech = Resampler().pcm(first.pcm, first.sample_rate)
    cut = _utterances(np.concatenate([speech, np.zeros(16_000, np.int16), speech]))
    assert len(cut) == 2
    assert all(abs(len(piece) - len(speech)) < 8_000 for piece in cut)


def test_without_recordings_only_voices_are_read(tmp_path: Path) -> None:
    figures = tone(tmp_path)
    assert figures["first"] is figures["known"] is figures["calm_people"] is None
    assert figures["calm_voices"]["neutral"] >= 0.9
    assert figures["calm_voices"]["mean_size_of_arousal"] <= 0.2
