"""Speech with phone times for the benches of motion: synthetic, and people with aligned phones."""

from __future__ import annotations

import json
import os
import wave
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import EMOTIONS, Emotion
from visavis_agent.core.records import PhoneMark
from visavis_agent.evaluation.alignment import ALIGNED_RATE, align, phone_mark
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
_JFK = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"


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
    """People with phones aligned by pocketsphinx (10 ms frames): five sentences of `librivox_aligned`, and
    `whisper_jfk`. The net that hears lips has never heard them.
    """
    found = []
    for path in sorted((directory / "librivox_aligned" / "librivox").glob("*.phone.json")):
        sound = path.with_name(path.name.removesuffix(".phone.json") + ".wav")
        if sound.is_file():
            found.append(_aligned(path, sound))
    speech = directory / "whisper_jfk" / "jfk.flac"
    if speech.is_file():
        pcm = recorded(speech)
        phones = align(pcm, _JFK)
        found += [Utterance(speech.stem, pcm, ALIGNED_RATE, phones)] if phones else []
    return found


def recorded(path: Path) -> npt.NDArray[np.int16]:
    """A sound file's samples at 16 kHz, mono."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", ALIGNED_RATE)
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.int16)


def _aligned(alignment: Path, sound: Path) -> Utterance:
    with wave.open(str(sound)) as file:
        rate = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    words = json.loads(alignment.read_text(encoding="utf-8").splitlines()[0])["w"]
    phones = [phone for word in words for phone in word.get("w", ())]
    marks = tuple(phone_mark(str(phone["t"]), float(phone["b"]), float(phone["d"]), rate) for phone in phones)
    return Utterance(sound.stem, pcm, rate, marks)
