"""The two sets of sentences, in the agent's own labels and ranges."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from visavis_agent.core.emotion import EMOTIONS
from visavis_agent.core.errors import FormatError

Array = npt.NDArray[np.float32]

# The files name Ekman's six and neutral by their place in this list (labels.txt beside them).
_GOEMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
_ROW = {label: EMOTIONS.index(label) for label in _GOEMOTIONS}
_MIDDLE, _HALF = 3.0, 2.0  # EmoBank rates from 1 to 5
_UNSPOKEN = re.compile(r"[^\w\s'’]|_")


@dataclass(frozen=True)
class Sentences:
    """Texts with what is known of each; NaN where nothing is.

    Attributes:
        texts: n sentences.
        labels: (n, 7) 0 or 1 in the order of EMOTIONS; several may hold.
        vad: (n, 3) valence, arousal, dominance, -1 to 1.
    """

    texts: list[str]
    labels: Array
    vad: Array

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, other: Sentences) -> Sentences:
        labels, vad = np.concatenate([self.labels, other.labels]), np.concatenate([self.vad, other.vad])
        return Sentences(self.texts + other.texts, labels, vad)


def goemotions(directory: Path, part: str) -> Sentences:
    """GoEmotions (Demszky et al. 2020) with Ekman's labels; `part` is train, dev or test.

    Raises:
        FormatError: a line is not text, labels, number.
    """
    texts, rows = [], []
    for text, labels in _lines(directory / f"{part}.tsv"):
        row = np.zeros(len(EMOTIONS), np.float32)
        row[[_ROW[_GOEMOTIONS[int(label)]] for label in labels]] = 1.0
        texts.append(text)
        rows.append(row)
    return Sentences(texts, np.stack(rows), np.full((len(texts), 3), np.nan, np.float32))


def curious(directory: Path, part: str) -> tuple[list[str], Array]:
    """GoEmotions with its own labels: the lines, and (n,) 1 where somebody is curious or confused, that is: asks.

    Ekman's grouping counts both as surprise.

    Raises:
        FormatError: a line is not text, labels, number.
    """
    names = (directory / "labels.txt").read_text(encoding="utf-8").split()
    asking = {str(names.index(name)) for name in ("curiosity", "confusion")}
    texts, rows = [], []
    for text, labels in _lines(directory / f"{part}.tsv"):
        texts.append(text)
        rows.append(float(not asking.isdisjoint(labels)))
    return texts, np.array(rows, np.float32)


def emobank(path: Path, part: str) -> Sentences:
    """EmoBank (Buechel and Hahn 2017); `part` is train, dev or test.

    Raises:
        FormatError: a column is missing, or no number.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("split") == part]
    try:
        vad = np.array([[float(row[axis]) for axis in "VAD"] for row in rows], np.float32)
        texts = [row["text"] for row in rows]
    except (KeyError, ValueError) as error:
        raise FormatError(f"has not the columns V, A, D and text ({error})", str(path), "Restore the file") from None
    return Sentences(texts, np.full((len(texts), len(EMOTIONS)), np.nan, np.float32), (vad - _MIDDLE) / _HALF)


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Texts and the numbers of their labels."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fields = line.split("\t")
        if len(fields) != 3 or not all(label.isdigit() for label in fields[1].split(",")):
            raise FormatError("is not text, labels, number", f"{path}:{number}", "Restore the file")
        yield fields[0].replace("[NAME]", "Alex").replace("[RELIGION]", "religion"), fields[1].split(",")


def as_spoken(texts: Sequence[str]) -> list[str]:
    """The texts as a recogniser writes them: no capitals, no punctuation, no signs."""
    return [" ".join(_UNSPOKEN.sub(" ", text).lower().split()) or text for text in texts]
