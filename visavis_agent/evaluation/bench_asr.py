"""The asr bench: what is understood of people, of suggested questions, and of questions in own words."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import VisavisError
from visavis_agent.core.inference import InferenceBackend, InferenceSettings
from visavis_agent.core.settings import read_yaml
from visavis_agent.dialogue.embedding import open_encoder
from visavis_agent.dialogue.persona import Persona, load_persona
from visavis_agent.dialogue.retrieval import Outcome, Retriever
from visavis_agent.evaluation.heard import Heard, Listener, Pcm, WordErrors
from visavis_agent.evaluation.lip_metrics import wilson
from visavis_agent.evaluation.machine import describe_machine, package_version
from visavis_agent.evaluation.utterances import recordings
from visavis_agent.hearing.media import AudioFile
from visavis_agent.hearing.phrase_grammar import normal
from visavis_agent.hearing.recogniser import RecogniserSettings
from visavis_agent.hearing.stage import HearingSettings
from visavis_agent.speech.bank import VoiceBank

PERSONA = "vera"
# Not the agent's own voice.
VOICE = "rms"
_TRANSCRIPT = re.compile(r"<s>\s*(.*?)\s*</s>\s*\((.*)\)")
# Recordings that lie without a transcript beside them.
_SAID = {
    "librivox_aligned/goforward.raw": "go forward ten meters",
    "librivox_aligned/something.raw": "go somewhere and do something",
    "arctic/arctic_a0009.wav": "he turned sharply and faced gregson across the table",
    "whisper_jfk/jfk.flac": "and so my fellow americans ask not what your country can do for you "
    "ask what you can do for your country",
}


def transcribed(directory: Path) -> list[tuple[Path, str]]:
    """Recordings of people with what they say."""
    found = []
    aligned = directory / "librivox_aligned"
    for transcript in (aligned / "librivox" / "transcription", aligned / "cards" / "cards.transcription"):
        lines = transcript.read_text(encoding="utf-8").splitlines() if transcript.is_file() else []
        matches = [match for line in lines if (match := _TRANSCRIPT.match(line))]
        found += [(transcript.parent / f"{match[2]}.wav", match[1]) for match in matches]
    found += [(directory / name, said) for name, said in _SAID.items()]
    return [(path, said) for path, said in found if path.is_file()]


def sound(path: Path) -> Pcm:
    """16 kHz mono."""
    if path.suffix == ".raw":
        return np.fromfile(path, "<i2").astype(np.int16)
    file = AudioFile(path)
    return np.concatenate([block.pcm for block in iter(file.read, None)])


def dictation(listener: Listener, people: list[tuple[Path, str]]) -> dict[str, Any]:
    """Free dictation of people's recordings."""
    errors = WordErrors()
    for path, said in people:
        heard = listener.hear(sound(path))
        errors.add(said, heard)
        print(f"{path.name}: {heard.text}", file=sys.stderr)
    return errors.report()


class Questions:
    """A persona's questions, spoken by a voice that is not the agent's, heard, and answered.

    Raises:
        EngineError: the voice or the sentence encoder is missing.
    """

    def __init__(self, quick: bool, seed: int) -> None:
        self.persona: Persona = load_persona(PERSONA)
        self._bank = VoiceBank("flite", {"flite": {"voice": VOICE}})
        self._bank.open("en")
        backend = InferenceBackend(InferenceSettings(), report=lambda level, message: print(message, file=sys.stderr))
        self._retriever = Retriever(self.persona, open_encoder(backend))
        test = read_yaml(self.persona.directory / "questions_test.yaml")
        phrases = self.persona.grammar_phrases
        order = np.random.default_rng(seed)
        self.phrases = [phrases[int(k)] for k in order.permutation(len(phrases))[: 6 if quick else 60]]
        known = list(test["in_scope"].items())
        self.known = dict(known[::15] if quick else known)
        self.foreign = list(test["out_of_scope"])[:: 12 if quick else 1]

    def close(self) -> None:
        self._bank.close()

    def ask(self, listener: Listener, question: str) -> Heard:
        speech = self._bank.say(question, "en", Emotion()).speech
        return listener.hear(speech.pcm, speech.sample_rate)

    def suggested(self, listener: Listener) -> dict[str, Any]:
        """Suggested questions, word for word: is the first reading the phrase? Is another taken for one?"""
        right = sum(self.ask(listener, phrase).text == normal(phrase) for phrase in self.phrases)
        every = {normal(phrase) for phrase in self.persona.grammar_phrases}
        mistaken = sum(self.ask(listener, question).text in every for question in self.foreign)
        n, m = len(self.phrases), len(self.foreign)
        return {
            "n": n,
            "accuracy": round(right / n, 3),
            "accuracy_ci95": wilson(right, n),
            "out_of_grammar": {
                "n": m,
                "accepted": round(mistaken / m, 3),
                "accepted_ci95": wilson(mistaken, m),
            },
        }

    def answered(self, listener: Listener) -> dict[str, Any]:
        """Questions in own words: how many find the intent that answers them, asked back or not."""
        counts = {Outcome.ANSWER: 0, Outcome.SUGGEST: 0}
        for question, names in self.known.items():
            heard = self.ask(listener, question)
            finding = self._retriever.find(list(heard.hypotheses))
            fits = bool(finding.candidates) and finding.candidates[0].intent.name in names.split()
            if fits and finding.outcome in counts:
                counts[finding.outcome] += 1
            print(f"{'+' if fits else '-'} {question} | {heard.text}", file=sys.stderr)
        n, right = len(self.known), counts[Outcome.ANSWER]
        return {
            "n": n,
            "rate": round(right / n, 3),
            "ci95": wilson(right, n),
            "did_you_mean_right": round(counts[Outcome.SUGGEST] / n, 3),
        }


def _settings(phrases: Iterable[str]) -> HearingSettings:
    return HearingSettings(recognition=RecogniserSettings(grammar_phrases=tuple(phrases)))


def _spoken(quick: bool, seed: int, notes: list[str]) -> dict[str, Any]:
    """The part with synthetic questions; null where voice, encoder or persona is missing."""
    try:
        questions = Questions(quick, seed)
    except VisavisError as error:
        notes.append(f"grammar, answered_right: {error}")
        return {"grammar": None, "answered_right": None}
    listener = Listener(_settings(questions.persona.grammar_phrases), seed)
    try:
        return {"grammar": questions.suggested(listener), "answered_right": questions.answered(listener)}
    finally:
        listener.close()
        questions.close()


def run(quick: bool, seed: int) -> dict[str, Any]:
    """The report of `visavis bench asr`.

    Args:
        quick: a quarter of the recordings, some of the questions.
        seed: of the room's noise and the choice of suggested questions.

    Raises:
        EngineError: the detector or the recogniser is missing.
    """
    begin, machine = time.perf_counter(), describe_machine()
    notes = [
        f"grammar, answered_right: synthetic questions (flite {VOICE}) to the persona {PERSONA}; people will "
        "fare worse",
        "grammar.accuracy: the first reading is the phrase; out_of_grammar: others taken for a phrase",
        "answered_right.rate: the dialogue's retrieval answers with a fitting intent, without asking back",
        "contractions count as the words they stand for",
    ]
    directory = recordings()
    people = transcribed(directory) if directory else []
    if not people:
        notes.append("dictation: no recordings of people found (VISAVIS_DATA)")
    listener = Listener(_settings(()), seed)
    try:
        human = dictation(listener, people[::4] if quick else people)
    finally:
        listener.close()
    return {
        "bench": "asr",
        "version": package_version(),
        "machine": machine,
        "engines": {"pocketsphinx": {**_spoken(quick, seed, notes), "dictation": human}},
        "path": "session",
        "data": f"{len(people)} recordings of people with transcripts; {VOICE} saying questions to {PERSONA}",
        "seconds": round(time.perf_counter() - begin, 1),
        "notes": notes,
    }
