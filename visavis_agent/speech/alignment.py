"""Phones and words for sound that came without: a guide says what is spoken, alignment finds where.

The guide is the embedded voice's own rendition of the same clause, so that its phones and their order are known. They
are found by forced alignment, which is the more exact, or else by warping the guide onto the sound, as Malfrère et al.
(2003), "Phonetic alignment: speech synthesis-based vs. Viterbi-based", compare. `visavis bench voice` measures both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import numpy.typing as npt

from visavis_agent.core.errors import EngineError
from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import PhoneMark, WordMark
from visavis_agent.speech.forced_alignment import RATE, Times, force
from visavis_agent.speech.sound import resample
from visavis_agent.speech.voices import Pcm, Speech
from visavis_agent.speech.warping import warp

Models = Callable[[Sequence[Sequence[str]], npt.NDArray[np.float64]], Times | None]
"""What forced_alignment.force is."""

_GAP_S = 0.03
"""Between two phones, less than this is no silence."""
_SHORTEST, _LONGEST = 0.3, 3.5
"""Of the guide's length; beyond, something else was said."""
_SLACK_S = 1.0
_NOISE = 0.3
"""Correlation of neighbouring samples at 16 kHz that noise stays below and speech does not."""
_QUIET = 30.0
"""RMS in int16 units below which nothing is heard."""
_LONGEST_PHONE_S = 1.0


def check(pcm: Pcm, rate: int, guide: Speech) -> None:
    """See whether `pcm` can be the guide's words.

    Raises:
        EngineError: it is silent, noise, or of quite another length.
    """
    seconds = len(pcm) / rate
    if not len(pcm) or np.sqrt(np.mean(pcm.astype(np.float64) ** 2)) < _QUIET:
        raise EngineError("the sound is silent")
    if guide.words and not _SHORTEST * guide.seconds <= seconds <= _LONGEST * guide.seconds + _SLACK_S:
        raise EngineError(f"the sound lasts {seconds:.1f} s where {guide.seconds:.1f} s would do")
    x = resample(pcm, rate, RATE)
    if float(x[1:] @ x[:-1]) < _NOISE * float(x @ x):
        raise EngineError("the sound is noise")


def align(pcm: Pcm, rate: int, guide: Speech, models: Models = force) -> Speech:
    """`pcm` with the guide's phones and words at their own times; without a guide with none: lips follow the sound.

    Args:
        models: finds the phones in the sound, or gives None.
    """
    groups = _by_word(guide)
    sound = resample(pcm, rate, RATE)
    if not groups:
        return Speech(pcm, rate)
    times = models([[mark.phone for mark in marks] for _, marks in groups], sound)
    if times is None or float(np.diff(times).max()) > _LONGEST_PHONE_S:
        times = _warped(groups, guide, sound)
    return _marked(pcm, rate, groups, times, guide.words)


_Groups = list[tuple[int, list[PhoneMark]]]


def _by_word(guide: Speech) -> _Groups:
    """The guide's phones without silence, in runs of one word; a phone of no word goes with the one before it."""
    starts = np.array([word.start for word in guide.words])
    spoken = [mark for mark in guide.phones if mark.phone != SILENCE]
    owners = [int(np.searchsorted(starts, (m.start + m.end) / 2, side="right")) - 1 for m in spoken]
    pairs = zip(owners, spoken, strict=True)
    return [(max(0, owner), [m for _, m in run]) for owner, run in groupby(pairs, key=lambda pair: pair[0])]


def _warped(groups: _Groups, guide: Speech, sound: npt.NDArray[np.float64]) -> Times:
    moments = warp(resample(guide.pcm, guide.sample_rate, RATE), sound)
    spans = [(mark.start, mark.end) for _, marks in groups for mark in marks]
    return moments(np.asarray(spans, np.float64) / guide.sample_rate)


def _marked(pcm: Pcm, rate: int, groups: _Groups, times: Times, words: Sequence[WordMark]) -> Speech:
    """The guide's phones at `times`, s, with silence between them; each word from its first phone to its last."""
    samples = np.clip(np.round(times * rate), 0, len(pcm)).astype(int)
    gap = round(_GAP_S * rate)
    phones: list[PhoneMark] = []
    found: list[WordMark] = []
    number = end = 0
    for owner, marks in groups:
        first = len(phones)
        for mark in marks:
            start, stop = samples[number]
            number += 1
            start = max(int(start), end)
            if start - end >= gap or (not phones and start):
                phones.append(PhoneMark(SILENCE, end, start))
            elif phones:
                phones[-1] = replace(phones[-1], end=start)
            stop = max(int(stop), start)
            if stop > start:
                phones.append(replace(mark, start=start, end=stop))
            end = stop
        own = [mark for mark in phones[first:] if mark.phone != SILENCE]
        if own and words:
            found.append(WordMark(words[owner].text, own[0].start, own[-1].end))
    if phones and end < len(pcm):
        phones.append(PhoneMark(SILENCE, end, len(pcm)))
    return Speech(pcm, rate, tuple(phones), tuple(found))
