"""Texts that somebody wants said, and another persona at run time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.dialogue.test_stage import TOILETS, Desk
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import AgentEmotion, Level, Selection, SpeechPlan, UserTurn
from visavis_agent.dialogue.embedding import SentenceEncoder
from visavis_agent.dialogue.persona import Persona, persona_names


@pytest.fixture
def desk(encoder: SentenceEncoder) -> Desk:
    return Desk()


def said(desk: Desk, text: str, emotion: Emotion = Emotion(), locale: str = "en") -> list[SpeechPlan]:
    id = ReplyId(1, 1)
    desk.accept(id)
    turn = UserTurn(media_ns=0, id=id, hypotheses=(), speech_end_ns=0, say=text, emotion=emotion, locale=locale)
    desk.stage.handle(turn)
    return desk.plans(id)


def test_a_text_is_said_as_it_is_with_its_gestures_and_expression(desk: Desk) -> None:
    plans = said(desk, "<gesture wave>Good morning! <set expression(joy)>It is a beautiful day.")
    assert " ".join(plan.text for plan in plans) == "Good morning! It is a beautiful day."
    assert plans[0].gestures[0].name == "wave" and plans[-1].emotion.label == "joy"
    assert [plan.last for plan in plans] == [False] * (len(plans) - 1) + [True]


def test_a_given_emotion_and_language_are_those_of_the_voice(desk: Desk) -> None:
    sad = Emotion.of({"sadness": 1.0}, intensity=0.8, confidence=1.0)
    plans = said(desk, "Es regnet wieder.", sad, "de")
    assert plans[0].emotion == sad and plans[0].locale == "de"


def test_wrong_markup_is_left_out_and_said_in_the_diagnostics(desk: Desk) -> None:
    plans = said(desk, "<gesture somersault>Look, 2 > 1.")
    assert " ".join(plan.text for plan in plans).split() == ["Look,", "2", "1."]
    assert any(level is Level.WARN and "somersault" in text for level, text in desk.host.diagnostics)


def test_what_was_said_is_remembered_as_far_as_it_was_heard(desk: Desk) -> None:
    said(desk, "The museum closes at six.")
    desk.heard(ReplyId(1, 1), "The museum closes at six.")
    assert "closes at six" in desk.ask("Say that again.", turn=2)


def test_a_flood_of_turns_answers_the_last_and_computes_few(desk: Desk) -> None:
    for number in range(1, 500):
        desk.accept(desk.turn(TOILETS, number))
    desk.host.advance(SECOND)
    assert {plan.id.turn for plan in desk.host.of(SpeechPlan)} == {499}
    assert len(desk.stage._jobs) == 0


def test_another_persona_answers_after_it_was_chosen(desk: Desk, vera: Persona, tmp_path: Path) -> None:
    other = tmp_path / "otto"
    shutil.copytree(vera.directory, other)
    for file in other.glob("*.yaml"):
        file.write_text(file.read_text().replace("Vera", "Otto"))
    assert "Vera" in desk.ask("What is your name?")
    desk.stage.handle(Selection(media_ns=0, persona=str(other)))
    moods = len(desk.host.of(AgentEmotion))
    desk.host.advance(100 * MS)
    assert len(desk.host.of(AgentEmotion)) > moods
    assert "Otto" in desk.ask("What is your name?", turn=2)
    desk.stage.handle(Selection(media_ns=0, persona=""))
    desk.host.advance(100 * MS)
    assert "Vera" in desk.ask("What is your name?", turn=3)


def test_a_damaged_persona_leaves_the_old_one(desk: Desk, tmp_path: Path) -> None:
    desk.stage.handle(Selection(media_ns=0, persona=str(tmp_path / "nobody")))
    desk.host.advance(100 * MS)
    assert "Vera" in desk.ask("What is your name?")
    assert any(level is Level.ERROR and "stays" in text for level, text in desk.host.diagnostics)


def test_persona_packs_are_listed() -> None:
    assert "vera" in persona_names()
