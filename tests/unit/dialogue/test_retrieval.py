from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis_agent.core.records import Hypothesis
from visavis_agent.core.settings import read_yaml
from visavis_agent.dialogue.embedding import SentenceEncoder
from visavis_agent.dialogue.persona import Persona
from visavis_agent.dialogue.retrieval import Outcome, Retriever


def ask(retriever: Retriever, *texts: str) -> tuple[str, Outcome]:
    finding = retriever.find([Hypothesis(text, 1.0 / (rank + 1)) for rank, text in enumerate(texts)])
    return (finding.candidates[0].intent.name if finding.candidates else ""), finding.outcome


def test_other_words_for_the_same_question_are_understood(retriever: Retriever) -> None:
    assert ask(retriever, "excuse me, which way to the washrooms") == ("toilets", Outcome.ANSWER)
    assert ask(retriever, "my boy wants to see the dinosaurs") == ("dinosaur_hall", Outcome.ANSWER)


def test_nonsense_and_other_worlds_are_not_answered(retriever: Retriever) -> None:
    assert ask(retriever, "purple ladders argue about soup")[1] is Outcome.UNKNOWN
    assert ask(retriever, "compose a letter to my landlord")[1] is Outcome.UNKNOWN


def test_nothing_heard_is_not_found(retriever: Retriever) -> None:
    for hypotheses in ([], [Hypothesis("")], [Hypothesis("\x00 … 😀")]):
        finding = retriever.find(hypotheses)
        assert finding.outcome is Outcome.UNKNOWN
        assert finding.candidates == ()
        assert not finding.vector.any()


def test_a_better_second_hypothesis_helps_a_garbled_first_one(retriever: Retriever) -> None:
    garbled = "wears the bus from"
    alone = retriever.find([Hypothesis(garbled)])
    together = retriever.find([Hypothesis(garbled, 0.5), Hypothesis("where's the bathroom", 0.5)])
    toilets = {c.intent.name: c.score for c in together.candidates}.get("toilets", 0.0)
    assert toilets > {c.intent.name: c.score for c in alone.candidates}.get("toilets", 0.0)


def test_a_misheard_known_question_is_rescued_by_its_letters(retriever: Retriever) -> None:
    name, outcome = ask(retriever, "wen is the next plan it arium show")
    assert name == "planetarium_times"
    assert outcome is not Outcome.UNKNOWN


def test_thresholds_are_obeyed(vera: Persona, encoder: SentenceEncoder) -> None:
    question = [Hypothesis("which way to the washrooms")]
    assert Retriever(vera, encoder, 1.5, 1.5).find(question).outcome is Outcome.UNKNOWN
    assert Retriever(vera, encoder, 1.5, 0.1).find(question).outcome is Outcome.SUGGEST
    assert Retriever(vera, encoder, 0.1, 0.1).find(question).outcome is Outcome.ANSWER


def test_held_out_paraphrases_and_foreign_questions(vera: Persona, retriever: Retriever) -> None:
    questions = read_yaml(vera.directory / "questions_test.yaml")
    found = [(*ask(retriever, text), names.split()) for text, names in questions["in_scope"].items()]
    answered = np.mean([name in right and outcome is Outcome.ANSWER for name, outcome, right in found])
    helped = np.mean([name in right and outcome is not Outcome.UNKNOWN for name, outcome, right in found])
    wrong = np.mean([name not in right and outcome is Outcome.ANSWER for name, outcome, right in found])
    foreign = [(*ask(retriever, text), names.split()) for text, names in questions["out_of_scope"].items()]
    false = np.mean([name not in right and outcome is Outcome.ANSWER for name, outcome, right in foreign])
    assert answered >= 0.72
    assert helped >= 0.82
    assert wrong <= 0.09
    assert false <= 0.125


@given(st.lists(st.tuples(st.text(max_size=80), st.floats(0, 1)), max_size=7))
def test_any_list_of_hypotheses_gives_an_ordered_finding(
    retriever: Retriever, hypotheses: list[tuple[str, float]]
) -> None:
    finding = retriever.find([Hypothesis(text, confidence) for text, confidence in hypotheses])
    scores = [candidate.score for candidate in finding.candidates]
    assert scores == sorted(scores, reverse=True)
    assert np.isfinite(scores).all()
    assert np.isfinite(finding.vector).all()


@pytest.mark.parametrize("text", ["a" * 100_000, "where " * 20_000, "\x07" * 100_000, "出" * 100_000])
def test_endless_text_is_bounded_work(retriever: Retriever, text: str) -> None:
    assert retriever.find([Hypothesis(text)] * 50).outcome in set(Outcome)
