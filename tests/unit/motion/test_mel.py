"""What the net of lips hears."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis_agent.motion.mel import BANDS, SILENT, MelStream


def noise(count: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(count) * 3000).astype(np.int16)


@given(rate=st.sampled_from((8000, 11_025, 16_000, 22_050, 44_100)), cuts=st.lists(st.integers(0, 4000), max_size=8))
@settings(max_examples=20, deadline=None)
def test_pieces_of_any_length_sound_like_the_whole(rate: int, cuts: list[int]) -> None:
    pcm = noise(4000)
    stream = MelStream(rate)
    edges = [0, *sorted(cuts), len(pcm)]
    pieces = [stream.feed(pcm[a:b]) for a, b in itertools.pairwise(edges)]
    assert np.concatenate(pieces) == pytest.approx(MelStream(rate).feed(pcm), abs=1e-4)


def test_a_frame_knows_nothing_of_what_follows_it() -> None:
    one, other = noise(8000), noise(8000)
    other[4000:] = 0
    frames = MelStream(16_000).feed(one), MelStream(16_000).feed(other)
    assert np.array_equal(frames[0][:25], frames[1][:25]) and not np.array_equal(frames[0][25], frames[1][25])


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 48_000])
def test_a_tone_is_in_the_same_band_at_every_rate(rate: int) -> None:
    tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)).astype(np.int16)
    frames = MelStream(rate).feed(tone)
    assert frames.shape == (100, BANDS)
    assert frames[50].argmax() == 13
    assert frames[50, 13] == pytest.approx(2.3, abs=0.1)


def test_silence_is_at_the_bottom() -> None:
    assert MelStream(16_000).feed(np.zeros(1600, np.int16)) == pytest.approx(np.full((10, BANDS), SILENT))
