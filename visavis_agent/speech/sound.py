"""Small signal tools of speech: trimming with its marks, level with a limiter, fades, resampling."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import PhoneMark, WordMark
from visavis_agent.speech.voices import Pcm, Speech

_LEAD_S = 0.02
_TAIL_S = 0.06
_EDGE_S = 0.005
_FRAME_S = 0.02
_SILENT_BELOW = 100
"""Largest sample, int16, of what counts as silence whatever the rest is like."""
_QUIET_SHARE = 0.02
_KNEE = 0.8


def silence(seconds: float, rate: int) -> Speech:
    """Nothing, for `seconds`."""
    count = round(max(0.0, seconds) * rate)
    phones = (PhoneMark(SILENCE, 0, count),) if count else ()
    return Speech(np.zeros(count, np.int16), rate, phones)


def resample(pcm: npt.NDArray[np.int16], source: int, target: int) -> npt.NDArray[np.float64]:
    """`pcm` at another rate by scipy's polyphase filter, without delay; in int16 units, not clipped."""
    if source == target:
        return pcm.astype(np.float64)
    divisor = math.gcd(source, target)
    return np.asarray(resample_poly(pcm.astype(np.float64), target // divisor, source // divisor))


def to_pcm(samples: npt.NDArray[np.float64]) -> Pcm:
    """Rounded and saturated to int16."""
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)


def amplify(pcm: Pcm, factor: float) -> Pcm:
    """Scaled, with a soft knee at 80 % of full scale, so that loud emotions do not clip."""
    x = pcm.astype(np.float64) * (factor / 32768.0)
    over = np.abs(x) > _KNEE
    room = 1.0 - _KNEE
    x[over] = np.sign(x[over]) * (_KNEE + room * np.tanh((np.abs(x[over]) - _KNEE) / room))
    return to_pcm(x * 32767.0)


def level_like(pcm: Pcm, model: Pcm) -> Pcm:
    """As loud (RMS) as `model`, within a factor of 10; as it is when one of the two is silent."""
    own, wanted = (float(np.sqrt(np.mean(x.astype(np.float64) ** 2))) if len(x) else 0.0 for x in (pcm, model))
    return amplify(pcm, min(10.0, max(0.1, wanted / own))) if own and wanted else pcm


def mend_wraps(pcm: Pcm) -> Pcm:
    """Samples that overflowed 16 bits and came out with the wrong sign, put back and saturated.

    Between two neighbouring samples of speech there is never more than three quarters of the whole scale.
    """
    jumps = np.diff(pcm.astype(np.int32))
    turns = np.where(jumps > 49152, -1, np.where(jumps < -49152, 1, 0))
    if not turns.any():
        return pcm
    offset = np.concatenate([[0], np.cumsum(turns)])
    if offset[-1] != 0 or np.abs(offset).max() > 1:
        return pcm
    return to_pcm(pcm + 65536.0 * offset)


def trim(speech: Speech) -> Speech:
    """Without the engine's silence at both ends but 20 ms before the first and 60 ms after the last phone.

    Where it has no phones at all, its level tells where it is silent.
    """
    rate, total = speech.sample_rate, len(speech.pcm)
    spoken = [(mark.start, mark.end) for mark in speech.phones if mark.phone != SILENCE]
    if not speech.phones:
        spoken = _loud(speech.pcm, round(_FRAME_S * rate))
    if not spoken:
        return Speech(np.zeros(0, np.int16), rate)
    first = max(0, spoken[0][0] - round(_LEAD_S * rate))
    last = min(total, spoken[-1][1] + round(_TAIL_S * rate))
    pcm = fade_edges(speech.pcm[first:last], round(_EDGE_S * rate))
    return Speech(pcm, rate, _cut(speech.phones, first, last), _cut_words(speech.words, first, last))


def _loud(pcm: Pcm, size: int) -> list[tuple[int, int]]:
    """Frames of `size` samples in which something is heard."""
    peaks = np.abs(pcm.astype(np.int32))
    level = max(_SILENT_BELOW, _QUIET_SHARE * float(peaks.max(initial=0)))
    return [(at, min(at + size, len(pcm))) for at in range(0, len(pcm), size) if peaks[at : at + size].max() > level]


def fade_edges(pcm: Pcm, count: int) -> Pcm:
    """`count` samples of fade at both ends, so that a cut does not click."""
    count = min(count, len(pcm) // 2)
    if not count:
        return pcm
    shaped = pcm.astype(np.float64)
    shaped[:count] *= fade(count)[::-1]
    shaped[-count:] *= fade(count)
    return to_pcm(shaped)


def fade(count: int) -> npt.NDArray[np.float64]:
    """(count,) raised-cosine gains from nearly 1 to 0."""
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * np.arange(1, count + 1) / count))


def change_rate(speech: Speech, rate: int) -> Speech:
    """The same at another sample rate, marks included."""
    if rate == speech.sample_rate:
        return speech
    scale = rate / speech.sample_rate
    pcm = to_pcm(resample(speech.pcm, speech.sample_rate, rate))

    def place(sample: int) -> int:
        return min(len(pcm), round(sample * scale))

    phones = tuple(replace(mark, start=place(mark.start), end=place(mark.end)) for mark in speech.phones)
    words = tuple(WordMark(mark.text, place(mark.start), place(mark.end)) for mark in speech.words)
    return Speech(pcm, rate, phones, words)


def _cut(marks: tuple[PhoneMark, ...], first: int, last: int) -> tuple[PhoneMark, ...]:
    kept = (replace(m, start=max(m.start, first) - first, end=min(m.end, last) - first) for m in marks)
    return tuple(mark for mark in kept if mark.end > mark.start)


def _cut_words(marks: tuple[WordMark, ...], first: int, last: int) -> tuple[WordMark, ...]:
    return tuple(WordMark(m.text, max(m.start, first) - first, min(m.end, last) - first) for m in marks)
