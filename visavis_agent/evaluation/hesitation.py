"""How somebody hesitates in the middle of a question: a last syllable that is drawn out, perhaps "um", silence.

Before a hesitation pitch stays level or falls slowly, and the syllable before it is about twice as long, vowel and
voiced consonants (Shriberg 2001, Journal of the International Phonetic Association 31: "To 'errrr' is human"; Eklund
2001, "Prolongations: a dark horse in the disfluency stable"); it has none of the fall to the bottom of the voice with
which a sentence ends (Gravano and Hirschberg 2011, Computer Speech and Language 25). Filled pauses announce the longer
silences (Clark and Fox Tree 2002, Cognition 84).

Here the pitch is that of the whole sentence, cut in its middle: it does not fall to the end, nor is it made level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis_agent.core.phones import VOWELS
from visavis_agent.core.records import PhoneMark
from visavis_agent.speech.voices import Speech

Samples = npt.NDArray[np.float64]

DRAWN_OUT = (1.5, 2.5)
"""How much longer the end of the last word is."""
SAYS_UM = 1 / 3
"""Share of hesitations that are heard as well: a third, as an even chance would make them easier than life."""
_RESONANT = VOWELS | {"l", "m", "n", "ng", "r", "w", "y"}
_WINDOW_S, _SEARCH_S = 0.03, 0.008
_FADE_S = 0.005
_BEFORE_UM_S = 0.12


@dataclass(frozen=True, slots=True)
class Halt:
    """A hesitation: silence (s), how much longer the end of the word before it is, and whether "um" is said."""

    pause_s: float
    factor: float
    um: bool


def halting(speech: Speech, halt: Halt, um: Speech) -> Speech:
    """A sentence with a hesitation before the second half of its words; without marks.

    Args:
        um: of the same speaker.
    """
    rate, words = speech.sample_rate, len(speech.words)
    if words < 2:
        return speech
    begun, rest = drawl(speech, words // 2 - 1, halt.factor)
    parts = [begun]
    if halt.um:
        said, _ = drawl(um, 0, halt.factor)
        parts += [np.zeros(round(_BEFORE_UM_S * rate)), said]
    parts += [np.zeros(round(halt.pause_s * rate)), rest]
    pcm = np.concatenate([_without_clicks(part, rate) for part in parts])
    return Speech(np.clip(np.round(pcm), -32768, 32767).astype(np.int16), rate)


def _without_clicks(part: Samples, rate: int) -> Samples:
    """Faded in and out over 5 ms."""
    ramp = np.minimum(1.0, (np.arange(len(part)) + 1.0) / (_FADE_S * rate))
    return part * ramp * ramp[::-1]


def drawl(speech: Speech, word: int, factor: float) -> tuple[Samples, Samples]:
    """A sentence in two: up to the end of a word, whose last syllable is drawn out; and the rest.

    Args:
        speech: with phones and words.
        word: number of the word.
        factor: how much longer the vowel and the resonants after it become.
    """
    end = speech.words[word].end
    first, last = _rime(speech.phones, speech.words[word].start, end)
    pcm = speech.pcm.astype(np.float64)
    drawn = stretch(pcm[first:last], factor, speech.sample_rate)
    return np.concatenate([pcm[:first], drawn, pcm[last:end]]), pcm[end:]


def _rime(phones: Sequence[PhoneMark], start: int, end: int) -> tuple[int, int]:
    """Samples of the last vowel in [start, end) and the resonants after it; nothing where there is no vowel."""
    inside = [mark for mark in phones if start <= mark.start < end]
    vowels = [number for number, mark in enumerate(inside) if mark.phone in VOWELS]
    if not vowels:
        return end, end
    stop = vowels[-1]
    while stop < len(inside) and inside[stop].phone in _RESONANT:
        stop += 1
    return inside[vowels[-1]].start, min(end, inside[stop - 1].end)


def stretch(sound: Samples, factor: float, rate: int) -> Samples:
    """Longer by `factor` at the same pitch: overlapping windows, each moved to where it fits the one before best.

    Verhelst and Roelands (1993), "An overlap-add technique based on waveform similarity (WSOLA)".

    Args:
        sound: (n,); shorter than two windows of 30 ms it is left as it is.
    """
    window, search = round(_WINDOW_S * rate) // 2 * 2, round(_SEARCH_S * rate)
    hop = window // 2
    if len(sound) < 2 * window or factor <= 1.0:
        return sound
    shape = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(window) + 0.5) / window)
    count = round(len(sound) * factor) // hop
    out, weight = np.zeros((count + 1) * hop), np.zeros((count + 1) * hop)
    place = 0
    for number in range(count):
        aim = min(round(number * hop / factor), len(sound) - window)
        if number:
            follows = sound[min(place + hop, len(sound) - window) :][:window]
            near = range(max(0, aim - search), min(len(sound) - window, aim + search) + 1)
            place = max(near, key=lambda at: float(sound[at : at + window] @ follows))
        at = number * hop
        out[at : at + window] += shape * sound[place : place + window]
        weight[at : at + window] += shape
    return out / np.maximum(weight, 0.1)
