"""What the voices say: sentences of a book, and made-up words in scripts that the book is not written in."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import numpy as np

_TAG, _SENTENCE = re.compile(r"<[^>]+>"), re.compile(r"[^.!?;:—]+[.!?;]?")
_FEWEST, _MOST = 4, 14
_LABIAL = {"p": 2, "b": 1, "m": 1, "f": 1, "v": 1}
"""Letters of contacts; the one that is heard worst counts twice."""

_CYRILLIC = ("б в г д ж з к л м н п р с т ф х ц ч ш", "а е и о у ы э ю я а о")
_ARABIC = ("ب ت ث ج د ر ز س ش ف ق ك ل م ن ه و", "ا و ي")
_DEVANAGARI = ("क ग च ज ट त द न प फ ब भ म य र ल व श स ह", "ा ि ी ु ू े ो")
_BENGALI = ("ক গ চ জ ট ত দ ন প ফ ব ভ ম য র ল শ স হ", "া ি ী ু ূ ে ো")
_LATIN = ("b d f g k l m n p r s t v z c mp mb ll nn ss rt st pr tr fr br n t k s r l", "a e i o u")
SCRIPTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("fi", "it", "ca", "cs"), _LATIN),
    **dict.fromkeys(("ru", "uk", "bg", "mk", "be", "kk", "ky", "tt", "ba", "cv", "sr"), _CYRILLIC),
    "el": ("β γ δ ζ θ κ λ μ ν ξ π ρ σ τ φ χ ψ μπ ντ", "α ε η ι ο υ ου ω"),
    **dict.fromkeys(("ar", "fa", "ur", "ug", "sd"), _ARABIC),
    "he": ("ב ג ד ה ז ח ט כ ל מ נ ס פ צ ק ר ש ת", "ו י א"),
    **dict.fromkeys(("hi", "mr", "ne", "kok"), _DEVANAGARI),
    **dict.fromkeys(("bn", "as", "bpy"), _BENGALI),
    "ta": ("க ச ட த ந ப ம ய ர ல வ", "ா ி ீ ு ூ ே ோ"),
    "te": ("క గ చ జ ట త ద న ప బ మ య ర ల వ శ స హ", "ా ి ీ ు ూ ే ో"),
    "kn": ("ಕ ಗ ಚ ಜ ಟ ತ ದ ನ ಪ ಬ ಮ ಯ ರ ಲ ವ ಶ ಸ ಹ", "ಾ ಿ ೀ ು ೂ ೇ ೋ"),
    "ml": ("ക ഗ ച ജ ട ത ദ ന പ ബ മ യ ര ല വ ശ സ ഹ", "ാ ി ീ ു ൂ േ ോ"),
    "gu": ("ક ગ ચ જ ટ ત દ ન પ ફ બ ભ મ ય ર લ વ શ સ હ", "ા િ ી ુ ૂ ે ો"),
    "pa": ("ਕ ਗ ਚ ਜ ਟ ਤ ਦ ਨ ਪ ਫ ਬ ਭ ਮ ਯ ਰ ਲ ਵ ਸ਼ ਸ ਹ", "ਾ ਿ ੀ ੁ ੂ ੇ ੋ"),
    "ka": ("ბ გ დ ვ ზ თ კ ლ მ ნ პ რ ს ტ ფ ქ შ ჩ ხ", "ა ე ი ო უ"),
    "hy": ("բ գ դ զ թ լ խ կ մ ն շ պ ս վ տ ր փ ք ֆ", "ա ե ի ո ու"),
    "ko": ("가 나 다 라 마 바 사 자 카 타 파 하 부 무 피 비 보 모 포", "고 누 디 레 모 배 세 지 키 투 프 후"),
    "ja": (
        "か が さ た だ な は ば ぱ ま や ら わ ぶ む ぴ び み",
        "こ ぐ し て に ふ べ み よ り あ い う え お",
    ),
}
"""Consonants and vowels (or first and second syllables) by language, for those not in Latin letters."""


def book(path: Path) -> list[str]:
    """Clauses of 4 to 14 words out of a text, or of all texts and XHTML pages of a directory."""
    files = [path] if path.is_file() else sorted([*path.glob("*.xhtml"), *path.glob("*.txt")])
    found = []
    for file in files:
        text = unescape(_TAG.sub(" ", file.read_text(encoding="utf-8")))
        for match in _SENTENCE.finditer(" ".join(text.split())):
            words = match.group().strip(" “”\"'‘’()").split()
            if _FEWEST <= len(words) <= _MOST:
                found.append(" ".join(words))
    return found


def drawn(texts: list[str], rng: np.random.Generator) -> str:
    """One of the texts; every other time, of four the one in which lips meet most often for its length."""
    found = [str(text) for text in rng.choice(texts, 4 if rng.random() < 0.5 else 1)]
    return max(found, key=lambda text: sum(_LABIAL.get(letter, 0) for letter in text.lower()) / len(text))


def invented(tongue: str, rng: np.random.Generator) -> str:
    """A sentence of made-up words in the script of the language."""
    first, second = (part.split() for part in SCRIPTS[tongue])
    words = []
    for _ in range(int(rng.integers(3, 8))):
        size = int(rng.integers(1, 4))
        words.append("".join(str(rng.choice(first)) + str(rng.choice(second)) for _ in range(size)))
    return " ".join(words) + "."
