"""The visitor's and the agent's sound in one track."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from visavis_agent.core.records import MicrophoneAudio
from visavis_agent.kiosk.film import SOUND_RATE, mix

NOTHING = np.zeros(0, np.int16)


def tone(hertz: float, seconds: float, rate: int, level: float = 8000.0) -> npt.NDArray[np.int16]:
    return np.round(level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.int16)


def blocks(pcm: npt.NDArray[np.int16], rate: int, start_ns: int = 0, size: int = 512) -> list[MicrophoneAudio]:
    return [
        MicrophoneAudio(media_ns=start_ns + at * 10**9 // rate, pcm=pcm[at : at + size], sample_rate=rate)
        for at in range(0, len(pcm), size)
    ]


def rms(samples: npt.NDArray[np.int16]) -> float:
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
def test_the_visitor_is_heard_at_the_times_of_the_blocks(rate: int) -> None:
    mixed = mix(blocks(tone(440, 0.5, rate), rate, 250_000_000), NOTHING)
    assert len(mixed) == pytest.approx(0.75 * SOUND_RATE, abs=8)
    assert not mixed[: round(0.249 * SOUND_RATE)].any()
    expected = tone(440, 0.5, SOUND_RATE)
    got = mixed[12_000 : 12_000 + len(expected)]
    inside = slice(500, len(expected) - 500)
    assert np.abs(got[inside].astype(int) - expected[inside]).max() < 300, "no seams between blocks, no delay"


def test_a_hole_between_blocks_stays_a_hole() -> None:
    sound = blocks(tone(300, 0.2, 16_000), 16_000) + blocks(tone(300, 0.2, 16_000), 16_000, 500_000_000)
    mixed = mix(sound, NOTHING)
    assert rms(mixed[9800:23_800]) < 1
    assert rms(mixed[24_500:33_000]) > 5000


def test_blocks_before_time_zero_are_cut() -> None:
    mixed = mix(blocks(tone(300, 0.2, 16_000), 16_000, -100_000_000), NOTHING)
    assert len(mixed) == pytest.approx(0.1 * SOUND_RATE, abs=8)


def test_the_visitor_steps_back_while_the_agent_speaks() -> None:
    agent = np.zeros(2 * SOUND_RATE, np.int16)
    agent[SOUND_RATE // 2 : SOUND_RATE] = tone(2000, 0.5, SOUND_RATE, 500)
    mixed = mix(blocks(tone(200, 2.0, 16_000), 16_000), agent)
    alone, both = rms(mixed[4800:19_200]), rms(mixed[28_800:43_200])
    assert both == pytest.approx(alone / 2, rel=0.05)
    assert rms(mixed[67_200:91_200]) == pytest.approx(alone, rel=0.01)


def test_nothing_clips_and_nothing_wraps() -> None:
    agent, visitor = tone(500, 1, SOUND_RATE, 32_767), tone(500, 1, 16_000, 32_767)
    mixed = mix(blocks(visitor, 16_000), agent)
    assert 31_000 < np.abs(mixed.astype(int)).max() < 32_767
    spectrum = np.abs(np.fft.rfft(mixed.astype(float) * np.hanning(len(mixed))))
    distortion = spectrum[1400:1600].max() / spectrum[450:550].max()
    assert distortion < 0.002


def test_the_agent_alone_is_unchanged() -> None:
    agent = tone(500, 0.5, SOUND_RATE)
    assert np.array_equal(mix([], agent), agent)
    assert len(mix([], NOTHING)) == 0
