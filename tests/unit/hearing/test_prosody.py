"""Pitch and level are measured right, and piece by piece as in one go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hearing.sounds import noise, tone, voice
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.hearing.prosody import ProsodyTrack, analyse


@pytest.mark.parametrize("hz", [80, 110, 150, 220, 330, 450])
def test_the_pitch_of_a_voice_is_found_without_octave_errors(hz: float) -> None:
    f0, _ = analyse(voice(hz, 1.0))
    assert np.all(np.abs(12 * np.log2(f0 / hz)) < 0.2)


def test_the_pitch_is_found_in_noise() -> None:
    pcm = voice(140, 1.0, 0.3) + noise(1.0, 0.02)
    f0, _ = analyse(pcm.astype(np.int16))
    voiced = f0[f0 > 0]
    assert len(voiced) > 0.95 * len(f0)
    assert np.mean(np.abs(voiced / 140 - 1) < 0.03) > 0.98


def test_noise_and_silence_have_no_pitch() -> None:
    assert np.mean(analyse(noise(1.0, 0.1))[0] > 0) < 0.03
    assert not analyse(np.zeros(16000, np.int16))[0].any()


def test_the_level_is_in_db_of_full_scale() -> None:
    _, level = analyse((tone(200, 0.5, 16000, 0.1) * 32768).astype(np.int16))
    assert level == pytest.approx(-23.0, abs=0.2)
    assert analyse(np.zeros(1600, np.int16))[1] == pytest.approx(-120.0)


def test_too_little_sound_gives_no_frames() -> None:
    assert len(analyse(np.zeros(639, np.int16))[0]) == 0
    assert len(analyse(np.zeros(640, np.int16))[0]) == 1


@given(st.lists(st.integers(1, 2000), min_size=5, max_size=20))
def test_pieces_give_the_frames_of_the_whole(cuts: list[int]) -> None:
    pcm = voice(180, 1.0)
    track = ProsodyTrack()
    track.begin(3 * SECOND)
    pieces, first = [], 0
    for size in [*cuts, len(pcm)]:
        frames = track.push(pcm[first : first + size])
        pieces += [frames] if frames else []
        first += size
    f0, level = analyse(pcm)
    assert np.array_equal(np.concatenate([p.f0_hz for p in pieces]), f0)
    assert np.array_equal(np.concatenate([p.level_dbfs for p in pieces]), level)
    due = 3 * SECOND + 20 * MS
    for piece in pieces:
        assert piece.media_ns == due
        due += len(piece.f0_hz) * 10 * MS
