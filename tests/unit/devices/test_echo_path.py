from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import fftconvolve

from visavis_agent.core.records import MICROPHONE_RATE as RATE
from visavis_agent.devices.echo_path import EchoPath

Pcm = npt.NDArray[np.int16]
Sound = npt.NDArray[np.float64]


def speech(seconds: float, seed: int, rms: float = 2000.0) -> Sound:
    """Noise as low as a voice, with the rhythm of syllables."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    rhythm = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(count) / RATE)
    sound = rhythm * fftconvolve(rng.standard_normal(count), 0.8 ** np.arange(40.0))[:count]
    return np.asarray(sound * rms / sound.std())


def room(delay_s: float, rt60_s: float, seed: int, gain: float = 0.5) -> Sound:
    """An impulse response: a direct way, and reverberation that falls by 60 dB in `rt60_s`."""
    rng = np.random.default_rng(seed)
    at = np.arange(round(rt60_s * RATE)) / RATE
    tail = rng.standard_normal(len(at)) * 10 ** (-3 * at / rt60_s) * 0.05
    tail[0] = 1.0
    return gain * np.concatenate([np.zeros(round(delay_s * RATE)), tail]) / float(np.sqrt(np.square(tail).sum()))


def echo_of(played: Sound, response: Sound) -> Sound:
    return np.asarray(fftconvolve(played, response)[: len(played)])


def rest_of(path: EchoPath, recorded: Sound, played: Sound) -> Sound:
    pairs = zip(pcm(recorded).reshape(-1, 160), pcm(played).reshape(-1, 160), strict=True)
    return np.concatenate([path.subtract(near, far)[0] for near, far in pairs]).astype(float)


def pcm(sound: Sound) -> Pcm:
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def level_db(sound: Sound) -> float:
    return 10 * float(np.log10(np.square(sound).mean() + 1e-9))


@pytest.mark.parametrize(("delay_s", "rt60_s"), [(0.0, 0.2), (0.12, 0.5), (0.3, 0.3)])
def test_the_echo_is_taken_out_however_late_and_long_it_is(delay_s: float, rt60_s: float) -> None:
    played = speech(6.0, 1)
    echo = echo_of(played, room(delay_s, rt60_s, 2))
    rest = rest_of(EchoPath(), echo, played)
    assert level_db(rest[-RATE:]) < level_db(echo[-RATE:]) - 15


def test_a_visitor_over_the_voice_is_kept_and_does_not_lead_it_astray() -> None:
    played, visitor = speech(8.0, 1), np.zeros(8 * RATE)
    echo = echo_of(played, room(0.1, 0.4, 2))
    visitor[5 * RATE : 6 * RATE] = speech(1.0, 3) * echo.std() / 2000.0
    rest = rest_of(EchoPath(), echo + visitor, played)
    both = slice(5 * RATE, 6 * RATE)
    assert level_db(rest[both] - visitor[both]) < level_db(visitor[both]) - 10
    after = slice(6 * RATE, 7 * RATE)
    assert level_db(rest[after]) < level_db(echo[after]) - 10


def test_what_was_learned_outlasts_a_pause_of_the_voice() -> None:
    played = speech(16.0, 1)
    played[5 * RATE : 15 * RATE] = 0.0
    echo = echo_of(played, room(0.1, 0.3, 2))
    rest = rest_of(EchoPath(), echo + 5.0 * np.random.default_rng(4).standard_normal(len(echo)), played)
    assert level_db(rest[-RATE:]) < level_db(echo[-RATE:]) - 12


def test_a_response_that_fits_no_longer_adds_nothing_and_is_learned_anew() -> None:
    played = speech(12.0, 1)
    echo = echo_of(played, room(0.1, 0.3, 2))
    other = echo_of(played, room(0.2, 0.3, 5))
    echo[5 * RATE :] = other[5 * RATE :]
    rest = rest_of(EchoPath(), echo, played)
    changed = slice(5 * RATE, 6 * RATE)
    assert level_db(rest[changed]) < level_db(echo[changed]) + 1
    assert level_db(rest[-RATE:]) < level_db(echo[-RATE:]) - 12


def test_without_a_loudspeaker_the_recording_stays_as_it_is() -> None:
    visitor = speech(2.0, 3)
    assert np.array_equal(rest_of(EchoPath(), visitor, np.zeros_like(visitor)), pcm(visitor))


def test_clipped_sound_leaves_it_sound() -> None:
    rng = np.random.default_rng(6)
    loud = np.where(rng.standard_normal(2 * RATE) > 0, 32767.0, -32768.0)
    path = EchoPath()
    rest_of(path, loud, np.roll(loud, 500))
    played = speech(6.0, 1)
    echo = echo_of(played, room(0.05, 0.3, 2))
    rest = rest_of(path, echo, played)
    assert np.isfinite(rest).all()
    assert level_db(rest[-RATE:]) < level_db(echo[-RATE:]) - 10
