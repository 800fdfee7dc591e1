"""Articulatory targets of the phones and how strongly each phone insists on them.

The numbers are this project's: found by rendering sentences and looking at them, with the dominance form of
Cohen and Massaro (1993). Values are ARKit coefficients, 0–1; `tip` (tongue tip at the upper teeth) is
FaceMotion's extra channel.
"""

from __future__ import annotations

from dataclasses import dataclass

from visavis_agent.core.phones import SILENCE

ARTICULATORS = ("jaw", "upper", "lower", "stretch", "pucker", "funnel", "roll", "tip", "tongue")
JAW, UPPER, LOWER, STRETCH, PUCKER, FUNNEL, ROLL, TIP, TONGUE = range(9)
Row = tuple[float, ...]

BILABIALS = frozenset("pbm")
LABIODENTALS = frozenset("fv")
PALATALS = frozenset(("sh", "zh", "ch", "jh"))
ROUNDED_VOWELS = frozenset(("uw", "uh", "ow", "ao", "oy", "aw", "er"))
DIPHTHONG_SWITCH = 0.55
"""Share of a diphthong's duration after which its second target holds."""


def _row(
    jaw: float,
    upper: float,
    lower: float,
    stretch: float = 0.0,
    pucker: float = 0.0,
    funnel: float = 0.0,
    roll: float = 0.0,
    tip: float = 0.0,
    tongue: float = 0.0,
) -> Row:
    return (jaw, upper, lower, stretch, pucker, funnel, roll, tip, tongue)


_CLOSED = _row(0.10, 0, 0)
_SIBILANT = _row(0.06, 0.12, 0.16, 0.28, tip=0.4)
_HUSH = _row(0.07, 0.06, 0.06, 0, 0.35, 0.42, tip=0.4)
_AFFRICATE = _row(0.07, 0.06, 0.06, 0, 0.35, 0.42, tip=0.6)
_VELAR = _row(0.20, 0.08, 0.10, 0.08)

TARGETS: dict[str, tuple[Row, ...]] = {
    "aa": (_row(0.62, 0.10, 0.25),),
    "ae": (_row(0.52, 0.18, 0.25, 0.25),),
    "ah": (_row(0.40, 0.08, 0.15),),
    "ax": (_row(0.24, 0.05, 0.08),),
    "eh": (_row(0.40, 0.14, 0.20, 0.20),),
    "ih": (_row(0.24, 0.12, 0.16, 0.22),),
    "iy": (_row(0.14, 0.14, 0.24, 0.45),),
    "ao": (_row(0.46, 0.04, 0.10, 0, 0.18, 0.30),),
    "uh": (_row(0.20, 0.04, 0.06, 0, 0.40, 0.22),),
    "uw": (_row(0.10, 0, 0.04, 0, 0.85, 0.18),),
    "er": (_row(0.18, 0.08, 0.06, 0, 0.40, 0.18, tip=0.15),),
    "ey": (_row(0.38, 0.14, 0.20, 0.25), _row(0.16, 0.14, 0.24, 0.42)),
    "ay": (_row(0.60, 0.12, 0.25, 0.05), _row(0.20, 0.14, 0.22, 0.38)),
    "ow": (_row(0.36, 0.02, 0.08, 0, 0.35, 0.38), _row(0.14, 0, 0.03, 0, 0.75, 0.22)),
    "aw": (_row(0.60, 0.10, 0.22, 0.05), _row(0.16, 0, 0.04, 0, 0.65, 0.22)),
    "oy": (_row(0.42, 0.04, 0.10, 0, 0.25, 0.35), _row(0.18, 0.14, 0.22, 0.35)),
    "p": (_CLOSED,),
    "b": (_CLOSED,),
    "m": (_CLOSED,),
    "f": (_row(0.09, 0.70, 0, 0.05, roll=0.60),),
    "v": (_row(0.09, 0.60, 0, 0.05, roll=0.55),),
    "w": (_row(0.08, 0, 0.02, 0, 0.90, 0.15),),
    "th": (_row(0.16, 0.12, 0.14, 0.08, tongue=0.75),),
    "dh": (_row(0.15, 0.08, 0.10, 0.05, tongue=0.60),),
    "s": (_SIBILANT,),
    "z": (_SIBILANT,),
    "sh": (_HUSH,),
    "zh": (_HUSH,),
    "ch": (_AFFRICATE,),
    "jh": (_AFFRICATE,),
    "t": (_row(0.12, 0.08, 0.10, 0.10, tip=0.8),),
    "d": (_row(0.13, 0.08, 0.10, 0.10, tip=0.8),),
    "n": (_row(0.14, 0.08, 0.10, 0.10, tip=0.8),),
    "l": (_row(0.22, 0.08, 0.12, 0.05, tip=1.0),),
    "r": (_row(0.14, 0.05, 0.05, 0, 0.38, 0.22, tip=0.15),),
    "y": (_row(0.12, 0.12, 0.20, 0.38),),
    "k": (_VELAR,),
    "g": (_VELAR,),
    "ng": (_VELAR,),
    "hh": (_row(0.25, 0.08, 0.10, 0.05),),
    SILENCE: (_row(0, 0, 0),),
}
"""Targets by phone; two rows make a diphthong."""


def _alpha(
    jaw: float,
    lips: float,
    stretch: float,
    pucker: float,
    funnel: float,
    tip: float,
    tongue: float = 0.8,
    roll: float = 0.8,
) -> Row:
    return (jaw, lips, lips, stretch, pucker, funnel, roll, tip, tongue)


_CORONAL = _alpha(0.6, 0.3, 0.15, 0.08, 0.08, 1.0)
_DENTAL = _alpha(0.8, 0.5, 0.2, 0.15, 0.15, 1.0, tongue=1.0)
_BACK = _alpha(0.35, 0.2, 0.1, 0.08, 0.08, 0.2)
_CONSONANT_ALPHAS: dict[str, Row] = {
    **dict.fromkeys("pbm", _alpha(0.45, 0.1, 0.1, 0.08, 0.08, 0.05)),
    **dict.fromkeys("fv", _alpha(1.0, 1.0, 0.15, 0.25, 0.5, 0.05, roll=1.0)),
    **dict.fromkeys("sz", _alpha(1.0, 0.7, 0.5, 0.3, 0.3, 1.0)),
    **dict.fromkeys(PALATALS, _alpha(1.0, 0.6, 0.8, 1.0, 1.0, 1.0)),
    **dict.fromkeys(("th", "dh"), _DENTAL),
    **dict.fromkeys("tdn", _CORONAL),
    "l": _alpha(0.5, 0.3, 0.12, 0.08, 0.08, 1.0),
    "w": _alpha(0.7, 0.8, 0.8, 1.0, 1.0, 0.1),
    "r": _alpha(0.6, 0.5, 0.6, 0.7, 0.7, 0.5),
    "y": _alpha(0.6, 0.5, 0.8, 0.5, 0.5, 0.3),
    "hh": _alpha(0.08, 0.08, 0.05, 0.05, 0.05, 0.05),
    **dict.fromkeys(("k", "g", "ng"), _BACK),
    SILENCE: _alpha(1.0, 1.0, 0.6, 0.5, 0.5, 1.0, tongue=1.0, roll=1.0),
}
_VOWEL_ALPHA = _alpha(1.0, 0.7, 0.7, 0.55, 0.55, 0.5)
_ROUND_ALPHA = _alpha(1.0, 0.7, 0.7, 1.0, 1.0, 0.5)
_MOST_OPEN = (JAW, UPPER, LOWER)


def alphas(phone: str) -> Row:
    """Dominance magnitude per articulator, 0–1, of a phone of core/phones.py."""
    return _CONSONANT_ALPHAS.get(phone) or (_ROUND_ALPHA if phone in ROUNDED_VOWELS else _VOWEL_ALPHA)


def opening_scale(phone: str, stress: int, accented: bool) -> float:
    """Factor on jaw and lip opening of a vowel by stress (ARPAbet 0–2); 1 for a consonant."""
    if phone in _CONSONANT_ALPHAS:
        return 1.0
    if stress == 0:
        return 0.8
    return 1.10 if accented else 1.0


def scaled(target: Row, factor: float) -> Row:
    """The target with jaw, upper and lower lip multiplied by `factor`."""
    return tuple(value * factor if i in _MOST_OPEN else value for i, value in enumerate(target))


@dataclass(frozen=True, slots=True)
class Segment:
    """A phone in reply time (s from the reply's first sample).

    Attributes:
        burst: time of a plosive's release heard in the sound, s; None when there is none or it was not
            looked for.
    """

    phone: str
    start: float
    end: float
    stress: int = 0
    accented: bool = False
    burst: float | None = None

    @property
    def duration(self) -> float:
        return self.end - self.start

    @property
    def centre(self) -> float:
        return 0.5 * (self.start + self.end)
