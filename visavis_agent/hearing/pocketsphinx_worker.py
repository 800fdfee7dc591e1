"""The process in which PocketSphinx decodes: it holds the interpreter's lock, so it has one of its own.

Messages to it (see worker_pipes.py):
`C` settings (JSON, first) · `B` begin (JSON: {"preroll": samples, "early": words are wanted early}) ·
`A` sound (int16, 16 kHz) · `P` partial · `S` settle · `F` finish.
`C`, `P`, `S` and `F` are answered: {"dictation": [[text, confidence], …],
"phrase": null or as phrase.PhraseReading}, for `C` {"unknown": [word, …], "wrong": {word: phones}, "lost": number of
phrases}, or {"error": text}. Only the standard library and pocketsphinx are needed here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from visavis_agent.hearing import stop_word
from visavis_agent.hearing.pronunciation import plain_letters, pronunciation
from visavis_agent.hearing.stop_word import StopWord
from visavis_agent.hearing.worker_pipes import serve

RATE = 16_000
_BYTES_PER_SECOND = 2 * RATE
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
_CEPSTRA = 13
# Of less than this the means are not taken.
_LEAST_MEASURED = _BYTES_PER_SECOND // 20
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
# Path scores per word pair to relative confidence: fitted by eye to word posteriors of the best path.
_SCORE_SCALE = 8.0
_NBEST_DEPTH = 200
_PHRASE = "phrase"
_NOTHING: dict[str, Any] = {"dictation": [], "phrase": None}
_ANSWERED = (b"C", b"P", b"S", b"F")

# "Um" is in the language model as rarely as it is printed, and was read as "bum", "them", "'em". With this likelihood
# (relative to an even one over all words: 4 % of words) it came first in 5 of 6 questions that broke off with it.
_UM, _UM_PHONES, _UM_WEIGHT = "uhm", "AH M", 3000.0

_WORD = re.compile(r"[^\W_]+(?:['.][^\W_]+)*\.?", re.UNICODE)
_VARIANT = re.compile(r"\(\d+\)")


def normal(text: str) -> str:
    """Lower-case words without punctuation and accents, as the dictionary spells them."""
    return " ".join(word.strip(".") for word in _WORD.findall(plain_letters(text).lower().replace("’", "'")))


def spoken(text: str) -> str:
    """A decoder's hypothesis without pronunciation variants, silences and noises."""
    words = (word for word in _VARIANT.sub("", text).split() if word[0] not in "<[+")
    return " ".join("um" if word == _UM else word for word in words)


def grammar_of(phrases: Iterable[str]) -> str:
    """A JSGF grammar of whole phrases; beginnings that they share are decoded once."""
    tree: _Tree = {}
    for phrase in phrases:
        node = tree
        for word in phrase.split():
            node = node.setdefault(word, {})
        node[_END] = {}
    return f"#JSGF V1.0; grammar phrases; public <phrase> = {_choice(tree)};"


_Tree = dict[str, Any]
_END = ""


def _choice(tree: _Tree) -> str:
    """The ways on from a place in a phrase."""
    ways = [f"{word} {_rest(node)}".strip() for word, node in tree.items() if word != _END]
    return " | ".join(ways)


def _rest(node: _Tree) -> str:
    if set(node) == {_END}:
        return ""
    return f"[ {_choice(node)} ]" if _END in node else f"( {_choice(node)} )"


class Dictation:
    """Decodes an utterance with the language model and, if there are phrases, with their grammar.

    Attributes:
        report: what could not be set up as asked (see the answer to `C`).
    """

    def __init__(self, n_best: int, phrases: list[str], pronunciations: dict[str, str]) -> None:
        self._n_best = n_best
        self._means = _decoder(lm=None)
        self._language = _decoder(cmn="live", **_LANGUAGE)
        self._language.get_lm().add_word(_UM, _UM_WEIGHT)
        self._language.add_word(_UM, _UM_PHONES, True)
        given = {normal(word): phones.upper() for word, phones in pronunciations.items()}
        wrong = {word: phones for word, phones in given.items() if not _add_word(self._language, word, phones)}
        wanted = list(dict.fromkeys(filter(None, map(normal, phrases))))
        guessed = self._guess({word for phrase in wanted for word in phrase.split()})
        unknown = [word for word, phones in guessed.items() if not phones]
        known = [phrase for phrase in wanted if not set(phrase.split()) & set(unknown)]
        self.report = {"unknown": sorted(unknown), "wrong": wrong, "lost": len(wanted) - len(known)}
        self._phrases = set(known)
        _add_grammar(self._means, ["yes"])
        self._grammar = None
        if known:
            self._grammar = _decoder(lm=None, cmn="live", **_GRAMMAR)
            for word, phones in {**given, **guessed}.items():
                if phones and word not in wrong:
                    _add_word(self._grammar, word, phones)
            _add_grammar(self._grammar, known)
        self._stop_word = StopWord(_decoder(**stop_word.OPTIONS))
        self._decoders: list[Any] = []
        self._running = False
        self.begin()

    def _guess(self, words: set[str]) -> dict[str, str]:
        """Phones of the words that the dictionary lacks, from words that it has; nothing where there are none."""
        lookup = self._language.lookup_word
        guessed = {word: pronunciation(word, lookup) for word in sorted(words) if lookup(word) is None}
        for word, phones in guessed.items():
            if phones:
                _add_word(self._language, word, phones)
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
        self._estimated = self._measured = 0
        self._measures = [0.0] * _CEPSTRA
        self._means_since: list[tuple[int, list[float]]] = []  # bytes from which on, means
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
        self._estimated = self._measured = 0
        seconds = (len(self._sound) - self._onset) / _BYTES_PER_SECOND
        readings = self._stop_word.among(_n_best(self._language, self._n_best), seconds, self._n_best)
        return {"dictation": readings, "phrase": self._phrase()}

    def _phrase(self) -> dict[str, Any] | None:
        """The whole phrase that the grammar read, if it read one, and what tells whether it was said."""
        best, free = self._grammar.hyp() if self._grammar else None, self._language.hyp()
        if best is None or free is None or spoken(best.hypstr) not in self._phrases:
            return None
        words, others = _words_of(self._grammar), _words_of(self._language)
        frames = max(1, self._language.n_frames())
        gain = math.log(max(best.score, 1e-300)) - math.log(max(free.score, 1e-300))
        uncovered = sum(_frames(segment) for segment in others) - sum(_frames(segment) for segment in words)
        worst = max(-math.log(max(segment.ascore, 1e-300)) / _frames(segment) for segment in words) * _SCORE_UNIT
        return {
            "text": spoken(best.hypstr),
            "gain": 1000.0 * gain / frames,
            "uncovered": uncovered / frames,
            "worst": worst,
        }

    def _renew(self, count: int) -> None:
        """Estimate the means on the first `count` bytes; start again if those used so far were wrong."""
        means = self._estimate(count)
        if not self._estimated or not self._running or _apart(means, self._used()) > _MEANS_WRONG:
            self._start(means)
        else:
            self._normalise(means)
        self._estimated = count

    def _start(self, means: list[float]) -> None:
        """Decode from the beginning."""
        self._stop()
        for decoder in self._decoders:
            _begin(decoder)
        self._running, self._means_since = True, []
        self._normalise(means)

    def _normalise(self, means: list[float]) -> None:
        """What is fed from now on is normalised with these means."""
        self._means_since.append((self._fed[0], means))
        for decoder in self._decoders:
            _normalise(decoder, means)

    def _used(self) -> list[float]:
        """The means that the sound so far was normalised with, in the mean."""
        ends = [*(since for since, _ in self._means_since[1:]), max(1, self._fed[0])]
        parts = [(end - since, means) for (since, means), end in zip(self._means_since, ends, strict=True)]
        return [sum(part * means[k] for part, means in parts) / ends[-1] for k in range(len(parts[0][1]))]

    def _estimate(self, count: int) -> list[float]:
        """Cepstral means of the first `count` bytes: of those measured before, and of what has come since."""
        new = count - self._measured
        if new < _LEAST_MEASURED and self._measured:
            return self._measures
        share = new / count
        latest = self._measure(bytes(self._sound[self._measured : count]))
        self._measures = [
            (1.0 - share) * before + share * mean for before, mean in zip(self._measures, latest, strict=True)
        ]
        self._measured = count
        return self._measures

    def _measure(self, sound: bytes) -> list[float]:
        """Cepstral means of a sound; the decoder for it must not stream, or it stays live."""
        _begin(self._means)
        self._means.process_raw(sound, no_search=True, full_utt=True)
        means = [float(mean) for mean in self._means.get_cmn(False).split(",")]
        self._means.end_utt()
        return means

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


def _apart(means: list[float], others: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(means, others, strict=True)) / len(means)


def _decoder(**options: Any) -> Any:
    from pocketsphinx import Decoder

    return Decoder(samprate=RATE, loglevel="FATAL", **options)


def _begin(decoder: Any) -> None:
    """An utterance; without the estimate of the noise of the one before, which would be carried over."""
    decoder.reinit_feat()
    decoder.start_utt()


def _normalise(decoder: Any, means: list[float]) -> None:
    decoder.set_cmn(",".join(f"{mean:.4f}" for mean in means))


def _add_word(decoder: Any, word: str, phones: str) -> bool:
    """Teach the decoder how a word sounds, beside what it knows of it; False if it lacks the phones."""
    variants = sum(decoder.lookup_word(f"{word}({n})") is not None for n in range(2, 10))
    name = word if decoder.lookup_word(word) is None else f"{word}({variants + 2})"
    try:
        decoder.add_word(name, phones, True)
    except RuntimeError:
        return False
    return True


def _add_grammar(decoder: Any, phrases: list[str]) -> None:
    decoder.add_jsgf_string(_PHRASE, grammar_of(phrases))
    decoder.activate_search(_PHRASE)


def _words_of(decoder: Any) -> list[Any]:
    """Segments of the best path that are words."""
    return [segment for segment in decoder.seg() if spoken(segment.word)]


def _frames(segment: Any) -> int:
    return int(segment.end_frame) - int(segment.start_frame) + 1


def _n_best(decoder: Any, count: int) -> list[list[Any]]:
    """Different readings, best first, with confidence: mean word posterior of the best, then by score."""
    best = decoder.hyp()
    if best is None or not spoken(best.hypstr):
        return []
    posteriors = [segment.prob for segment in decoder.seg() if spoken(segment.word)]
    confidence = min(1.0, sum(posteriors) / max(1, len(posteriors)))
    readings = {spoken(best.hypstr): confidence}
    top = None
    for _, other in zip(range(_NBEST_DEPTH), decoder.nbest(), strict=False):
        if other is None or len(readings) >= count:
            break
        text, score = spoken(other.hypstr), math.log(max(other.score, 1e-300))
        top = score if top is None else top
        if text and text not in readings:
            likeness = math.exp(_SCORE_SCALE * min(0.0, score - top))
            readings[text] = min(min(readings.values()), confidence * likeness)
    return [[text, round(value, 4)] for text, value in readings.items()]


def _configured(payload: bytes) -> Dictation:
    values = json.loads(payload)
    return Dictation(values["n_best"], values["phrases"], values["pronunciations"])


class Server:
    """Answers messages; an error waits for the next message that has an answer."""

    def __init__(self) -> None:
        self._dictation: Dictation | None = None
        self._error = ""

    def handle(self, kind: bytes, payload: bytes) -> dict[str, Any] | None:
        """The answer, for those kinds that have one."""
        answer = None
        try:
            answer = self._act(kind, payload)
        except Exception as error:
            # Whatever it is (decoding fails on some sound), the parent shall know and may go on.
            self._error = f"{type(error).__name__}: {error}"
        if kind not in _ANSWERED or not self._error:
            return answer
        error_text, self._error = self._error, ""
        return {"error": error_text}

    def _act(self, kind: bytes, payload: bytes) -> dict[str, Any] | None:
        if kind == b"C":
            self._dictation = _configured(payload)
            return self._dictation.report
        if self._dictation is None:
            raise RuntimeError("not configured")
        if kind == b"B":
            self._dictation.begin(**json.loads(payload))
            return None
        if kind == b"A":
            self._dictation.feed(payload)
            return None
        if kind == b"P":
            return self._dictation.partial()
        return self._dictation.settle() if kind == b"S" else self._dictation.finish()


if __name__ == "__main__":
    serve(Server().handle)
