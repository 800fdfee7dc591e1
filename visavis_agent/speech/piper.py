"""A neural voice by its file: a Piper-type net (VITS as ONNX, with its settings as JSON beside it).

Kim et al. (2021), "Conditional variational autoencoder with adversarial learning for end-to-end text-to-speech". The
net takes numbers of IPA symbols and gives sound. Where its graph also gives how long each symbol lasts, phones and
words come from there; else they are found by alignment, like those of a server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.errors import ConfigurationError, EngineError, FormatError
from visavis_agent.core.external_models import find_model
from visavis_agent.core.inference import InferenceBackend, InferenceSettings
from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import Level, PhoneMark, WordMark
from visavis_agent.core.settings import setting
from visavis_agent.speech import ipa
from visavis_agent.speech.espeak import pronounce
from visavis_agent.speech.leads import LeadVoice
from visavis_agent.speech.piper_config import BEGIN, BETWEEN, END, read_config, speaker_of
from visavis_agent.speech.piper_symbols import Symbol, symbols_of
from visavis_agent.speech.sound import to_pcm
from visavis_agent.speech.voices import Clause, Pcm, Speech, language

_PAUSE_S = 0.06
"""A blank that lasts less does not close the mouth."""
_INFERENCE = InferenceSettings()


@dataclass(frozen=True)
class PiperSettings:
    """A Piper-type voice."""

    model: str = setting("", "the net: its .onnx file, or the name under which `visavis models fetch` got it")
    speaker: str = setting("", "which speaker, of a net with several: name or number; empty: the first")
    inference: InferenceSettings = setting(_INFERENCE, "how the net is run")


class PiperVoice(LeadVoice):
    """Speaks one language, that of its net.

    Raises:
        EngineError: the net, its settings or espeak-ng are missing, or no such speaker.
        FormatError: its settings are none of a Piper-type net.
    """

    settings_type = PiperSettings

    def __init__(self, settings: PiperSettings) -> None:
        path = find_model(settings.model, "speech.piper.model")
        try:
            self._config = read_config(path.with_name(path.name + ".json"))
            self._speaker = speaker_of(self._config, settings.speaker)
        except (FormatError, ConfigurationError) as error:
            raise EngineError(error.what, error.where, error.remedy) from None
        pronounce((), self._config.voice)
        self._notes: list[str] = []
        self._net = InferenceBackend(settings.inference, report=self._report).load(path)
        missing = {"input", "input_lengths", "scales"} - set(self._net.inputs)
        if missing:
            problem = f"is no Piper-type net: it does not take {', '.join(sorted(missing))}"
            raise EngineError(problem, str(path), "Give another file")

    @property
    def name(self) -> str:
        return "neural voice"

    @property
    def limits(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def speaks(self, locale: str) -> bool:
        return language(locale) == language(self._config.voice)

    def synthesise(self, clause: Clause, cancellation: Cancellation) -> Speech:
        symbols = symbols_of(clause.tokens, self._config.voice)
        ids, owners = self._ids(symbols)
        noise, length, jitter = self._config.scales
        inputs: dict[str, npt.NDArray[Any]] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([noise, length / clause.prosody.rate_factor, jitter], np.float32),
        }
        if "sid" in self._net.inputs:
            inputs["sid"] = np.array([self._speaker], np.int64)
        sound, *lengths = self._net.run(inputs, cancellation)
        samples = np.asarray(sound, np.float64).reshape(-1)
        if not np.isfinite(samples).all():
            raise EngineError(
                "the neural voice gives what is no sound", str(self._net.model), "See whether it is whole"
            )
        pcm, rate = to_pcm(samples * 32767.0), self._config.sample_rate
        ends = _ends(lengths, owners, len(symbols), self._config.hop, len(pcm))
        return Speech(pcm, rate) if ends is None else marked(pcm, rate, symbols, ends, clause)

    def _ids(self, symbols: Sequence[Symbol]) -> tuple[list[int], list[int]]:
        """Numbers for the net, and which symbol each is of: -1 before the first, len(symbols) after the last.

        A symbol is followed by a filler, which is of it, too. Symbols that the net does not know are left out.
        """
        table = self._config.ids
        ids: list[int] = []
        owners: list[int] = []
        wanted = [(BEGIN, -1), *((s.character, number) for number, s in enumerate(symbols))]
        for character, owner in wanted:
            if character in table:
                new = (*table[character], *table[BETWEEN])
                ids += new
                owners += [owner] * len(new)
        return [*ids, *table[END]], owners + [len(symbols)] * len(table[END])

    def _report(self, level: Level, message: str) -> None:
        if level > Level.OK:
            self._notes.append(message)


def _ends(
    lengths: Sequence[npt.NDArray[Any]], owners: Sequence[int], count: int, hop: int, total: int
) -> npt.NDArray[np.int64] | None:
    """(count + 2,) samples at which the silence before, each symbol, and the silence after end; None when not told."""
    if not lengths or lengths[0].size != len(owners) or not np.issubdtype(lengths[0].dtype, np.number):
        return None
    samples = np.nan_to_num(lengths[0].astype(np.float64).reshape(-1)) * hop
    if samples.min() < 0 or abs(float(samples.sum()) - total) > 2 * hop:
        return None
    of_symbols = np.bincount(np.asarray(owners) + 1, samples, count + 2)
    return np.minimum(np.cumsum(of_symbols).astype(np.int64), total)


def marked(pcm: Pcm, rate: int, symbols: Sequence[Symbol], ends: npt.NDArray[np.int64], clause: Clause) -> Speech:
    """Sound with phones and words at the times of the symbols.

    Args:
        ends: as _ends gives them.
    """
    phones: list[PhoneMark] = []
    words: dict[int, tuple[int, int]] = {}
    place = 0
    while place < len(symbols):
        token, first = symbols[place].token, place
        while place < len(symbols) and symbols[place].token == token and token >= 0:
            place += 1
        for phone, a, b, stress in ipa.phones([s.character for s in symbols[first:place]]):
            start, end = int(ends[first + a]), int(ends[first + b])
            if end > start:
                _append(phones, PhoneMark(phone, start, end, stress, stress == 1), rate)
                words[token] = (words.get(token, (start, 0))[0], end)
        place = max(place, first + 1)
    if phones and phones[-1].end < len(pcm):
        phones.append(PhoneMark(SILENCE, phones[-1].end, len(pcm)))
    texts = clause.tokens
    return Speech(
        pcm, rate, tuple(phones), tuple(WordMark(texts[t].written, a, b) for t, (a, b) in sorted(words.items()))
    )


def _append(phones: list[PhoneMark], mark: PhoneMark, rate: int) -> None:
    """Silence where there is a pause before it; else it begins where the one before ended."""
    end = phones[-1].end if phones else 0
    if mark.start - end >= _PAUSE_S * rate or (not phones and mark.start):
        phones.append(PhoneMark(SILENCE, end, mark.start))
        end = mark.start
    phones.append(PhoneMark(mark.phone, end, mark.end, mark.stress, mark.accented))
