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
    "something.raw": "go somewhere and do something",
    "numbers.raw": "thirty three four six ninety two",
    "forever/input_2_16k.wav": "feels like these days go on forever",
}
_LOCH = (
    "the beige hue on the waters of the lock impressed all including the french queen before she heard that symphony "
    "again just as young arthur wanted"
)
_TENURE = "with tenure suzie had all the more leisure for yachting but her publications are no good"
CHOOSING = {"Claire_anger": _LOCH, "Mark_outofbreath": _LOCH} | dict.fromkeys(
    ("Mark_anger", "Mark_joy", "Mark_neutral"), _TENURE
)
"""Of `a2f3d_audio`, those of known words that an alignment is found for."""
_EDGE_S = 0.5


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


def choosing(directory: Path) -> list[Speech]:
    """Two speakers, angry, glad and out of breath, who are not trained on: what is chosen is chosen by them."""
    found = []
    for name, words in CHOOSING.items():
        path = directory / "a2f3d_audio" / f"{name}.wav"
        if path.is_file():
            # They are cut close; an alignment wants silence around them.
            pcm = np.pad(recorded(path), round(_EDGE_S * ALIGNED_RATE))
            phones = align(pcm, words)
            found += [Speech(pcm, ALIGNED_RATE, phones)] if phones else []
    return found
