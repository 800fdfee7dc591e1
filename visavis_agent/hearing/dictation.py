"""Dictation by PocketSphinx: an utterance is decoded while it comes, as free words and as a whole phrase."""

from __future__ import annotations

import math
from typing import Any

from visavis_agent.hearing import sphinx, stop_word
from visavis_agent.hearing.cepstral_means import CepstralMeans
from visavis_agent.hearing.phrase_grammar import normal
from visavis_agent.hearing.pronunciation import pronunciation
from visavis_agent.hearing.sphinx import spoken
from visavis_agent.hearing.stop_word import StopWord

_BYTES_PER_SECOND = 2 * sphinx.RATE
# So much of the silence before the voice is heard: the search costs most where any word may begin, and silence spoils
# the cepstral means. With 0.32 s 13 instead of 10 % of the words of 60 spoken questions are wrong, and 47 instead of
# 43 % in white noise of 20 dB. With means of 0.06 s these are 11 and 40 %, but of 60 questions with a pause 68 instead
# of 75 % are answered right: the voice before the pause is too short for means of its own.
_PREROLL = round(0.16 * _BYTES_PER_SECOND)
# Cepstral means are estimated so long after the onset and before a careful reading; with the model's own means instead,
# half again as many words are wrong. Decoding begins at the first; what follows a point is normalised with its
# estimate, and decoding starts again only where those used so far were wrong by more than this (mean absolute
# difference of the 13): in none of 60 spoken questions, in silence or noise. At 6.0 it does so in 3 of those that are
# read early, for a few tenths of a second and no better words. If it begins 0.2 s later, short questions are still
# behind when they end: the slowest of twenty wait 0.32 instead of 0.19 s in silence and 0.42 instead of 0.30 s in white
# noise of 20 dB.
_ESTIMATES = tuple(round(seconds * _BYTES_PER_SECOND) for seconds in (0.48, 0.68, 0.88, 1.2, 1.7, 2.2, 2.7, 3.7, 5.7))
_MEANS_WRONG = 8.0
# Who may want to stop the agent is read from here on; whether it is a phrase is asked later.
_EARLY_ESTIMATES = (*(round(seconds * _BYTES_PER_SECOND) for seconds in (0.2, 0.3)), *_ESTIMATES)
_LATER = round(0.68 * _BYTES_PER_SECOND)
# A second, flat pass over the words (fwdflat) doubles the time of the reading at a pause and makes it no better: word
# errors of 9.4 instead of 9.0 % on 38 spoken questions, 26 instead of 25 % on 14 recordings of people, 53 instead of
# 46 % in white noise of 20 dB. At most so many models a frame cost no errors on the first two (9.0 and 25 %), and
# some in the noise (52 %); decoding then takes a third of the time of the sound.
_LANGUAGE = {"fwdflat": False, "maxhmmpf": 5000}
# The best path through the lattice of the grammar doubles the time of a careful reading and finds hardly more phrases
# than the search itself: of 50 in babble 16 instead of 15 are believed, and 2 wrong ones instead of none.
_GRAMMAR = {"bestpath": False}
# Acoustic scores of the search are kept in units of 1024 times the lattice's.
_SCORE_UNIT = 1024.0
# Decoding in even steps, a frame of voice activity each, makes the result independent of how the sound was cut.
_STEP = 512 * 2
# Whoever pauses after this much speech is not decoded again from the beginning.
_SETTLE_LIMIT = 10 * _BYTES_PER_SECOND
_NOTHING: dict[str, Any] = {"dictation": [], "phrase": None}


class Dictation:
    """Decodes an utterance with the language model and, if there are phrases, with their grammar.

    Attributes:
        report: what could not be set up as asked (see the answer to `C`).
    """

    def __init__(self, n_best: int, phrases: list[str], pronunciations: dict[str, str]) -> None:
        self._n_best = n_best
        self._means = CepstralMeans(sphinx.new_decoder(lm=None))
        self._language = sphinx.new_decoder(cmn="live", **_LANGUAGE)
        sphinx.add_um(self._language)
        given = {normal(word): phones.upper() for word, phones in pronunciations.items()}
        wrong = {word: phones for word, phones in given.items() if not sphinx.add_word(self._language, word, phones)}
        wanted = list(dict.fromkeys(filter(None, map(normal, phrases))))
        guessed = self._guess({word for phrase in wanted for word in phrase.split()})
        unknown = [word for word, phones in guessed.items() if not phones]
        known = [phrase for phrase in wanted if not set(phrase.split()) & set(unknown)]
        self.report = {"unknown": sorted(unknown), "wrong": wrong, "lost": len(wanted) - len(known)}
        self._phrases = set(known)
        self._grammar = None
        if known:
            self._grammar = sphinx.new_decoder(lm=None, cmn="live", **_GRAMMAR)
            for word, phones in {**given, **guessed}.items():
                if phones and word not in wrong:
                    sphinx.add_word(self._grammar, word, phones)
            sphinx.add_grammar(self._grammar, known)
        self._stop_word = StopWord(sphinx.new_decoder(**stop_word.OPTIONS))
        self._decoders: list[Any] = []
        self._running = False
        self.begin()

    def _guess(self, words: set[str]) -> dict[str, str]:
        """Phones of the words that the dictionary lacks, from words that it has; nothing where there are none."""
        lookup = self._language.lookup_word
        guessed = {word: pronunciation(word, lookup) for word in sorted(words) if lookup(word) is None}
        for word, phones in guessed.items():
            if phones:
                sphinx.add_word(self._language, word, phones)
        return guessed

    def begin(self, preroll: int = 0, early: bool = False) -> None:
        """The next utterance, with so many samples before the voice begins."""
        self._stop()
        before = preroll * 2
        self._onset = min(before, _PREROLL)
        self._unwanted = before - self._onset
        self._estimates = tuple(self._onset + point for point in (_EARLY_ESTIMATES if early else _ESTIMATES))
        self._phrases_from = self._onset + _LATER if early else 0
        decoders = (self._language, self._grammar, self._stop_word.decoder if early else None)
        self._decoders = [decoder for decoder in decoders if decoder is not None]
        self._fed = [0] * len(self._decoders)
        self._stop_word.begin()
        self._sound = bytearray()
        self._estimated = 0
        self._means.begin()
        self._settled: dict[str, Any] | None = None

    def feed(self, sound: bytes) -> None:
        self._sound += sound[self._unwanted :]
        self._unwanted = max(0, self._unwanted - len(sound))
        self._settled = None
        for point in self._estimates:
            if self._estimated < point <= len(self._sound):
                self._advance(point)
                self._renew(point)
        self._advance(len(self._sound))

    def partial(self) -> dict[str, Any]:
        if self._settled is not None:
            return self._settled
        if not self._running:
            return _NOTHING  # to begin with fewer means would be to begin twice
        best = self._language.hyp()
        text = spoken(best.hypstr) if best else ""
        text = stop_word.WORD if self._stop_word.said else text
        return {"dictation": [[text, 0.5]] if text else [], "phrase": None}

    def settle(self) -> dict[str, Any]:
        return self.finish() if len(self._sound) <= _SETTLE_LIMIT else self.partial()

    def finish(self) -> dict[str, Any]:
        if self._settled is None:
            self._settled = self._decide()
        return self._settled

    def _decide(self) -> dict[str, Any]:
        """A careful reading of everything; whatever is fed afterwards is decoded from the beginning again."""
        if not self._sound:
            return _NOTHING
        if len(self._sound) <= _SETTLE_LIMIT or not self._running:
            self._renew(len(self._sound))
        self._advance(len(self._sound), whole=True)
        self._stop()
        self._estimated = 0
        self._means.begin()
        seconds = (len(self._sound) - self._onset) / _BYTES_PER_SECOND
        readings = self._stop_word.among(sphinx.readings_of(self._language, self._n_best), seconds, self._n_best)
        return {"dictation": readings, "phrase": self._phrase()}

    def _phrase(self) -> dict[str, Any] | None:
        """The whole phrase that the grammar read, if it read one, and what tells whether it was said."""
        best, free = self._grammar.hyp() if self._grammar else None, self._language.hyp()
        if best is None or free is None or spoken(best.hypstr) not in self._phrases:
            return None
        words, others = sphinx.words_of(self._grammar), sphinx.words_of(self._language)
        frames = max(1, self._language.n_frames())
        gain = math.log(max(best.score, 1e-300)) - math.log(max(free.score, 1e-300))
        uncovered = sum(sphinx.frames(segment) for segment in others) - sum(sphinx.frames(segment) for segment in words)
        worst = max(-math.log(max(segment.ascore, 1e-300)) / sphinx.frames(segment) for segment in words) * _SCORE_UNIT
        return {
            "text": spoken(best.hypstr),
            "gain": 1000.0 * gain / frames,
            "uncovered": uncovered / frames,
            "worst": worst,
        }

    def _renew(self, end: int) -> None:
        """Estimate the means of the sound up to `end`; start again if those used so far were wrong."""
        means = self._means.of(self._sound, end)
        if not self._running or self._means.error(means, self._fed[0]) > _MEANS_WRONG:
            self._start()
        self._means.use(self._fed[0], means)
        for decoder in self._decoders:
            sphinx.normalise(decoder, means)
        self._estimated = end

    def _start(self) -> None:
        """Decode from the beginning."""
        self._stop()
        for decoder in self._decoders:
            sphinx.begin(decoder)
        self._running = True

    def _advance(self, end: int, whole: bool = False) -> None:
        """Decode up to `end`, if decoding runs: in steps only, or, with `whole`, the rest as well."""
        if not self._running:
            return
        for index, decoder in enumerate(self._decoders):
            if decoder is self._grammar and end < self._phrases_from:
                continue
            while end - self._fed[index] >= (1 if whole else _STEP):
                piece = bytes(self._sound[self._fed[index] : min(self._fed[index] + _STEP, end)])
                decoder.process_raw(piece)
                self._fed[index] += len(piece)
                if decoder is self._stop_word.decoder:
                    self._stop_word.fed((self._fed[index] - self._onset) / _BYTES_PER_SECOND)

    def _stop(self) -> None:
        if self._running:
            for decoder in self._decoders:
                decoder.end_utt()
        self._running = False
        self._fed = [0] * len(self._decoders)
