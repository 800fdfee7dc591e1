"""A visitor's question as a microphone would hear it: another voice than the agent's, in a quiet room."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.clock import SECOND, sample_time
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import InputError
from visavis_agent.core.records import MICROPHONE_RATE, MicrophoneAudio
from visavis_agent.evaluation.hesitation import Halt, halting
from visavis_agent.hearing.resampling import Resampler
from visavis_agent.speech.bank import VoiceBank
from visavis_agent.speech.voices import Speech

Pcm = npt.NDArray[np.int16]

# One of Vera's suggested questions: short, understood word for word in every visitor's voice tried (20 of 20 seeds),
# and its answer opens the arms and runs over several clauses through all floors of the museum.
DEMO_QUESTION = "What can I see here?"
# A man; Vera speaks with the woman's voice slt.
_VOICE = "rms"
_ROOM_S = 1.0
_ROOM_RMS = 12.0  # of full scale 32768: -69 dBFS
_SPEECH_RMS = 2000.0
_CEILING = 30_000.0
_FEWEST_WORDS = 4
_BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class SpokenQuestion:
    """A question with the room around it.

    Attributes:
        text: what is said.
        pcm: (n,) int16, mono.
        sample_rate: Hz.
        start_ns, end_ns: where the voice sounds, from the first sample on.
    """

    text: str
    pcm: Pcm
    sample_rate: int
    start_ns: int
    end_ns: int

    def blocks(self, at_ns: int = 0) -> Iterator[MicrophoneAudio]:
        """As the microphone gives it: 32 ms each, the last one shorter; the first sample at media time `at_ns`."""
        for first in range(0, len(self.pcm), _BLOCK):
            media_ns = at_ns + sample_time(first, self.sample_rate)
            pcm = self.pcm[first : first + _BLOCK]
            yield MicrophoneAudio(media_ns=media_ns, pcm=pcm, sample_rate=self.sample_rate)

    def save(self, path: Path | str) -> None:
        """Write a WAV file; an older one is replaced.

        Raises:
            InputError: the file cannot be written.
        """
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            with Path(path).open("wb") as raw, wave.open(raw, "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(self.sample_rate)
                file.writeframes(self.pcm.astype("<i2").tobytes())
        except OSError as error:
            reason = f"the question cannot be written ({error.strerror or error})"
            raise InputError(reason, str(path), "Check the folder and free space") from None


def spoken_question(text: str = DEMO_QUESTION, seed: int = 0, voice: str = _VOICE) -> SpokenQuestion:
    """Say an English question: a second of a quiet room, the voice, another second of the room.

    Args:
        text: what is asked.
        seed: of the room's noise and of the visitor, whose pace (±8 %) and pitch (±1.5 semitones) it sets.
        voice: of flite.

    Raises:
        InputError: there is nothing in the text to say.
        EngineError: the voice is not installed.
    """
    return _asked(text, seed, voice, None)


def halting_question(text: str, halt: Halt, seed: int = 0, voice: str = _VOICE) -> SpokenQuestion:
    """The same by somebody who hesitates in the middle; of less than four words he does not.

    Raises:
        InputError: there is nothing in the text to say.
        EngineError: the voice is not installed.
    """
    return _asked(text, seed, voice, halt if len(text.split()) >= _FEWEST_WORDS else None)


def _asked(text: str, seed: int, voice: str, halt: Halt | None) -> SpokenQuestion:
    rng = np.random.default_rng(seed)
    speech = _say(text, voice, rng.uniform(0.92, 1.08), rng.uniform(-1.5, 1.5), halt)
    room = np.zeros(round(_ROOM_S * MICROPHONE_RATE))
    sound = np.concatenate([room, speech, room])
    sound += _room_tone(len(sound), rng)
    end = len(room) + len(speech)
    return SpokenQuestion(
        text=text,
        pcm=np.clip(np.round(sound), -32768, 32767).astype(np.int16),
        sample_rate=MICROPHONE_RATE,
        start_ns=round(_ROOM_S * SECOND),
        end_ns=sample_time(end, MICROPHONE_RATE),
    )


def _say(text: str, voice: str, rate: float, pitch: float, halt: Halt | None) -> npt.NDArray[np.float64]:
    """The voice alone at 16 kHz, in int16 units, as loud as somebody a step away from the microphone."""
    bank = VoiceBank("flite", {"flite": {"voice": voice, "rate": rate, "pitch": pitch}})
    bank.open("en")
    try:
        said = bank.say(text, "en", Emotion())
        speech = halting(said.speech, halt, _um(bank)) if halt is not None else said.speech
    finally:
        bank.close()
    if not speech.pcm.any():
        reason = f" ({said.notes[0]})" if said.notes else ""
        raise InputError(f"the question holds nothing to say{reason}", repr(text[:40]), "Give English words")
    resampler = Resampler()
    pcm = np.concatenate([resampler.pcm(speech.pcm, speech.sample_rate), resampler.flush()])
    samples = pcm.astype(np.float64)
    loudness = float(np.sqrt(np.mean(samples**2)))
    return samples * min(_SPEECH_RMS / loudness, _CEILING / float(np.abs(samples).max()))


def _um(bank: VoiceBank) -> Speech:
    """The beginning of a sentence, as whoever says it has not finished."""
    speech = bank.say("Um the door.", "en", Emotion()).speech
    end = speech.words[0].end
    phones = tuple(mark for mark in speech.phones if mark.start < end)
    return Speech(speech.pcm[:end], speech.sample_rate, phones, speech.words[:1])


def _room_tone(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Noise that falls with frequency, as ventilation and traffic behind walls do."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / MICROPHONE_RATE)
    noise = np.fft.irfft(spectrum / np.sqrt(1.0 + (hertz / 300.0) ** 2), count)
    return np.asarray(noise * (_ROOM_RMS / np.sqrt(np.mean(noise**2))))
