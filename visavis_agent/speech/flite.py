"""Flite 2.2, the embedded English voice (Black and Lenzo, 2001; clustergen voices: Black, 2006), by ctypes.

Three traps of the library are dealt with here: feature names are kept by pointer and must outlive the
    voice; the
mixed excitation draws from libc's rand(), which is seeded before every clause so that equal text gives
equal sound; and samples beyond 16 bits wrap around.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from visavis_agent.core.errors import EngineError
from visavis_agent.core.phones import PHONES, SILENCE
from visavis_agent.core.records import PhoneMark, WordMark
from visavis_agent.core.settings import setting
from visavis_agent.speech.sound import amplify, mend_wraps, trim
from visavis_agent.speech.voices import Clause, Pcm, Speech, Voice

REMEDY = "Run `sudo apt-get install -y flite libflite1`"
_LOCK = threading.Lock()
_HEADROOM = 0.7

# Standard deviation of each voice's F0 model in Hz: a clause has a range only relative to it. None: the voice
# carries its own F0 model and takes neither pitch nor range.
_F0_DEVIATION: dict[str, float | None] = {"slt": 27.0, "awb": 25.5, "kal16": 11.0, "kal": 11.0, "rms": None}

# slt's synthesis filter makes it softer or louder as F0 is shifted: semitones of shift, and dB measured on sentences.
# Taken back, so that the level is what the prosody says. The other voices stray by 1 dB at most within an octave.
_SHIFTS = (-7.0, -4.5, -2.0, 0.0, 2.0, 4.5, 7.5)
_SHIFTED_LEVELS = (-1.5, -2.5, -1.7, 0.0, 1.1, 0.9, -1.8)
# How each speaker presents, and who speaks for an avatar that presents otherwise.
_PRESENTATION = {"slt": "feminine", "awb": "masculine", "kal16": "masculine", "kal": "masculine", "rms": "masculine"}
_SPEAKER = {"feminine": "slt", "masculine": "awb"}

# Phones of flite's US radio set that ARPAbet lacks.
_PHONES = {
    "h#": SILENCE,
    "brth": SILENCE,
    "dx": "d",
    "nx": "n",
    "hv": "hh",
    "axr": "er",
    "ix": "ih",
    "ux": "uw",
}
_SYLLABIC = {"el": "l", "em": "m", "en": "n"}

_RATE, _SHIFT, _DEVIATION = b"duration_stretch", b"f0_shift", b"int_f0_target_stddev"


@dataclass(frozen=True)
class FliteSettings:
    """Settings of the flite voice."""

    voice: str = setting("slt", "speaker", choices=tuple(_F0_DEVIATION))
    rate: float = setting(1.0, "speaking rate relative to the recorded speaker", low=0.5, high=2.0)
    pitch: float = setting(0.0, "shift of the voice", unit="semitones", low=-12.0, high=12.0)
    range: float = setting(
        1.4,
        "F0 excursion; above 1 it gives back what statistical models smooth away (Toda and Tokuda, 2007)",
        low=0.2,
        high=3.0,
    )


def speaker_for(presentation: str, speaker: str) -> str:
    """The speaker for an avatar that presents so: the given one if it fits, or if no other would fit better."""
    if _PRESENTATION.get(speaker) == presentation:
        return speaker
    return _SPEAKER.get(presentation, speaker)


class _Wave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _Library:
    """The C functions that are used, typed. Loaded once a process."""

    def __init__(self) -> None:
        try:
            self.flite = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
            for name in ("libflite_cmulex.so.1", "libflite_usenglish.so.1"):
                ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            raise EngineError(f"flite is not installed ({error})", "voice flite", REMEDY) from None
        self.libc = ctypes.CDLL(None)
        pointer, text, real = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float
        signatures = {
            "flite_synth_text": (pointer, (text, pointer)),
            "utt_wave": (ctypes.POINTER(_Wave), (pointer,)),
            "utt_relation": (pointer, (pointer, text)),
            "relation_head": (pointer, (pointer,)),
            "item_next": (pointer, (pointer,)),
            "item_daughter": (pointer, (pointer,)),
            "item_parent": (pointer, (pointer,)),
            "item_as": (pointer, (pointer, text)),
            "item_feat_float": (real, (pointer, text)),
            "item_feat_string": (text, (pointer, text)),
            "ffeature_string": (text, (pointer, text)),
            "feat_set_float": (None, (pointer, text, real)),
            "delete_utterance": (None, (pointer,)),
        }
        for name, (result, arguments) in signatures.items():
            function = getattr(self.flite, name)
            function.restype, function.argtypes = result, arguments
        self.flite.flite_init()

    def items(self, utterance: int, relation: bytes) -> Iterator[int]:
        item = self.flite.relation_head(self.flite.utt_relation(utterance, relation))
        while item:
            yield item
            item = self.flite.item_next(item)


_library: _Library | None = None


def _load() -> _Library:
    global _library
    with _LOCK:
        if _library is None:
            _library = _Library()
        return _library


@dataclass(frozen=True, slots=True)
class _Segment:
    """A phone as flite gives it: end in s, and the number of the spoken word it belongs to (-1: none)."""

    phone: str
    end: float
    word: int
    stress: int
    accented: bool


class FliteVoice(Voice):
    """A flite speaker. 16 kHz (kal: 8 kHz); 0.01–0.03 of real time on one core."""

    settings_type = FliteSettings

    def __init__(self, settings: FliteSettings) -> None:
        self._settings = settings
        self._library = _load()
        self._deviation = _F0_DEVIATION[settings.voice]
        name = f"cmu_us_{settings.voice}"
        try:
            speaker = ctypes.CDLL(f"libflite_{name}.so.1")
        except OSError as error:
            raise EngineError(f"the flite voice {settings.voice!r} is not installed ({error})", "", REMEDY) from None
        register = getattr(speaker, f"register_{name}")
        register.restype, register.argtypes = ctypes.c_void_p, (ctypes.c_char_p,)
        with _LOCK:
            self._voice: int = register(None)

    @property
    def locales(self) -> frozenset[str]:
        return frozenset({"en"})

    @property
    def limits(self) -> tuple[str, ...]:
        if self._deviation is None:
            return (f"the flite voice {self._settings.voice!r} has a fixed pitch, whatever the emotion",)
        return ()

    def synthesise(self, clause: Clause) -> Speech:
        """Say a clause whose tokens hold ASCII words (speech/text.py makes them)."""
        tokens = [token for token in clause.tokens if token.spoken]
        text = " ".join(token.spoken + token.punctuation for token in tokens)
        with _LOCK:
            self._set_prosody(clause)
            pcm, rate, segments, sizes = self._run(text)
        owners = _owners([len(token.spoken.split()) for token in tokens], sizes)
        phones = _phone_marks(segments, rate, len(pcm))
        words = _word_marks(segments, owners, [token.written for token in tokens], rate)
        loud = amplify(mend_wraps(pcm), _HEADROOM * self._steadied(clause) * clause.prosody.level_factor)
        return trim(Speech(loud, rate, phones, words))

    def _set_prosody(self, clause: Clause) -> None:
        prosody, own = clause.prosody, self._settings
        features = ctypes.cast(self._voice, ctypes.POINTER(ctypes.c_void_p))[1]
        set_float = self._library.flite.feat_set_float
        shift = prosody.pitch_factor * 2.0 ** (own.pitch / 12.0)
        set_float(features, _RATE, 1.0 / (own.rate * prosody.rate_factor))
        set_float(features, _SHIFT, shift)
        if self._deviation is not None:
            set_float(features, _DEVIATION, self._deviation * own.range * prosody.range_factor * shift)

    def _steadied(self, clause: Clause) -> float:
        """The factor that takes back what the shift of F0 does to the level."""
        if self._settings.voice != "slt":
            return 1.0
        shift = clause.prosody.pitch + self._settings.pitch
        return float(10.0 ** (-np.interp(shift, _SHIFTS, _SHIFTED_LEVELS) / 20.0))

    def _run(self, text: str) -> tuple[Pcm, int, list[_Segment], list[int]]:
        """Sound, rate, phones, and how many spoken words each blank-separated word of `text` became."""
        flite = self._library.flite
        self._library.libc.srand(1)
        utterance = flite.flite_synth_text(text.encode("ascii", "ignore"), self._voice)
        if not utterance:
            raise EngineError("flite could not say a clause", "voice flite")
        try:
            wave = flite.utt_wave(utterance).contents
            count = wave.num_samples
            pcm = np.ctypeslib.as_array(wave.samples, (count,)).copy() if count else np.zeros(0, np.int16)
            return pcm, int(wave.sample_rate), list(self._segments(utterance)), self._token_sizes(utterance)
        finally:
            flite.delete_utterance(utterance)

    def _segments(self, utterance: int) -> Iterator[_Segment]:
        flite = self._library.flite
        word, previous = -1, None
        for item in self._library.items(utterance, b"Segment"):
            syllable = flite.item_parent(flite.item_as(item, b"SylStructure") or None)
            owner = flite.item_parent(syllable) if syllable else None
            if owner and owner != previous:
                word, previous = word + 1, owner
            yield _Segment(
                flite.item_feat_string(item, b"name").decode("ascii", "replace"),
                flite.item_feat_float(item, b"end"),
                word if owner else -1,
                1 if flite.ffeature_string(item, b"R:SylStructure.parent.stress") == b"1" else 0,
                flite.ffeature_string(item, b"R:SylStructure.parent.accented") == b"1",
            )

    def _token_sizes(self, utterance: int) -> list[int]:
        """Spoken words per token; words without a phone (a lone "'s") are not counted, as in _segments."""
        flite = self._library.flite
        sizes = []
        for token in self._library.items(utterance, b"Token"):
            size, word = 0, flite.item_daughter(token)
            while word:
                size += bool(flite.item_daughter(flite.item_as(word, b"SylStructure") or None))
                word = flite.item_next(word)
            sizes.append(size)
        return sizes


def _owners(expected: list[int], sizes: list[int]) -> list[int]:
    """For each spoken word the token it belongs to: token k has the next `expected[k]` words of the text."""
    owners: list[int] = []
    position = 0
    for token, count in enumerate(expected):
        owners += [token] * sum(sizes[position : position + count])
        position += count
    return owners


def _phone_marks(segments: list[_Segment], rate: int, total: int) -> tuple[PhoneMark, ...]:
    marks: list[PhoneMark] = []
    start = 0
    for segment in segments:
        end = total if segment is segments[-1] else min(total, max(start, round(segment.end * rate)))
        for phone, begin, stop in _arpabet(segment.phone, start, end):
            if stop > begin:
                marks.append(PhoneMark(phone, begin, stop, segment.stress, segment.accented))
        start = end
    return tuple(marks)


def _arpabet(phone: str, start: int, end: int) -> list[tuple[str, int, int]]:
    if phone in _SYLLABIC:
        middle = start + (end - start) // 3
        return [("ax", start, middle), (_SYLLABIC[phone], middle, end)]
    phone = _PHONES.get(phone, phone)
    return [(phone if phone in PHONES else "ax", start, end)]


def _word_marks(segments: list[_Segment], owners: list[int], written: list[str], rate: int) -> tuple[WordMark, ...]:
    spans: dict[int, tuple[float, float]] = {}
    start = 0.0
    for segment in segments:
        if 0 <= segment.word < len(owners):
            token = owners[segment.word]
            spans[token] = (spans.get(token, (start, 0.0))[0], segment.end)
        start = segment.end
    return tuple(WordMark(written[k], round(a * rate), round(b * rate)) for k, (a, b) in sorted(spans.items()))
