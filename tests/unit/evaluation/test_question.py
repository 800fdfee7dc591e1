"""The visitor's question that the demo asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.speech.conftest import voice_or_skip
from visavis_agent.core.errors import InputError
from visavis_agent.core.inference import InferenceBackend, InferenceSettings
from visavis_agent.core.records import equal
from visavis_agent.dialogue.embedding import open_encoder
from visavis_agent.dialogue.persona import load_persona
from visavis_agent.dialogue.retrieval import Outcome, Retriever
from visavis_agent.evaluation.heard import Listener
from visavis_agent.evaluation.question import DEMO_QUESTION, SpokenQuestion, spoken_question
from visavis_agent.hearing.media import AudioFile
from visavis_agent.hearing.recogniser import RecogniserSettings
from visavis_agent.hearing.stage import HearingSettings


@pytest.fixture(autouse=True)
def _voice() -> None:
    voice_or_skip("flite")


def level(question: SpokenQuestion, start_ns: int, end_ns: int) -> float:
    """RMS in dB of full scale."""
    part = question.pcm[start_ns * 16 // 1_000_000 : end_ns * 16 // 1_000_000].astype(float)
    return 20 * float(np.log10(np.sqrt(np.mean(part**2)) / 32768))


def test_a_quiet_room_surrounds_the_voice() -> None:
    question = spoken_question()
    total_ns = len(question.pcm) * 62_500
    assert question.sample_rate == 16_000
    assert (question.start_ns, total_ns - question.end_ns) == (1_000_000_000, 1_000_000_000)
    for start, end in ((0, question.start_ns), (question.end_ns, total_ns)):
        assert -75 < level(question, start, end) < -63
    assert -30 < level(question, question.start_ns, question.end_ns) < -18
    assert np.abs(question.pcm.astype(int)).max() < 32_000


def test_the_seed_makes_the_visitor_and_the_room() -> None:
    first, again, other = spoken_question(seed=1), spoken_question(seed=1), spoken_question(seed=2)
    assert equal(first.pcm, again.pcm)
    assert first.end_ns != other.end_ns


def test_blocks_follow_each_other_and_hold_everything() -> None:
    question = spoken_question("Hello.")
    blocks = list(question.blocks(5_000_000))
    assert equal(np.concatenate([block.pcm for block in blocks]), question.pcm)
    assert [block.media_ns for block in blocks[:3]] == [5_000_000, 37_000_000, 69_000_000]


def test_the_wav_file_gives_the_same_sound_back(tmp_path: Path) -> None:
    question = spoken_question("Hello.")
    path = tmp_path / "new" / "question.wav"
    question.save(path)
    file = AudioFile(path)
    assert equal(np.concatenate([block.pcm for block in iter(file.read, None)]), question.pcm)
    with pytest.raises(InputError, match="cannot be written"):
        question.save(tmp_path)


@pytest.mark.parametrize("text", ["", " … ", "こんにちは"])
def test_a_text_without_anything_to_say_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="nothing to say"):
        spoken_question(text)


def test_the_demo_question_is_understood_in_several_voices() -> None:
    persona = load_persona("vera")
    assert DEMO_QUESTION in persona.profile.suggested_questions
    retriever = Retriever(persona, open_encoder(InferenceBackend(InferenceSettings(), report=print)))
    grammar = RecogniserSettings(grammar_phrases=tuple(persona.grammar_phrases))
    listener = Listener(HearingSettings(recognition=grammar), 0)
    try:
        for seed in range(3):
            question = spoken_question(seed=seed)
            finding = retriever.find(list(listener.hear(question.pcm, question.sample_rate).hypotheses))
            assert finding.outcome is Outcome.ANSWER
            assert finding.candidates[0].intent.name == "exhibits"
    finally:
        listener.close()
