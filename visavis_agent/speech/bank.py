"""The voices that are there, by locale: which engine says what, what takes over when one fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import EngineError
from visavis_agent.speech.prosody import prosody_of
from visavis_agent.speech.sound import silence
from visavis_agent.speech.text import normalise
from visavis_agent.speech.voices import VOICES, Clause, Speech, Voice, language

SILENT_RATE = 16_000
_WARM_UP = "Hello."
_ENGINES = ("flite", "espeak")
_LOST = {
    "flite": "English is spoken by the second-best voice",
    "espeak": "no language but English can be spoken",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A text as sound; `ending` is its final punctuation, `notes` what a person should know about it."""

    speech: Speech
    ending: str
    notes: tuple[str, ...] = ()


class VoiceBank:
    """Voices by language, loaded when they are first needed.

    Args:
        engine: "auto" (flite for English, espeak-ng for the rest) or the name of one engine for everything.
        settings: settings of the engines by name.
    """

    def __init__(self, engine: str, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._engine = engine
        self._settings = settings
        self._voices: dict[str, Voice | EngineError] = {}

    def open(self, locale: str) -> tuple[str, ...]:
        """Load and warm up the voice of `locale`; returns what cannot be done, in words.

        Raises:
            EngineError: a single engine is configured and cannot be loaded.
            ConfigurationError: a setting of an engine is wrong.
        """
        notes: list[str] = []
        for name in _ENGINES if self._engine == "auto" else (self._engine,):
            found = self._voice(name)
            if isinstance(found, Voice):
                notes += found.limits
            elif self._engine != "auto":
                raise found
            else:
                notes.append(f"{_LOST[name]}: {found}")
        notes += self.say(_WARM_UP, locale, Emotion()).notes
        return tuple(dict.fromkeys(notes))

    def close(self) -> None:
        for voice in self._voices.values():
            if isinstance(voice, Voice):
                voice.close()
        self._voices.clear()

    def say(self, text: str, locale: str, emotion: Emotion) -> Said:
        """Normalise and synthesise; what cannot be said becomes silence and a note, never an error."""
        prosody = prosody_of(emotion)
        normalised = normalise(text, locale)
        notes = [
            f"letters of the script {script} cannot be said in {locale!r} and are left out"
            for script in sorted(normalised.unspoken)
        ]
        for name, tongue in self._candidates(locale) if normalised.speakable else ():
            voice = self._voice(name)
            if isinstance(voice, EngineError):
                notes.append(str(voice))
                continue
            if not voice.speaks(tongue):
                notes.append(f"the voice {name!r} does not speak {tongue!r}")
                continue
            read = normalised if tongue == locale else normalise(text, tongue)
            try:
                speech = voice.synthesise(Clause(read.tokens, tongue, prosody)) if read.speakable else None
            except EngineError as error:
                notes.append(str(error))
                continue
            if tongue != locale:
                notes.append(f"{locale!r} is read by the voice for {tongue!r}")
            if speech is not None:
                return Said(speech, read.ending, tuple(notes))
        if normalised.speakable:
            notes.append(f"no voice can say a text in {locale!r}: it stays silent")
        return Said(silence(0.0, SILENT_RATE), normalised.ending, tuple(notes))

    def _candidates(self, locale: str) -> list[tuple[str, str]]:
        """Engines and the locale each would read with: the best first, English as the last resort."""
        if self._engine != "auto":
            own = [(self._engine, locale)]
        elif language(locale) == "en":
            own = [("flite", locale), ("espeak", locale)]
        else:
            own = [("espeak", locale), ("flite", "en")]
        last_resort = [] if language(locale) == "en" else [(name, "en") for name, _ in own]
        return list(dict.fromkeys([*own, *last_resort]))

    def _voice(self, name: str) -> Voice | EngineError:
        if name not in self._voices:
            try:
                self._voices[name] = VOICES.create(name, self._settings.get(name))
            except EngineError as error:
                self._voices[name] = error
        return self._voices[name]
