"""People to train on: what they said is known, when is found by forced alignment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from visavis_agent.evaluation.alignment import ALIGNED_RATE, align
from visavis_agent.evaluation.utterances import recorded
from visavis_agent.speech.voices import Speech

WORDS = {
    "cards/001.wav": "ten of clubs",
    "cards/002.wav": "four queen of clubs",
    "cards/003.wav": "seven of clubs",
    "cards/004.wav": "five five",
    "cards/005.wav": "eight of spades four of clubs seven of hearts",
    "goforward.raw": "go forward ten meters",
}


def known(directory: Path) -> list[Speech]:
    """Speakers out of `librivox_aligned`; the readers of LibriVox itself and of whisper_jfk are held out."""
    found = []
    for name, words in WORDS.items():
        path = directory / "librivox_aligned" / name
        if path.is_file():
            pcm = np.fromfile(path, "<i2") if path.suffix == ".raw" else recorded(path)
            phones = align(pcm, words)
            found += [Speech(pcm, ALIGNED_RATE, phones)] if phones else []
    return found
