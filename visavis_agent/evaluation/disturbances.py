"""What is heard over a speaker without being meant to stop him: signs of listening, coughs, clicks, talk elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from visavis_agent.core.records import MICROPHONE_RATE
from visavis_agent.evaluation.interview import Asked
from visavis_agent.evaluation.questions import asked, trimmed

Sound = npt.NDArray[np.float64]
_ROOM_S = 0.3
_ROOM_RMS = 12.0
_VOICE_RMS = 2000.0
_ELSEWHERE_DB = -16.0
_ELSEWHERE_S = 2.4
_TALK = (
    "I told her that the bus leaves at half past nine tomorrow morning.",
    "They have been looking for the car park for an hour now.",
    "Put your jacket on, we are going to see your grandmother.",
)
_SIGNS = ("uh-huh", "yeah", "okay", "right", "oh")
_VOICES = ("rms", "awb", "kal")


def hum(rng: np.random.Generator) -> Sound:
    """ "Mm-hm": two nasal syllables, the second higher, with a breath between them."""
    low = rng.uniform(95.0, 200.0)
    first = _nasal(rng.uniform(0.13, 0.2), low, 0.95 * low, rng)
    second = _nasal(rng.uniform(0.18, 0.28), 1.05 * low, 1.35 * low, rng)
    breath = 0.02 * _band(rng.standard_normal(round(rng.uniform(0.03, 0.07) * MICROPHONE_RATE)), 400.0, 2500.0)
    return np.concatenate([first, breath, second])


def sign(rng: np.random.Generator) -> Sound:
    """A short word of listening."""
    text = _SIGNS[int(rng.integers(len(_SIGNS)))]
    spoken = asked(text, int(rng.integers(1 << 30)), _VOICES[int(rng.integers(len(_VOICES)))])
    return spoken.pcm[spoken.first : spoken.end].astype(np.float64)


def cough(rng: np.random.Generator) -> Sound:
    """One or two bursts of turbulent noise with the resonances of a throat, and a voiced end."""
    bursts = [_burst(rng, 1.0)]
    if rng.random() < 0.5:
        bursts += [np.zeros(round(rng.uniform(0.12, 0.2) * MICROPHONE_RATE)), _burst(rng, 0.7)]
    return np.concatenate(bursts)


def click(rng: np.random.Generator) -> Sound:
    """Something hard on something hard, up to three times."""
    hits = []
    for _ in range(int(rng.integers(1, 4))):
        t = np.arange(round(rng.uniform(0.08, 0.2) * MICROPHONE_RATE)) / MICROPHONE_RATE
        tones = sum(
            np.sin(2 * np.pi * rng.uniform(300.0, 5000.0) * t) * np.exp(-t / rng.uniform(0.002, 0.02)) for _ in range(4)
        )
        hits.append(tones)
    return np.concatenate(hits)


def talk(rng: np.random.Generator) -> Sound:
    """Somebody speaks to somebody else, further away: softer, duller, with the room in it."""
    text = _TALK[int(rng.integers(len(_TALK)))]
    spoken = asked(text, int(rng.integers(1 << 30)), _VOICES[int(rng.integers(1, len(_VOICES)))])
    dry = spoken.pcm[spoken.first : spoken.end].astype(np.float64)[: round(_ELSEWHERE_S * MICROPHONE_RATE)]
    t = np.arange(round(0.4 * MICROPHONE_RATE)) / MICROPHONE_RATE
    tail = rng.standard_normal(len(t)) * np.exp(-t / 0.07)
    return _band(fftconvolve(dry, tail), 150.0, 3000.0)[: len(dry)]


DISTURBANCES: dict[str, tuple[Callable[[np.random.Generator], Sound], float]] = {
    "mm-hm": (hum, -3.0),
    "sign": (sign, 0.0),
    "cough": (cough, 3.0),
    "click": (click, -3.0),
    "talk": (talk, _ELSEWHERE_DB),
}
"""Name → how it sounds, and its level compared to a visitor's voice, dB."""


def disturbance(name: str, seed: int) -> Asked:
    """A disturbance as sound, with some quiet around it."""
    make, level_db = DISTURBANCES[name]
    rng = np.random.default_rng([seed, *name.encode()])
    sound = make(rng)
    loud = np.sqrt(np.mean(np.square(sound[np.abs(sound) > 0.05 * np.abs(sound).max()])))
    sound = sound * (_VOICE_RMS * 10 ** (level_db / 20) / loud)
    quiet = np.zeros(round(_ROOM_S * MICROPHONE_RATE))
    pcm = np.concatenate([quiet, sound, quiet])
    clean = trimmed(Asked(name, np.clip(pcm, -32768, 32767).astype(np.int16), 0, len(pcm)))
    noisy = np.clip(pcm + _ROOM_RMS * rng.standard_normal(len(pcm)), -32768, 32767).astype(np.int16)
    return Asked(name, noisy, clean.first, clean.end)


def _nasal(seconds: float, from_hz: float, to_hz: float, rng: np.random.Generator) -> Sound:
    count = round(seconds * MICROPHONE_RATE)
    phase = 2 * np.pi * np.cumsum(np.linspace(from_hz, to_hz, count)) / MICROPHONE_RATE
    source = np.asarray(sum(np.cos(k * phase + rng.uniform(0, 0.3)) / k for k in range(1, 25)))
    voiced = sum(gain * _resonance(source, hertz, 80.0) for hertz, gain in ((250.0, 1.0), (1000.0, 0.06)))
    edge = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.03 * MICROPHONE_RATE))
    out = np.asarray(voiced * edge)
    return out / float(np.abs(out).max())


def _burst(rng: np.random.Generator, loud: float) -> Sound:
    count = round(rng.uniform(0.16, 0.3) * MICROPHONE_RATE)
    t = np.arange(count) / MICROPHONE_RATE
    noise = rng.standard_normal(count) * np.minimum(1.0, t / 0.006) * np.exp(-t / rng.uniform(0.05, 0.09))
    throat = sum(_resonance(noise, hertz, 200.0) for hertz in (rng.uniform(450, 700), rng.uniform(1200, 1800), 2700.0))
    return np.asarray(loud * throat)


def _resonance(sound: Sound, hertz: float, width: float) -> Sound:
    """A two-pole resonator of unit gain at its peak, nearly (Klatt 1980, JASA 67)."""
    r = np.exp(-np.pi * width / MICROPHONE_RATE)
    b, c = 2 * r * np.cos(2 * np.pi * hertz / MICROPHONE_RATE), -(r**2)
    return np.asarray(lfilter([1 - b - c], [1.0, -b, -c], sound))


def _band(sound: Sound, low: float, high: float) -> Sound:
    return np.asarray(sosfilt(butter(2, (low, high), "bandpass", fs=MICROPHONE_RATE, output="sos"), sound))
