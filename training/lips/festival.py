"""Festival's voices (Taylor, Black and Caley 1998), where they are installed: people's recordings, cut and joined."""

from __future__ import annotations

import os
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.lips.speakers import Spoken
from training.lips.texts import drawn, invented
from visavis_agent.core.phones import PHONES, SILENCE, VOWELS
from visavis_agent.core.records import PhoneMark
from visavis_agent.speech.voices import Speech

VOICES = {
    "ked_diphone": "en",
    "suo_fi_lj_diphone": "fi",
    "hy_fi_mv_diphone": "fi",
    "lp_diphone": "it",
    "pc_diphone": "it",
    "upc_ca_ona_hts": "ca",
    "czech_dita": "cs",
    "czech_machac": "cs",
    "czech_ph": "cs",
    "msu_ru_nsh_clunits": "ru",
    "hindi_NSK_diphone": "hi",
}
"""By language; kal and slt are flite's as well and not taken twice."""
_BATCH = 25

_LETTERS = {
    "a": "aa", "E": "eh", "O": "ao", "e": "eh", "i": "iy", "o": "ao", "u": "uw", "y": "uw", "@": "ae", "j": "y",
    "h": "hh", "N": "ng", "J": "n y", "S": "sh", "Z": "zh", "L": "l", "ts": "t s", "dz": "d z", "tS": "ch",
    "dZ": "jh", "rr": "r", "x": "hh",
}  # fmt: skip
_TABLES: dict[str, dict[str, str]] = {
    "en": {},
    "fi": _LETTERS | {"7": "er"},
    "it": _LETTERS,
    "ca": _LETTERS | {"ax": "ax", "y": "y", "B": "v", "D": "dh", "G": "g"},
    "cs": _LETTERS | {"y": "ih", "c": "t s", "ch": "hh", "ch~": "ch", "c~": "ch", "s~": "sh", "z~": "zh", "r~": "zh"},
    "ru": {
        "a": "aa", "ae": "ax", "ay": "ax", "i": "iy", "ii": "iy", "yy": "ih", "y": "ih", "oo": "ao", "ee": "eh",
        "uu": "uw", "u": "uw", "ur": "uh", "c": "t s", "sch": "sh", "j": "y", "h": "hh",
    },
    "hi": {
        "a": "ah", "T": "t", "D": "d", "N": "n", "tth": "t hh", "ddh": "d hh", "bh": "b", "ph": "f", "kh": "k hh",
        "oh": "ow", "oo": "ao", "ee": "ey", "dh": "d", "th": "t", "r": "r",
    },
}  # fmt: skip


def festival(root: Path, texts: list[str], count: int, rng: np.random.Generator) -> Iterator[Spoken]:
    """`count` sentences of each of its voices; one that is not installed is left out, and said.

    Args:
        root: holds usr/bin/festival and usr/share/festival ("/" after an installation).
    """
    for voice, tongue in VOICES.items():
        for start in range(0, count, _BATCH):
            size = min(_BATCH, count - start)
            said = [drawn(texts, rng) if tongue == "en" else invented(tongue, rng) for _ in range(size)]
            found = list(_say(root, voice, tongue, said, float(rng.uniform(0.8, 1.2))))
            yield from found
            if not found:
                print(f"festival: no {voice}", flush=True)
                break


def _say(root: Path, voice: str, tongue: str, texts: list[str], stretch: float) -> Iterator[Spoken]:
    share, libraries = root / "usr/share/festival", root / "usr/lib"
    environment = os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, libraries.glob("*-linux-gnu")))}
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        lines = [f"(voice_{voice})", f"(Parameter.set 'Duration_Stretch {stretch:.2f})"]
        for number, text in enumerate(texts):
            plain = text.replace('"', " ").replace("\\", " ")
            lines += [
                f'(unwind-protect (begin (set! u (utt.synth (Utterance Text "{plain}")))',
                f' (utt.save.wave u "{folder}/{number}.wav" (quote riff))',
                f' (utt.save.segs u "{folder}/{number}.lab")) nil)',
            ]
        (folder / "said.scm").write_text("\n".join(lines), encoding="utf-8")
        command = [str(root / "usr/bin/festival"), "--datadir", str(share), "--libdir", str(libraries / "festival")]
        subprocess.run([*command, "-b", str(folder / "said.scm")], env=environment, capture_output=True, check=False)
        for number in range(len(texts)):
            speech = _read(folder / f"{number}.wav", folder / f"{number}.lab", tongue)
            if speech is not None:
                yield Spoken(f"festival {voice}", speech)


def _read(sound: Path, labels: Path, tongue: str) -> Speech | None:
    if not (sound.is_file() and labels.is_file()):
        return None
    with wave.open(str(sound)) as file:
        rate, pcm = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    marks: list[PhoneMark] = []
    start = 0
    for line in labels.read_text().splitlines()[1:]:
        parts = line.split()
        end = min(len(pcm), round(float(parts[0]) * rate))
        stressed = parts[-1][-1:] == "1"
        phones = _arpabet(parts[-1], tongue)
        for index, phone in enumerate(phones):
            a, b = (start + (end - start) * i // len(phones) for i in (index, index + 1))
            if b > a:
                marks.append(PhoneMark(phone, a, b, int(stressed or (phone in VOWELS and phone != "ax"))))
        start = end
    return Speech(pcm, rate, tuple(marks)) if marks else None


def _arpabet(name: str, tongue: str) -> list[str]:
    """The nearest phones of core/phones.py."""
    if name in ("#", "pau", "_", "brth", "h#"):
        return [SILENCE]
    name = name.rstrip("12:") if tongue != "en" else name
    table = _TABLES[tongue]
    found = table.get(name) or table.get(name[:1] if tongue == "ru" and name[:1] * 2 == name else name)
    if found is None and tongue == "ru" and name[:1] * 2 == name:
        found = name[:1]  # a palatal consonant
    phones = (found or name).split()
    return [phone if phone in PHONES else table.get(phone, "ax") for phone in phones]
