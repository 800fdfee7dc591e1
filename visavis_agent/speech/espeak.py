"""espeak-ng 1.52, the voice of every language but English, through ctypes and the wheel `espeakng-loader`.

espeak-ng is GPL-3.0: it is looked for at run time and the agent does without where it is missing. Its state
is global and lasts from clause to clause (voice, pitch flutter, phases), so that equal text would not give
equal sound. The library is therefore loaded afresh for every clause and unloaded after it: 0.3 ms.
"""

from __future__ import annotations

import _ctypes
import ctypes
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from visavis_agent.core.errors import EngineError
from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import PhoneMark, WordMark
from visavis_agent.core.settings import setting
from visavis_agent.speech.espeak_phones import arpabet
from visavis_agent.speech.sound import amplify, trim
from visavis_agent.speech.voices import Clause, Pcm, Speech, Token, Voice, language

REMEDY = "Run `pip install espeakng-loader` (GPL-3.0, optional)"

_SYNCHRONOUS, _PHONEME_EVENTS, _DO_NOT_EXIT = 2, 0x0001, 0x8000
_UTF8, _BY_CHARACTER, _IPA = 1, 1, 2
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_NEUTRAL_WORDS_PER_MINUTE = 165
_UNITS_PER_SEMITONE = 50.0 / 12.0
_HEADROOM = 1.1
_LOCK = threading.Lock()

# Tags that espeak-ng calls otherwise: language → its voice.
_ALIASES = {"zh": "cmn", "no": "nb", "iw": "he", "in": "id", "fil": "tl"}


@dataclass(frozen=True)
class EspeakSettings:
    """Settings of the espeak-ng voice."""

    variant: str = setting("", "voice variant of espeak-ng (f2, m3, …); empty: each language's own")
    rate: float = setting(1.0, "speaking rate relative to 165 words a minute", low=0.5, high=2.0)
    pitch: float = setting(0.0, "shift of the voice", unit="semitones", low=-12.0, high=12.0)


class _Identity(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    ]


class _VoiceInfo(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What begins at `sample`: a word, at character `place` of the text, or a phone, `name` its mnemonic."""

    sample: int
    place: int = 0
    name: str = ""


class _Espeak:
    """A freshly loaded espeak-ng; `with` unloads it. One at a time in a process (_LOCK)."""

    def __init__(self) -> None:
        try:
            import espeakng_loader

            path, self._data = espeakng_loader.get_library_path(), Path(espeakng_loader.get_data_path())
            self._espeak = ctypes.CDLL(path)
        except (ImportError, OSError) as error:
            raise EngineError(f"espeak-ng is not installed ({error})", "voice espeak", REMEDY) from None
        self._espeak.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        self._espeak.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceInfo))
        options = _PHONEME_EVENTS | _DO_NOT_EXIT
        self.rate: int = self._espeak.espeak_Initialize(_SYNCHRONOUS, 60, str(self._data).encode(), options)
        if self.rate <= 0:
            raise EngineError("espeak-ng does not start", f"voice espeak, data in {self._data}", REMEDY)
        self._blocks: list[Pcm] = []
        self._words: list[_Spoken] = []
        self._phones: list[_Spoken] = []
        self._callback = _CALLBACK(self._take)
        self._espeak.espeak_SetSynthCallback(self._callback)

    def __enter__(self) -> _Espeak:
        return self

    def __exit__(self, *_: object) -> None:
        self._espeak.espeak_Terminate()
        handle = self._espeak._handle
        del self._espeak
        _ctypes.dlclose(handle)

    def tags(self) -> Iterator[str]:
        """The language tag of every voice, which lists it as a priority byte and a text."""
        for pointer in self._espeak.espeak_ListVoices(None):
            if not pointer:
                return
            raw: bytes = pointer.contents.languages or b""
            yield raw[1:].decode("ascii", "ignore").lower()

    def has_variant(self, name: str) -> bool:
        """An unknown variant is no error for espeak-ng, so its file is looked for."""
        return (self._data / "voices" / "!v" / name).is_file()

    def choose(self, name: str) -> bool:
        """An unknown voice leaves the old one in place: only the returned code tells."""
        code: int = self._espeak.espeak_SetVoiceByName(name.encode("ascii", "ignore"))
        return code == 0

    def set(self, rate: int, pitch: int, span: int) -> None:
        for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, span), (_VOLUME, 100)):
            self._espeak.espeak_SetParameter(parameter, value, 0)

    def say(self, text: str) -> tuple[Pcm, list[_Spoken], list[_Spoken]]:
        """Sound, word events, phone events."""
        raw = text.encode("utf-8", "ignore") + b"\0"
        code = self._espeak.espeak_Synth(raw, len(raw), 0, _BY_CHARACTER, 0, _UTF8, None, None)
        if code != 0:
            raise EngineError(f"espeak-ng could not say a clause (code {code})", "voice espeak")
        self._espeak.espeak_Synchronize()
        pcm = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)
        return pcm, self._words, self._phones

    def ipa(self, text: str) -> str:
        """The pronunciation of a text in IPA, a blank between words."""
        self._espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
        raw = ctypes.create_string_buffer(text.encode("utf-8", "ignore"))
        place = ctypes.c_void_p(ctypes.addressof(raw))
        clauses = []
        while place.value:  # one clause a call
            found = self._espeak.espeak_TextToPhonemes(ctypes.byref(place), _UTF8, _IPA)
            clauses.append((found or b"").decode("utf-8", "ignore"))
        return " ".join(" ".join(clauses).split())

    def _take(self, wave: Any, count: int, events: Any) -> int:
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            sample = event.audio_position * self.rate // 1000
            if event.type == _EVENT_WORD:
                self._words.append(_Spoken(sample, place=event.text_position - 1))
            elif event.type == _EVENT_PHONEME:
                # Eight bytes, not always with a NUL at the end: the array stops at the NUL or the eighth.
                self._phones.append(_Spoken(sample, name=event.id.string.decode("utf-8", "ignore")))
            index += 1
        if wave and count > 0:
            self._blocks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0


def pronounce(texts: Sequence[str], voice: str) -> list[str]:
    """IPA of each text as espeak-ng's `voice` ("en-us") reads it, with stress marks.

    Raises:
        EngineError: espeak-ng is not installed or has no such voice.
    """
    with _LOCK, _Espeak() as espeak:
        if not espeak.choose(voice):
            raise EngineError(f"espeak-ng has no voice {voice!r}", "voice espeak", "See whether the file is whole")
        return [espeak.ipa(text) for text in texts]


class EspeakVoice(Voice):
    """espeak-ng in any of its languages, by the clause's locale. 22.05 kHz; below 0.01 of real time."""

    settings_type = EspeakSettings

    def __init__(self, settings: EspeakSettings) -> None:
        self._settings = settings
        with _LOCK, _Espeak() as espeak:
            own = {language(tag) for tag in espeak.tags()}
            if settings.variant and not espeak.has_variant(settings.variant):
                problem = f"espeak-ng has no voice variant {settings.variant!r}"
                raise EngineError(problem, "voice espeak", "Try f2 or m3")
        self._locales = frozenset(own | {alias for alias, name in _ALIASES.items() if name in own})

    @property
    def locales(self) -> frozenset[str]:
        return self._locales

    def synthesise(self, clause: Clause) -> Speech:
        text, spans = clause.lay_out()
        prosody, own = clause.prosody, self._settings
        with _LOCK, _Espeak() as espeak:
            self._choose(espeak, clause.locale)
            espeak.set(
                round(min(450.0, max(80.0, _NEUTRAL_WORDS_PER_MINUTE * own.rate * prosody.rate_factor))),
                round(min(99.0, max(0.0, 50.0 + _UNITS_PER_SEMITONE * (own.pitch + prosody.pitch)))),
                round(min(99.0, max(0.0, 50.0 * prosody.range_factor))),
            )
            pcm, words, phones = espeak.say(text)
            rate = espeak.rate
        marks = _phone_marks(phones, len(pcm), language(clause.locale))
        spoken = _word_marks(clause.tokens, spans, words, marks)
        return trim(Speech(amplify(pcm, _HEADROOM * prosody.level_factor), rate, marks, spoken))

    def _choose(self, espeak: _Espeak, locale: str) -> None:
        """The voice of the tag, else of its language.

        Raises:
            EngineError: espeak-ng does not speak the language.
        """
        tag = locale.replace("_", "-").lower()
        variant = f"+{self._settings.variant}" if self._settings.variant else ""
        names = dict.fromkeys((tag, _ALIASES.get(language(tag), language(tag))))
        if not any(espeak.choose(name + variant) for name in names):
            raise EngineError(f"espeak-ng does not speak {locale!r}", "voice espeak", "Choose another locale")


def _phone_marks(events: list[_Spoken], total: int, tongue: str) -> tuple[PhoneMark, ...]:
    """Phones without holes; a boundary that makes no sound of its own lengthens the phone before it."""
    marks: list[PhoneMark] = []
    for event, following in zip(events, [*events[1:], _Spoken(total)], strict=True):
        start, end = min(event.sample, total), min(following.sample, total)
        if not marks and start > 0:
            marks.append(PhoneMark(SILENCE, 0, start))
        phones, stress = arpabet(event.name, tongue)
        if not phones and marks:
            marks[-1] = replace(marks[-1], end=max(end, marks[-1].end))
            continue
        for index, phone in enumerate(phones or (SILENCE,)):
            a, b = (start + (end - start) * i // max(1, len(phones)) for i in (index, index + 1))
            if b > a:
                marks.append(PhoneMark(phone, a, b, stress, stress == 1))
    return tuple(marks)


def _word_marks(
    tokens: tuple[Token, ...],
    spans: tuple[tuple[int, int], ...],
    events: list[_Spoken],
    phones: tuple[PhoneMark, ...],
) -> tuple[WordMark, ...]:
    """A token lasts from its first word event to the last sound before the next token's, silence left out.

    A token without an event of its own (the second character of a Chinese word) belongs to the one before it.
    """
    starts: list[int] = []
    texts: list[str] = []
    for token, (a, b) in zip(tokens, spans, strict=True):
        if a == b:
            continue
        inside = [event.sample for event in events if a <= event.place < b]
        if inside and (not starts or min(inside) > starts[-1]):
            starts.append(min(inside))
            texts.append(token.written)
        elif texts:
            texts[-1] += token.written if token.joined else " " + token.written
    limits = [*starts[1:], phones[-1].end if phones else 0][: len(starts)]
    marks = []
    for start, limit, text in zip(starts, limits, texts, strict=True):
        sounds = [p for p in phones if p.phone != SILENCE and start <= (p.start + p.end) // 2 < limit]
        if sounds:
            marks.append(WordMark(text, sounds[0].start, sounds[-1].end))
    return tuple(marks)
