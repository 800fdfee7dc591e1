"""The persona that is shipped: complete, speakable, and never wrong about its own questions."""

from __future__ import annotations

import re

from visavis_agent.core.records import Hypothesis
from visavis_agent.core.settings import read_yaml
from visavis_agent.dialogue.markup import clauses, plain
from visavis_agent.dialogue.persona import Persona
from visavis_agent.dialogue.retrieval import Outcome, Retriever
from visavis_agent.dialogue.words import words


def spoken(vera: Persona) -> list[str]:
    texts = [*vera.profile.greeting]
    for intent in vera.intents:
        texts += [*intent.text.answer, *([intent.text.more] if intent.text.more else [])]
    return texts


def test_she_knows_much_and_each_thing_can_be_asked_in_several_ways(vera: Persona) -> None:
    assert len(vera.intents) >= 60
    assert min(len(intent.text.ask) for intent in vera.intents) >= 4
    assert len(vera.profile.suggested_questions) == 8


def test_her_answers_are_short_enough_to_be_listened_to(vera: Persona) -> None:
    for text in spoken(vera):
        assert len(words(plain(text))) <= 45, text
        assert len(clauses(text)[0].text) <= 75, text


def test_her_answers_can_be_read_aloud_as_they_are(vera: Persona) -> None:
    for text in spoken(vera):
        assert re.fullmatch(r"[A-Za-zàâçéèêîôû ,.;:!?'’…-]+", plain(text)), text


def test_she_waves_at_a_greeting_and_points_where_the_way_goes(vera: Persona) -> None:
    assert all("<gesture wave>" in text for text in vera.profile.greeting)
    for text in spoken(vera):
        # Her own left is the visitor's right.
        assert "on your right" not in text or "<gesture point_right>" not in text, text
        assert "on your left" not in text or "<gesture point_left>" not in text, text


def test_every_suggested_question_and_way_to_ask_finds_its_answer(vera: Persona, retriever: Retriever) -> None:
    for intent in vera.intents:
        for way in intent.text.ask:
            finding = retriever.find([Hypothesis(way)])
            assert finding.outcome is Outcome.ANSWER, way
            assert finding.candidates[0].intent.name == intent.name, way


def test_ways_to_ask_survive_a_recogniser_that_writes_no_punctuation(vera: Persona, retriever: Retriever) -> None:
    phrases = vera.grammar_phrases
    found = [retriever.find([Hypothesis(phrase)]).outcome is Outcome.ANSWER for phrase in phrases[::5]]
    assert all(found)


def test_the_questions_for_benches_name_intents_that_exist(vera: Persona) -> None:
    names = {intent.name for intent in vera.intents}
    for part in ("dev", "test"):
        questions = read_yaml(vera.directory / f"questions_{part}.yaml")
        assert len(questions["in_scope"]) >= 80
        assert len(questions["out_of_scope"]) >= 30
        for group in questions.values():
            assert all(set(intents.split()) <= names for intents in group.values())


def test_no_test_question_is_a_way_to_ask(vera: Persona) -> None:
    tested = read_yaml(vera.directory / "questions_test.yaml")["in_scope"]
    assert not {" ".join(words(question)) for question in tested} & set(vera.grammar_phrases)
