"""The voices that are there: which engine says what, and what takes over when one fails."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import EngineError
from visavis_agent.core.ids import ReplyId
from visavis_agent.speech.alignment import align, check
from visavis_agent.speech.forced_alignment import available
from visavis_agent.speech.leads import LEADS, LeadVoice, Patience
from visavis_agent.speech.prosody import prosody_of
from visavis_agent.speech.sound import level_like, silence, trim
from visavis_agent.speech.text import Normalised, normalise
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
    """A text as sound.

    Attributes:
        ending: its final punctuation.
        notes: what a person should know about it.
        good: what a person had to worry about and need not any more.
    """

    speech: Speech
    ending: str
    notes: tuple[str, ...] = ()
    good: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be said, and how."""

    text: str
    locale: str
    emotion: Emotion


class VoiceBank:
    """Voices by language, loaded when they are first needed.

    A lead voice (a server, a net) speaks where one is set. The embedded voice says the same clause beside it: as the
    guide to the phones of the lead's sound, and instead of it when it fails.

    Args:
        engine: "auto" (flite for English, espeak-ng for the rest) or the name of one engine for everything.
        settings: settings of the engines by name.
    """

    def __init__(self, engine: str, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._lead_name = engine if engine in LEADS.engines else ""
        self._engine = "auto" if self._lead_name else engine
        self._settings = settings
        self._voices: dict[str, Voice | EngineError] = {}
        self._lead: LeadVoice | None = None
        self._patience = Patience()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="embedded-voice")

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
        if self._lead_name:
            notes += self._open_lead()
        notes += self.say(_WARM_UP, locale, Emotion()).notes
        return tuple(dict.fromkeys(notes))

    def _open_lead(self) -> tuple[str, ...]:
        try:
            self._lead = LEADS.create(self._lead_name, self._settings.get(self._lead_name))
        except EngineError as error:
            return (f"the embedded voice speaks instead: {error}",)
        inexact = () if available() else ("without pocketsphinx its phones are found less exactly",)
        return (*self._lead.limits, *inexact)

    def speak_as(self, speaker: str) -> None:
        """Change the speaker of the flite voice; on the thread that calls `say`."""
        flite = self._settings.get("flite", {})
        if flite.get("voice") == speaker:
            return
        self._settings = {**self._settings, "flite": {**flite, "voice": speaker}}
        old = self._voices.pop("flite", None)
        if isinstance(old, Voice):
            old.close()

    def close(self) -> None:
        if self._lead is not None:
            self._lead.close()
            self._lead = None
        self._beside.shutdown()
        for voice in self._voices.values():
            if isinstance(voice, Voice):
                voice.close()
        self._voices.clear()

    def say(
        self,
        text: str,
        locale: str,
        emotion: Emotion,
        reply: ReplyId | None = None,
        cancellation: Cancellation | None = None,
    ) -> Said:
        """Normalise and synthesise; what cannot be said becomes silence and a note, never an error.

        Args:
            reply: what the text is of; a lead voice that fails is not asked again within it.
            cancellation: ends the wait for a lead voice; what is said then is of no use.
        """
        if self._lead is None or not normalise(text, locale).speakable or not self._patience.allows(reply):
            return self._embedded(text, locale, emotion)
        if not self._lead.speaks(locale):
            said = self._embedded(text, locale, emotion)
            return replace(said, notes=(f"the {self._lead.name} does not speak {locale!r}", *said.notes))
        return self._led(self._lead, Wanted(text, locale, emotion), reply, cancellation or Cancellation())

    def _led(self, lead: LeadVoice, wanted: Wanted, reply: ReplyId | None, cancellation: Cancellation) -> Said:
        """By the lead voice, with the embedded voice's rendition made at the same time."""
        other = self._beside.submit(self._embedded, wanted.text, wanted.locale, wanted.emotion)
        read = normalise(wanted.text, wanted.locale)
        clause = Clause(read.tokens, wanted.locale, prosody_of(wanted.emotion))
        try:
            speech = lead.synthesise(clause, cancellation)
            guide = other.result()
            check(speech.pcm, speech.sample_rate, guide.speech)
            speech = replace(speech, pcm=level_like(speech.pcm, guide.speech.pcm))
            speech = speech if speech.phones else align(speech.pcm, speech.sample_rate, guide.speech)
        except EngineError as error:
            said = other.result()
            if cancellation.cancelled:
                return said
            self._patience.failed(reply)
            return replace(said, notes=(f"{_named(lead, error)}; the embedded voice takes over", *said.notes))
        good = f"the {lead.name} speaks again" if self._patience.lost else ""
        self._patience.succeeded()
        return Said(trim(speech), read.ending, _unspoken_notes(read, wanted.locale), good)

    def _embedded(self, text: str, locale: str, emotion: Emotion) -> Said:
        prosody = prosody_of(emotion)
        normalised = normalise(text, locale)
        notes = list(_unspoken_notes(normalised, locale))
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


def _unspoken_notes(read: Normalised, locale: str) -> tuple[str, ...]:
    return tuple(
        f"letters of the script {script} cannot be said in {locale!r} and are left out"
        for script in sorted(read.unspoken)
    )


def _named(lead: LeadVoice, error: EngineError) -> str:
    return str(error) if lead.name in error.what else f"the {lead.name} fails: {error}"
