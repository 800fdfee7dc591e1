"""What may happen to speech between a mouth and the net: other throats, rooms, noise, microphones, codecs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import PhoneMark
from visavis_agent.speech.sound import resample, to_pcm
from visavis_agent.speech.voices import Speech

Sound = npt.NDArray[np.float64]
RATE = 16_000
_MU = 255.0


def at_rate(speech: Speech) -> Speech:
    """The speech at 16 kHz."""
    if speech.sample_rate == RATE:
        return speech
    return _marked(resample(speech.pcm, speech.sample_rate, RATE), speech, RATE / speech.sample_rate)


def varied(speech: Speech, rng: np.random.Generator, babble: Sound) -> Speech:
    """Speech at 16 kHz as it may arrive; `babble` is other people's speech, longer than this."""
    if rng.random() < 0.6:
        speech = _other_size(speech, float(rng.uniform(0.84, 1.2)))
    speech = _framed(speech, rng)
    sound = speech.pcm.astype(np.float64) / 32768.0
    level = _level(sound)
    if rng.random() < 0.35:
        sound = _in_room(sound, rng)
    if rng.random() < 0.6:
        sound = _coloured(sound, rng)
    if rng.random() < 0.6:
        sound = sound + _noise(len(sound), rng, babble) * level * 10.0 ** (-float(rng.uniform(6.0, 35.0)) / 20.0)
    sound = sound * 10.0 ** (float(rng.uniform(-24.0, -12.0)) / 20.0) / max(_level(sound), 1e-6)
    if rng.random() < 0.2:
        sound = _telephone(sound)
    elif rng.random() < 0.1:
        sound = np.clip(sound, -0.25, 0.25)
    return replace(speech, pcm=to_pcm(sound * 32767.0))


def _marked(samples: Sound, speech: Speech, factor: float) -> Speech:
    marks = [replace(m, start=round(m.start * factor), end=round(m.end * factor)) for m in speech.phones]
    return Speech(to_pcm(samples), RATE, tuple(mark for mark in marks if mark.end > mark.start))


def _other_size(speech: Speech, factor: float) -> Speech:
    """Played `factor` times as fast: pitch, formants and tempo together."""
    count = int(len(speech.pcm) / factor)
    moved = np.interp(np.arange(count) * factor, np.arange(len(speech.pcm)), speech.pcm.astype(np.float64))
    return _marked(moved, speech, 1.0 / factor)


def _framed(speech: Speech, rng: np.random.Generator) -> Speech:
    """With silence before and after."""
    before, after = (int(rng.uniform(0.1, 0.6) * RATE) for _ in range(2))
    pcm = np.concatenate([np.zeros(before, np.int16), speech.pcm, np.zeros(after, np.int16)])
    moved = [replace(mark, start=mark.start + before, end=mark.end + before) for mark in speech.phones]
    end = moved[-1].end if moved else before
    marks = (PhoneMark(SILENCE, 0, before), *moved, PhoneMark(SILENCE, end, len(pcm)))
    return Speech(pcm, RATE, marks)


def _level(sound: Sound) -> float:
    """RMS of the loud half."""
    blocks = sound[: len(sound) // 400 * 400].reshape(-1, 400)
    power = np.sort((blocks * blocks).mean(1)) if len(blocks) else np.zeros(1)
    return float(np.sqrt(power[len(power) // 2 :].mean()))


def _in_room(sound: Sound, rng: np.random.Generator) -> Sound:
    """Noise that dies away (Polack 1988) after the direct sound, which stays in its place."""
    seconds, ratio = float(rng.uniform(0.15, 0.7)), 10.0 ** (float(rng.uniform(0.0, 14.0)) / 20.0)
    times = np.arange(int(seconds * RATE)) / RATE
    tail = rng.standard_normal(len(times)) * np.exp(-6.9 * times / seconds)
    tail[: int(0.002 * RATE)] = 0.0
    tail /= np.sqrt((tail * tail).sum()) * ratio
    tail[0] = 1.0
    heard: Sound = fftconvolve(sound, tail)[: len(sound)]
    return heard


def _coloured(sound: Sound, rng: np.random.Generator) -> Sound:
    """Through a microphone: a tilt and a low edge."""
    tilt = float(rng.uniform(-0.6, 0.6))
    tilted = lfilter([1.0, -tilt], [1.0], sound)
    low = butter(1, float(rng.uniform(40.0, 250.0)), "highpass", fs=RATE, output="sos")
    heard: Sound = sosfilt(low, tilted)
    return heard


def _noise(count: int, rng: np.random.Generator, babble: Sound) -> Sound:
    """White, pink, brown or hum or babble, RMS 1."""
    kind = rng.integers(5)
    if kind == 0 and len(babble) > count:
        start = int(rng.integers(len(babble) - count))
        noise = babble[start : start + count]
    elif kind == 1:
        tones = np.arange(1, 8)[:, None] * float(rng.choice([50.0, 60.0]))
        phases = rng.uniform(0.0, 2.0 * np.pi, (7, 1))
        noise = (np.sin(2.0 * np.pi * tones * np.arange(count) / RATE + phases) / np.arange(1, 8)[:, None]).sum(0)
    else:
        size = 1 << count.bit_length()
        spectrum = np.fft.rfft(rng.standard_normal(size))
        spectrum /= np.maximum(1.0, np.arange(len(spectrum))) ** float(rng.uniform(0.0, 1.0))
        noise = np.fft.irfft(spectrum, size)[:count]
    result: Sound = noise / max(float(np.sqrt((noise * noise).mean())), 1e-9)
    return result


def _telephone(sound: Sound) -> Sound:
    """Narrow band and G.711's μ-law in 8 bits."""
    band = butter(4, (280.0, 3500.0), "bandpass", fs=RATE, output="sos")
    narrow = np.clip(sosfilt(band, sound), -1.0, 1.0)
    code = np.round(np.sign(narrow) * np.log1p(_MU * np.abs(narrow)) / np.log1p(_MU) * 127.0) / 127.0
    heard: Sound = np.sign(code) * np.expm1(np.abs(code) * np.log1p(_MU)) / _MU
    return heard
