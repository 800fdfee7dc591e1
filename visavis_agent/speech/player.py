"""What a sink plays of one reply: samples are pulled in blocks, held, resumed at a word boundary, flushed.

It knows no clock and no device, so the virtual sink and a sound card's callback share it.
"""

from __future__ import annotations

from bisect import bisect_right, insort

import numpy as np

from visavis_agent.core.records import SinkState, SpeechAudio
from visavis_agent.speech.sound import fade, to_pcm
from visavis_agent.speech.voices import Pcm

FADE_S = 0.02
_FADE_IN_S = 0.005


class Player:
    """One stream (reply and lane), from its first piece to its end.

    Positions are sample numbers of the reply. Samples before the last word boundary are forgotten.

    Args:
        sample_rate: Hz, of every piece.
        start: sample number of the first sample.
    """

    def __init__(self, sample_rate: int, start: int) -> None:
        self.sample_rate = sample_rate
        self.state = SinkState.PLAYING
        self.position = start
        self.end = start
        self.closed = False
        self._first = start
        self._pcm = np.zeros(0, np.int16)
        self._boundaries = [start]
        self._fade_in = 0

    @property
    def waiting(self) -> int:
        """Samples that can be played."""
        return self.end - self.position

    @property
    def starved(self) -> bool:
        """It should play and has nothing, and more is to come."""
        return self.state is SinkState.PLAYING and self.waiting == 0 and not self.closed

    def append(self, audio: SpeechAudio) -> None:
        """Queue a piece: what was there already is skipped, a hole before it becomes silence."""
        hole = audio.first_sample - self.end
        pcm = np.concatenate([np.zeros(max(0, hole), np.int16), audio.pcm[max(0, -hole) :]])
        keep = self._keep()
        self._pcm = np.concatenate([self._pcm[keep - self._first :], pcm])
        self._first = keep
        self.end += len(pcm)
        self.closed = self.closed or audio.last
        for boundary in (edge for word in audio.words for edge in (word.start, word.end)):
            if boundary > self._boundaries[-1]:
                self._boundaries.append(boundary)
            elif boundary not in self._boundaries:
                insort(self._boundaries, boundary)
        if self.state is SinkState.PLAYING and self.closed and self.waiting == 0:
            self.state = SinkState.FINISHED

    def pull(self, count: int) -> Pcm:
        """The next samples to be heard, at most `count`; fewer when there are no more (yet)."""
        if self.state is not SinkState.PLAYING or count <= 0:
            return np.zeros(0, np.int16)
        block = self._peek(min(count, self.waiting))
        self.position += len(block)
        if self.closed and self.waiting == 0:
            self.state = SinkState.FINISHED
        return block

    def hold(self) -> Pcm:
        """Stop here; returns the 20 ms that are still heard, fading."""
        if self.state is not SinkState.PLAYING:
            return np.zeros(0, np.int16)
        self.state = SinkState.HELD
        return self._faded()

    def resume(self) -> None:
        """Go on from the last word boundary at or before the position, faded in over 5 ms."""
        if self.state is SinkState.HELD:
            self.state = SinkState.PLAYING
            self.position = self._boundaries[bisect_right(self._boundaries, self.position) - 1]
            self._fade_in = round(_FADE_IN_S * self.sample_rate)

    def flush(self) -> Pcm:
        """Drop everything; returns the 20 ms that are still heard, fading (nothing when it was held)."""
        tail = self._faded() if self.state is SinkState.PLAYING else np.zeros(0, np.int16)
        self.state = SinkState.FLUSHED
        self._pcm = np.zeros(0, np.int16)
        return tail

    def _peek(self, count: int) -> Pcm:
        start = self.position - self._first
        block = self._pcm[start : start + count].copy()
        if self._fade_in and len(block):
            total = round(_FADE_IN_S * self.sample_rate)
            gains = fade(total)[::-1][total - self._fade_in :][: len(block)]
            block[: len(gains)] = to_pcm(block[: len(gains)] * gains)
            self._fade_in -= len(gains)
        return block

    def _faded(self) -> Pcm:
        count = min(round(FADE_S * self.sample_rate), self.waiting)
        gains = fade(round(FADE_S * self.sample_rate))[:count]
        return to_pcm(self._peek(count) * gains)

    def _keep(self) -> int:
        """The oldest sample that may still be needed: the boundary before the position."""
        index = bisect_right(self._boundaries, self.position) - 1
        del self._boundaries[:index]
        return max(self._first, min(self._boundaries[0], self.position))
