"""A decoder of PocketSphinx: made, taught words and phrases, begun, and asked what it has read."""

from __future__ import annotations

import math
import re
from typing import Any

from visavis_agent.hearing.phrase_grammar import grammar_of

RATE = 16_000
"""Of all sound here, Hz."""
# Path scores per word pair to relative confidence: fitted by eye to word posteriors of the best path.
_SCORE_SCALE = 8.0
_NBEST_DEPTH = 200
_PHRASE = "phrase"
# "Um" is in the language model as rarely as it is printed, and was read as "bum", "them", "'em". With this likelihood
# (relative to an even one over all words: 4 % of words) it came first in 5 of 6 questions that broke off with it.
_UM, _UM_PHONES, _UM_WEIGHT = "uhm", "AH M", 3000.0
_VARIANT = re.compile(r"\(\d+\)")


def spoken(text: str) -> str:
    """A decoder's hypothesis without pronunciation variants, silences and noises."""
    words = (word for word in _VARIANT.sub("", text).split() if word[0] not in "<[+")
    return " ".join("um" if word == _UM else word for word in words)


def new_decoder(**options: Any) -> Any:
    """Of sound at RATE, with pocketsphinx's options."""
    from pocketsphinx import Decoder

    return Decoder(samprate=RATE, loglevel="FATAL", **options)


def begin(decoder: Any) -> None:
    """An utterance; without the estimate of the noise of the one before, which would be carried over."""
    decoder.reinit_feat()
    decoder.start_utt()


def normalise(decoder: Any, means: list[float]) -> None:
    """What it is fed from now on has these cepstral means."""
    decoder.set_cmn(",".join(f"{mean:.4f}" for mean in means))


def add_word(decoder: Any, word: str, phones: str) -> bool:
    """Teach the decoder how a word sounds, beside what it knows of it; False if it lacks the phones."""
    variants = sum(decoder.lookup_word(f"{word}({n})") is not None for n in range(2, 10))
    name = word if decoder.lookup_word(word) is None else f"{word}({variants + 2})"
    try:
        decoder.add_word(name, phones, True)
    except RuntimeError:
        return False
    return True


def add_um(decoder: Any) -> None:
    """Teach a decoder with a language model to read "um"."""
    decoder.get_lm().add_word(_UM, _UM_WEIGHT)
    decoder.add_word(_UM, _UM_PHONES, True)


def add_grammar(decoder: Any, phrases: list[str]) -> None:
    """Let it read one of these phrases, whole, and nothing else."""
    decoder.add_jsgf_string(_PHRASE, grammar_of(phrases))
    decoder.activate_search(_PHRASE)


def words_of(decoder: Any) -> list[Any]:
    """Segments of the best path that are words."""
    return [segment for segment in decoder.seg() if spoken(segment.word)]


def frames(segment: Any) -> int:
    """Length of a segment, in frames of 10 ms."""
    return int(segment.end_frame) - int(segment.start_frame) + 1


def readings_of(decoder: Any, count: int) -> list[list[Any]]:
    """Different readings, best first, with confidence: mean word posterior of the best, then by score."""
    best = decoder.hyp()
    if best is None or not spoken(best.hypstr):
        return []
    posteriors = [segment.prob for segment in decoder.seg() if spoken(segment.word)]
    confidence = min(1.0, sum(posteriors) / max(1, len(posteriors)))
    found = {spoken(best.hypstr): confidence}
    top = None
    for _, other in zip(range(_NBEST_DEPTH), decoder.nbest(), strict=False):
        if other is None or len(found) >= count:
            break
        text, score = spoken(other.hypstr), math.log(max(other.score, 1e-300))
        top = score if top is None else top
        if text and text not in found:
            likeness = math.exp(_SCORE_SCALE * min(0.0, score - top))
            found[text] = min(min(found.values()), confidence * likeness)
    return [[text, round(value, 4)] for text, value in found.items()]
