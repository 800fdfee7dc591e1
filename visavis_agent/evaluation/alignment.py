"""When each phone of known words is said: forced alignment by pocketsphinx (Huggins-Daines et al. 2006)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import EngineError
from visavis_agent.core.phones import PHONES, SILENCE, VOWELS
from visavis_agent.core.records import PhoneMark

ALIGNED_RATE = 16_000
_FRAME_S = 0.01
_SILENCES = frozenset(("SIL", "<SIL>", "+NSN+", "+SPN+"))


def align(pcm: npt.NDArray[np.int16], words: str) -> tuple[PhoneMark, ...]:
    """Phones, in frames of 10 ms, of (n,) samples at 16 kHz, mono; nothing where the words do not fit.

    Raises:
        EngineError: pocketsphinx is not installed.
    """
    try:
        decoder = import_module("pocketsphinx").Decoder(samprate=ALIGNED_RATE, loglevel="FATAL")
    except ImportError as error:
        raise EngineError(f"pocketsphinx cannot be loaded ({error})", "alignment", "Run `make env`") from None
    decoder.set_align_text(words)
    try:
        _decode(decoder, pcm)
        decoder.set_alignment()
        _decode(decoder, pcm)
    except RuntimeError:
        return ()
    phones = [phone for word in decoder.get_alignment() or () for phone in word]
    return tuple(phone_mark(p.name, p.start * _FRAME_S, p.duration * _FRAME_S, ALIGNED_RATE) for p in phones)


def _decode(decoder: Any, pcm: npt.NDArray[np.int16]) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()


def phone_mark(name: str, start: float, length: float, rate: int) -> PhoneMark:
    """A phone as pocketsphinx names it, from `start` on for `length` s.

    It does not say which vowels are stressed: AH counts as schwa, every other one as stressed.
    """
    phone = SILENCE if name.upper() in _SILENCES else "ax" if name == "AH" else name.lower()
    phone = phone if phone in PHONES or phone == "ax" else SILENCE
    stress = 1 if phone in VOWELS and phone != "ax" else 0
    return PhoneMark(phone, round(start * rate), round((start + length) * rate), stress)
