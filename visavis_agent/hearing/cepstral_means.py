"""Cepstral means of a voice while it speaks: PocketSphinx takes them from its sound, or starts with the model's own."""

from __future__ import annotations

from typing import Any

from visavis_agent.hearing import sphinx

_CEPSTRA = 13
# Of less sound than this (bytes, 0.05 s) no means are taken.
_LEAST_MEASURED = 2 * sphinx.RATE // 20


class CepstralMeans:
    """Of one utterance after the other; the sound is int16 at 16 kHz, positions in it are bytes.

    Args:
        decoder: made for nothing else; one that streams would stay with its own means.
    """

    def __init__(self, decoder: Any) -> None:
        sphinx.add_grammar(decoder, ["yes"])
        self._decoder = decoder
        self.begin()

    def begin(self) -> None:
        """The next utterance, or the same again from its beginning."""
        self._measured = 0
        self._means = [0.0] * _CEPSTRA
        self._used: list[tuple[int, list[float]]] = []

    def of(self, sound: bytearray, end: int) -> list[float]:
        """Means of the sound up to `end`: of what was measured before, and of what has come since."""
        new = end - self._measured
        if new < _LEAST_MEASURED and self._measured:
            return self._means
        share = new / end
        latest = self._measure(bytes(sound[self._measured : end]))
        self._means = [(1.0 - share) * before + share * mean for before, mean in zip(self._means, latest, strict=True)]
        self._measured = end
        return self._means

    def use(self, position: int, means: list[float]) -> None:
        """From here on the sound is normalised with these; position 0 begins again."""
        self._used = [*(self._used if position else []), (position, means)]

    def error(self, means: list[float], end: int) -> float:
        """How wrong those were that the sound up to `end` was normalised with: mean absolute difference."""
        return sum(abs(a - b) for a, b in zip(means, self._used_until(end), strict=True)) / len(means)

    def _used_until(self, end: int) -> list[float]:
        ends = [*(since for since, _ in self._used[1:]), max(1, end)]
        parts = [(until - since, means) for (since, means), until in zip(self._used, ends, strict=True)]
        return [sum(part * means[k] for part, means in parts) / ends[-1] for k in range(_CEPSTRA)]

    def _measure(self, sound: bytes) -> list[float]:
        sphinx.begin(self._decoder)
        self._decoder.process_raw(sound, no_search=True, full_utt=True)
        means = [float(mean) for mean in self._decoder.get_cmn(False).split(",")]
        self._decoder.end_utt()
        return means
