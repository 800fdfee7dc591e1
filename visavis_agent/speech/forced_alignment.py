"""Times of known phones in a sound: Viterbi alignment with pocketsphinx's hidden Markov models of English speech.

The words need no dictionary: each is given with the phones that are looked for. Where the path does not reach the end
of the sound (another language, another text) there is no result.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 16_000
_FRAME_S = 0.01
_MARGIN_S = 0.1
_DITHER = 3
_PHONES = {"ax": "AH"}
"""What the models lack."""

Times = npt.NDArray[np.float64]


def available() -> bool:
    """Whether the models are installed."""
    return importlib.util.find_spec("pocketsphinx") is not None


def force(words: Sequence[Sequence[str]], pcm: npt.NDArray[np.float64]) -> Times | None:
    """Where each phone of `words` lies in `pcm`; None when it cannot be found, or without the models.

    Args:
        words: phones of core/phones.py without silence, word by word, none of them empty.
        pcm: (n,) at 16 kHz, in int16 units.

    Returns:
        (phones, 2): begin and end, s, to 10 ms.
    """
    if not words or not available():
        return None
    from pocketsphinx import Config, Decoder, get_model_path

    margin = round(_MARGIN_S * RATE)
    noise = np.random.default_rng(0).integers(-_DITHER, _DITHER + 1, len(pcm) + 2 * margin)
    sound = np.clip(np.pad(pcm, margin) + noise, -32768, 32767).astype("<i2").tobytes()
    decoder = Decoder(Config(hmm=get_model_path("en-us/en-us"), dict=None, lm=None, loglevel="FATAL"))
    for number, phones in enumerate(words):
        spelled = " ".join(_PHONES.get(phone, phone.upper()) for phone in phones)
        decoder.add_word(f"w{number}", spelled, number == len(words) - 1)
    decoder.set_align_text(" ".join(f"w{number}" for number in range(len(words))))
    try:
        _decode(decoder, sound)  # finds the words
        decoder.set_alignment()
        _decode(decoder, sound)  # finds the phones in them
        found = decoder.get_alignment()
    except RuntimeError:
        return None
    spans = [(p.start, p.start + p.duration) for word in found or () if word.name.startswith("w") for p in word]
    if len(spans) != sum(map(len, words)):
        return None
    return np.asarray(spans, np.float64) * _FRAME_S - _MARGIN_S


def _decode(decoder: Any, sound: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
