"""How loud the agent's own voice is, moment by moment, and where its plosives burst."""

from __future__ import annotations

import math
import statistics

import numpy as np
import numpy.typing as npt

from visavis_agent.core.phones import VOWELS
from visavis_agent.motion.curves import clamp
from visavis_agent.motion.phonemes import Segment

BLOCK = 0.005
"""Length of an energy block, s."""
_HALF_WINDOW = 8
_WEIGHTS = np.hanning(2 * _HALF_WINDOW + 3)[1:-1]
_WEIGHTS /= _WEIGHTS.sum()
_EXPONENT, _LEAST, _MOST = 0.35, 0.75, 1.20
_BURST_RISE_DB = 6.0
_BURST_AFTER = 0.40
_QUIET = 1e-4
_VOWELS_KEPT = 200


class Loudness:
    """RMS of the reply in 80 ms Hann windows, relative to the median of its vowels."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._block = max(1, round(BLOCK * sample_rate))
        self._energy = np.zeros(256)
        self._known = 0
        self._rest = np.zeros(0, np.int16)
        self._vowels: list[float] = []
        self._references: list[tuple[int, float, float]] = []

    def append(self, pcm: npt.NDArray[np.int16]) -> None:
        """Add the next samples of the reply."""
        samples = np.concatenate([self._rest, pcm])
        count = len(samples) // self._block
        blocks = samples[: count * self._block].reshape(count, self._block).astype(np.float64) / 32768.0
        while self._known + count > len(self._energy):
            self._energy = np.concatenate([self._energy, np.zeros_like(self._energy)])
        self._energy[self._known : self._known + count] = (blocks * blocks).mean(1)
        self._known += count
        self._rest = samples[count * self._block :]

    def learn(self, segments: list[Segment], clause: int) -> None:
        """Take the vowels of a new piece into its clause's reference: the median of all vowels so far."""
        vowels = [self.rms(segment.centre) for segment in segments if segment.phone in VOWELS]
        self._vowels += [value for value in vowels if value > _QUIET]
        if not self._vowels or not segments:
            return
        start = segments[0].start
        if self._references and self._references[-1][0] == clause:
            start = self._references.pop()[1]
        self._references.append((clause, start, statistics.median(self._vowels[-_VOWELS_KEPT:])))

    def rms(self, time: float) -> float:
        """RMS around reply time `time` (s), 0–1 of full scale; 0 where no sound is known."""
        centre = math.floor(time * self._rate / self._block)
        low, high = centre - _HALF_WINDOW, centre + _HALF_WINDOW + 1
        first, last = max(0, low), min(self._known, high)
        if first >= last:
            return 0.0
        return math.sqrt(float(self._energy[first:last] @ _WEIGHTS[first - low : last - low]))

    def gain(self, time: float) -> float:
        """Factor on the opening of jaw and lips, 0.75–1.20; 1 while no vowel is known."""
        reference = 0.0
        for _, start, value in reversed(self._references):
            reference = value
            if start <= time:
                break
        if reference <= 0.0:
            return 1.0
        return clamp((max(self.rms(time), _QUIET) / reference) ** _EXPONENT, _LEAST, _MOST)

    def burst(self, start: float, end: float) -> float | None:
        """When the plosive on [start, end] (s) bursts, or None.

        The burst is the steepest 10 ms rise above 6 dB after 40 % of the segment.
        """
        per_second = self._rate / self._block
        first = math.ceil((start + _BURST_AFTER * (end - start)) * per_second)
        last = min(math.floor(end * per_second), self._known - 2)
        best, when = _BURST_RISE_DB, None
        for block in range(max(first, 2), last + 1):
            before = float(self._energy[block - 2 : block].mean())
            after = float(self._energy[block : block + 2].mean())
            rise = 10.0 * math.log10((after + _QUIET**2) / (before + _QUIET**2))
            if rise > best:
                best, when = rise, block / per_second
        return when
