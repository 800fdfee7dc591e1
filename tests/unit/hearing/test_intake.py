"""The microphone's stream becomes frames on the media timeline, however it arrives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hearing.sounds import blocks, noise, tone
from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.records import MicrophoneAudio
from visavis_agent.hearing.intake import FRAME, FRAME_NS, Frame, Gap, Intake


def run(records: list[MicrophoneAudio]) -> tuple[list[Frame], list[Gap]]:
    intake = Intake()
    pieces = [piece for record in records for piece in intake.push(record)]
    return [p for p in pieces if isinstance(p, Frame)], [p for p in pieces if isinstance(p, Gap)]


@given(cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=30), start=st.integers(0, 10**12))
def test_frames_are_the_same_however_the_stream_is_cut(cuts: list[int], start: int) -> None:
    pcm = noise(3.0, 0.1)
    records, first = [], 0
    for size in cuts:
        piece = pcm[first : first + size]
        if len(piece):
            records.append(MicrophoneAudio(media_ns=start + sample_time(first, 16000), pcm=piece))
        first += size
    frames, gaps = run(records)
    heard = min(first, len(pcm))
    assert not gaps
    assert len(frames) == heard // FRAME
    assert [frame.media_ns for frame in frames] == [start + n * FRAME_NS for n in range(len(frames))]
    assert np.array_equal(np.concatenate([frame.pcm for frame in frames] or [pcm[:0]]), pcm[: len(frames) * FRAME])


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_other_rates_are_resampled_in_time(rate: int) -> None:
    wave = tone(440, 2.0, rate)
    wave[: rate // 2] = 0
    frames, gaps = run(blocks((wave * 32767).astype(np.int16), rate // 50, rate, start_ns=SECOND))
    pcm = np.concatenate([frame.pcm for frame in frames])
    onset = np.flatnonzero(np.abs(pcm) > 3000)[0]
    assert not gaps
    assert frames[0].media_ns == SECOND
    assert onset == pytest.approx(8000, abs=16)
    assert frames[-1].end_ns == pytest.approx(3 * SECOND, abs=FRAME_NS)


def test_a_short_overrun_is_bridged_with_silence() -> None:
    pcm = noise(1.0, 0.2)
    records = blocks(pcm[:8000])
    late = MicrophoneAudio(media_ns=SECOND // 2 + 50 * MS, pcm=pcm[8000:], gap_ns=50 * MS)
    frames, gaps = run([*records, late])
    heard = np.concatenate([frame.pcm for frame in frames])
    assert not gaps
    assert not heard[8000:8800].any()
    assert np.array_equal(heard[8800:12000], pcm[8000:11200])


@pytest.mark.parametrize("marked", [True, False])
def test_a_hole_tears_the_stream(marked: bool) -> None:
    pcm = noise(1.0, 0.2)
    records = blocks(pcm)
    resumed = MicrophoneAudio(media_ns=3 * SECOND, pcm=pcm, gap_ns=2 * SECOND if marked else 0)
    frames, gaps = run([*records, resumed])
    assert gaps == [Gap(3 * SECOND, 2 * SECOND)]
    assert frames[-1].media_ns == 3 * SECOND + 30 * FRAME_NS


def test_a_jump_back_tears_the_stream() -> None:
    _, gaps = run([*blocks(noise(1.0, 0.2)), *blocks(noise(0.1, 0.2))])
    assert gaps == [Gap(0, -SECOND)]


def test_drift_of_the_sound_card_is_followed_without_tearing() -> None:
    pcm = noise(0.032, 0.1)
    drift = 1 + 200e-6
    records = [MicrophoneAudio(media_ns=round(n * FRAME_NS * drift), pcm=pcm) for n in range(5000)]
    frames, gaps = run(records)
    assert not gaps
    assert abs(frames[-1].media_ns - records[-1].media_ns) < 5 * MS


def test_jitter_of_the_stamps_does_not_move_the_frames() -> None:
    pcm = noise(0.032, 0.1)
    jitter = np.random.default_rng(1).integers(-2 * MS, 2 * MS, 300)
    jitter[0] = 0
    frames, _ = run([MicrophoneAudio(media_ns=n * FRAME_NS + int(j), pcm=pcm) for n, j in enumerate(jitter)])
    assert [frame.media_ns for frame in frames] == [n * FRAME_NS for n in range(300)]
