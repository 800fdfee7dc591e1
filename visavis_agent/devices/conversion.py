"""Pieces of a reply at the rate of the device, without seams between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import soxr

from visavis_agent.core.records import SpeechAudio, WordMark

Pcm = npt.NDArray[np.int16]


class Conversion:
    """One stream (reply and lane) from the voice's rate to the device's.

    Positions at the device's rate count from the stream's first sample. Holes between pieces become silence,
    what was there already is left out. A few samples stay inside until the next piece (libsoxr).
    """

    def __init__(self, source: int, target: int, start: int) -> None:
        self.source = source
        self.target = target
        self._start = start
        self._end = start
        self._made = 0
        # Not libswresample: the filter graph that PyAV makes around it took 200 ms on a busy machine, at each reply.
        self._soxr = soxr.ResampleStream(source, target, 1, dtype="int16") if source != target else None

    def convert(self, audio: SpeechAudio) -> SpeechAudio:
        """The piece at the device's rate, following the one before it."""
        hole = audio.first_sample - self._end
        pcm = np.concatenate([np.zeros(max(0, hole), np.int16), audio.pcm[max(0, -hole) :]])
        self._end += len(pcm)
        made = pcm if self._soxr is None else self._soxr.resample_chunk(pcm, last=audio.last)
        first, self._made = self._made, self._made + len(made)
        words = tuple(WordMark(word.text, self.place(word.start), self.place(word.end)) for word in audio.words)
        return replace(
            audio, sample_rate=self.target, first_sample=first, pcm=made, words=words, phones=(), gestures=()
        )

    def place(self, sample: int) -> int:
        """Where a sample of the reply is at the device's rate."""
        return max(0, round((sample - self._start) * self.target / self.source))

    def sample(self, place: int) -> int:
        """The reply's sample at a place; never one that has not come yet."""
        return min(self._end, self._start + round(place * self.source / self.target))
