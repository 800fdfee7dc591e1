"""Speech with phone times for the benches of motion: synthetic, and people with aligned phones."""

from __future__ import annotations

import json
import os
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.phones import PHONES, SILENCE, VOWELS
from visavis_agent.core.records import PhoneMark
from visavis_agent.speech.bank import VoiceBank

SENTENCES = (
    "Please bring my umbrella, maybe it will rain before five.",
    "Welcome to the museum.",
    "Both of them were beautiful.",
    "She showed us a few new shoes.",
    "The boy bought a big blue ball.",
    "Can I help you with something?",
    "I am afraid that the cafe is closed on Monday.",
    "Probably the best place to begin is the map room.",
    "My favourite food is fresh bread.",
    "Five very heavy vans arrived.",
    "We want one more week.",
    "Thank you for everything.",
    "The weather is wonderful today.",
    "Put the book back upon the table.",
    "Bob and Pam jumped up and ran.",
    "It was a simple problem.",
    "How much is the ticket for two people?",
    "The room number is eleven.",
    "Turn left after the big pump.",
    "Perhaps you may remember my name.",
    "The film will begin in a moment.",
    "Above the map you see a blue lamp.",
    "Mum made plum jam in September.",
    "Goodbye, and have a pleasant evening.",
)
_SILENCES = frozenset(("SIL", "<SIL>", "+NSN+", "+SPN+"))


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """Sound (n,) int16 mono with phones; `emotion` is the one it is said with."""

    name: str
    pcm: npt.NDArray[np.int16]
    sample_rate: int
    phones: tuple[PhoneMark, ...]
    emotion: Emotion = Emotion()


def synthetic(sentences: tuple[str, ...], voice: str, label: str = "neutral") -> list[Utterance]:
    """The sentences as the embedded English voice says them, with that emotion.

    Raises:
        EngineError: the voice is not installed.
    """
    emotion = Emotion() if label == EMOTIONS[0] else Emotion.of({label: 1.0}, intensity=0.8)
    bank = VoiceBank("flite", {"flite": {"voice": voice}})
    bank.open("en")
    said = [(text, bank.say(text, "en", emotion).speech) for text in sentences]
    bank.close()
    return [
        Utterance(text, speech.pcm, speech.sample_rate, speech.phones, emotion)
        for text, speech in said
        if len(speech.pcm)
    ]


def recordings() -> Path | None:
    """The directory of recordings ($VISAVIS_DATA, or ../shared/data beside the checkout), if there is one."""
    named = os.environ.get("VISAVIS_DATA")
    path = Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return path if path.is_dir() else None


def human(directory: Path) -> list[Utterance]:
    """LibriVox sentences with phones aligned by pocketsphinx (10 ms frames), from `librivox_aligned`."""
    found = []
    for path in sorted((directory / "librivox_aligned" / "librivox").glob("*.phone.json")):
        sound = path.with_name(path.name.removesuffix(".phone.json") + ".wav")
        if sound.is_file():
            found.append(_aligned(path, sound))
    return found


def _aligned(alignment: Path, sound: Path) -> Utterance:
    with wave.open(str(sound)) as file:
        rate = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    words = json.loads(alignment.read_text(encoding="utf-8").splitlines()[0])["w"]
    marks = tuple(_mark(phone, rate) for word in words for phone in word.get("w", ()))
    return Utterance(sound.stem, pcm, rate, marks)


def _mark(entry: dict[str, Any], rate: int) -> PhoneMark:
    """Stress is not in the alignment: AH counts as schwa, every other vowel as stressed."""
    name = str(entry["t"])
    phone = SILENCE if name.upper() in _SILENCES else "ax" if name == "AH" else name.lower()
    phone = phone if phone in PHONES or phone == "ax" else SILENCE
    start, length = float(entry["b"]), float(entry["d"])
    stress = 1 if phone in VOWELS and phone != "ax" else 0
    return PhoneMark(phone, round(start * rate), round((start + length) * rate), stress)
