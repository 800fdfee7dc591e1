from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.devices.stand_ins import audio
from visavis_agent.core.records import SpeechAudio
from visavis_agent.devices.conversion import Conversion


def convert(rate: int, target: int, cuts: list[int], pcm: np.ndarray) -> tuple[Conversion, list[SpeechAudio]]:
    conversion = Conversion(rate, target, 0)
    edges = [0, *cuts, len(pcm)]
    pieces = []
    for start, end in pairwise(edges):
        piece = audio(start, end - start, last=end == len(pcm), rate=rate)
        pieces.append(conversion.convert(replace(piece, pcm=pcm[start:end])))
    return conversion, pieces


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_a_tone_in_pieces_has_no_seams(rate: int) -> None:
    pcm = (8000 * np.sin(2 * np.pi * 300 * np.arange(rate) / rate)).astype(np.int16)
    conversion, pieces = convert(rate, 48_000, list(range(777, rate - 1, 2345)), pcm)
    made = np.concatenate([piece.pcm for piece in pieces])
    assert abs(len(made) - 48_000) <= 1
    expected = 8000 * np.sin(2 * np.pi * 300 * np.arange(len(made)) / 48_000)
    assert np.abs(made - expected)[200:-200].max() < 4
    assert conversion.sample(len(made)) == rate


@given(st.lists(st.integers(1, 3999), unique=True, max_size=8), st.sampled_from([8000, 16_000, 22_050, 44_100]))
def test_pieces_join_and_places_map_back(cuts: list[int], rate: int) -> None:
    conversion, pieces = convert(rate, 48_000, sorted(cuts), np.ones(4000, np.int16))
    end = 0
    for piece in pieces:
        assert piece.first_sample == end
        end += len(piece.pcm)
    for sample in (0, 1234, 3999):
        assert abs(conversion.sample(conversion.place(sample)) - sample) <= 1


def test_a_hole_is_silence_and_what_was_there_is_left_out() -> None:
    conversion = Conversion(16_000, 16_000, 0)
    first = conversion.convert(audio(0, 100))
    assert len(first.pcm) == 100
    again = conversion.convert(audio(50, 100))
    assert np.array_equal(again.pcm, audio(100, 50).pcm)
    after = conversion.convert(audio(200, 10))
    assert not after.pcm[:50].any()
    assert np.array_equal(after.pcm[50:], audio(200, 10).pcm)
