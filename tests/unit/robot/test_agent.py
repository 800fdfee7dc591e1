"""What other programs ask of the agent stage, and what they are told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import InputError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    AvatarWish,
    DevicesEnabled,
    DeviceSwitch,
    Phase,
    Selection,
    SpeechPlan,
    TextInput,
    TextSource,
    TurnState,
    UserTurn,
    WordsHeard,
)
from visavis_agent.rendering.avatar import Attributes
from visavis_agent.robot import agent
from visavis_agent.robot.agent import AgentSettings, AgentStage
from visavis_agent.robot.chat import Answer
from visavis_agent.robot.saying import Outcome, Said, Saying


class Desk:
    """An agent stage, and the stages around it played by the test."""

    def __init__(self, alone: bool = False, **settings: Any) -> None:
        self.host = FakeHost()
        self.stage = AgentStage(AgentSettings(**settings), self.host)
        self.stage.start()
        self.answers: list[Answer] = []
        self.said: list[Said] = []
        self.words: list[tuple[str, int]] = []
        self.turn = 0
        if not alone:
            self.state()
            self.host.advance(SECOND)

    def state(self, phase: Phase = Phase.IDLE, **fields: Any) -> None:
        id = fields.pop("id", ReplyId(1, self.turn))
        self.stage.handle(TurnState(media_ns=self.host.now(), id=id, phase=phase, **fields))

    def take(self, text: TextInput | None = None) -> ReplyId:
        """The conversation makes a turn of the newest text."""
        text = text or self.texts[-1]
        self.turn += 1
        id = ReplyId(1, self.turn)
        self.state(Phase.THINKING)
        now = self.host.now()
        self.stage.handle(
            UserTurn(media_ns=now, id=id, hypotheses=(), speech_end_ns=now, say=text.text, request=text.request)
        )
        return id

    def plan(self, id: ReplyId, text: str, last: bool = True, clause: int = 0) -> None:
        self.stage.handle(SpeechPlan(media_ns=self.host.now(), id=id, clause=clause, text=text, last=last))

    def heard(self, id: ReplyId, text: str, complete: bool = False) -> None:
        self.stage.handle(WordsHeard(media_ns=self.host.now(), id=id, text=text, complete=complete))

    def chat(self, text: str = "Hello") -> None:
        self.stage.chat(text, "", "en", self.answers.append)

    def say(self, text: str = "One two three.", at_once: bool = False) -> Saying:
        return self.stage.say(
            text, "en", Emotion(), at_once, lambda id, word, n: self.words.append((word, n)), self.said.append
        )

    @property
    def texts(self) -> list[TextInput]:
        return self.host.of(TextInput)


# --------------------------------------------------------------------------------------------------------- chat
def test_a_chat_is_answered_with_the_whole_plan() -> None:
    desk = Desk()
    desk.chat("Who are you?")
    assert desk.texts[-1].source is TextSource.SERVICE and not desk.texts[-1].say
    id = desk.take()
    desk.plan(id, "I am Vera.", last=False)
    assert not desk.answers
    desk.plan(id, "I live here.", clause=1)
    assert desk.answers == [Answer(True, "", id, "I am Vera. I live here.")]


def test_a_plan_that_comes_before_its_turn_counts() -> None:
    desk = Desk()
    desk.chat()
    desk.plan(ReplyId(1, 1), "Good day.")
    desk.take()
    assert desk.answers[0].text == "Good day."


def test_a_chat_that_another_turn_overtakes_fails_with_words() -> None:
    desk = Desk()
    desk.chat()
    desk.take()
    desk.turn += 1
    desk.state(Phase.THINKING)
    assert not desk.answers[0].success and "Another turn" in desk.answers[0].message


@pytest.mark.parametrize(("taken", "who"), [(False, "conversation"), (True, "dialogue")])
def test_a_chat_that_nobody_answers_ends(taken: bool, who: str) -> None:
    desk = Desk()
    desk.chat()
    if taken:
        desk.take()
    desk.host.advance(30 * SECOND)
    assert not desk.answers[0].success and who in desk.answers[0].message


def test_too_many_chats_are_refused_and_stop_answers_all() -> None:
    desk = Desk()
    for _ in range(64):
        desk.chat()
    with pytest.raises(InputError, match="wait for their answers"):
        desk.chat()
    asked = len(desk.texts)
    desk.stage.stop()
    assert len(desk.answers) == asked and not any(answer.success for answer in desk.answers)


# ---------------------------------------------------------------------------------------------------------- say
def test_a_text_is_said_with_a_word_at_a_time() -> None:
    desk = Desk()
    desk.say()
    assert desk.texts[-1].say
    id = desk.take()
    desk.heard(id, "One")
    desk.heard(id, "One two")
    desk.heard(id, "One two three.", complete=True)
    assert desk.words == [("One", 0), ("two", 1), ("three.", 2)]
    assert desk.said == [Said(Outcome.SPOKEN, id, "One two three.")]


def test_texts_wait_for_each_other_and_for_the_visitor() -> None:
    desk = Desk()
    desk.state(Phase.LISTENING, user_speaking=True)
    desk.say("First.")
    desk.say("Second.")
    assert not desk.texts
    desk.state(Phase.LISTENING)
    desk.host.advance(SECOND)
    assert not desk.texts, "his words may still be on their way"
    desk.host.advance(SECOND)
    assert [text.text for text in desk.texts] == ["First."]
    id = desk.take()
    desk.heard(id, "First.", complete=True)
    assert [text.text for text in desk.texts] == ["First."], "the turn is not over"
    desk.state(Phase.LISTENING)
    assert [text.text for text in desk.texts] == ["First.", "Second."]


def test_a_text_that_cuts_in_interrupts_the_one_before() -> None:
    desk = Desk()
    desk.say("A long story.")
    old = desk.take()
    desk.heard(old, "A")
    desk.say("Fire!", at_once=True)
    assert desk.texts[-1].text == "Fire!"
    new = desk.take()
    desk.heard(old, "A long")  # the last word came late
    desk.host.advance(SECOND)
    desk.heard(new, "Fire!", complete=True)
    assert [(said.outcome, said.heard) for said in desk.said] == [
        (Outcome.INTERRUPTED, "A long"),
        (Outcome.SPOKEN, "Fire!"),
    ]


def test_cancelling_stops_what_is_said_and_forgets_what_waits() -> None:
    desk = Desk()
    first, second = desk.say("First."), desk.say("Second.")
    id = desk.take()
    second.cancel()
    assert desk.said[-1].outcome is Outcome.INTERRUPTED and desk.said[-1].heard == ""
    first.cancel()
    assert desk.texts[-1].text == "", "the conversation is asked to be silent"
    desk.turn += 1
    desk.state(Phase.LISTENING)
    desk.host.advance(SECOND)
    assert desk.said[-1] == Said(Outcome.INTERRUPTED, id)
    assert [text.text for text in desk.texts] == ["First.", ""]


@pytest.mark.parametrize(("progress", "words"), [(0, "conversation"), (1, "voice"), (2, "Nothing could be heard")])
def test_a_text_that_cannot_be_said_fails_with_words(progress: int, words: str) -> None:
    desk = Desk()
    desk.say()
    if progress:
        desk.take()
    if progress == 2:
        desk.state(Phase.LISTENING, reason="no reply")
    desk.host.advance(30 * SECOND)
    assert desk.said[0].outcome is Outcome.FAILED and words in desk.said[0].message


def test_a_queue_has_an_end_and_bad_texts_are_refused() -> None:
    desk = Desk()
    for _ in range(40):
        desk.say()
    assert 0 < len(desk.said) < 10 and "waiting already" in desk.said[0].message
    for text in ("", " ", "x" * 100_001, "<gesture somersault> Hey.", "a < b"):
        with pytest.raises(Exception, match=r"character|somersault|partner"):
            desk.say(text)


@given(st.lists(st.integers(0, 7), max_size=40))
def test_every_text_ends_exactly_once_whatever_happens(steps: list[int]) -> None:
    desk = Desk()
    sayings: list[Saying] = []
    for step in steps:
        if step in (0, 1):
            sayings.append(desk.say("Some words.", at_once=step == 1))
        elif step == 2 and desk.texts:
            desk.take()
        elif step == 3:
            desk.state(Phase.LISTENING)
        elif step == 4:
            desk.heard(ReplyId(1, desk.turn), "Some words.", complete=True)
        elif step == 5 and sayings:
            sayings[len(sayings) // 2].cancel()
        elif step == 6:
            desk.host.advance(2 * SECOND)
        else:
            desk.turn += 1
            desk.state(Phase.LISTENING, user_speaking=step == 7)
    desk.state(Phase.IDLE)
    desk.host.advance(1000 * SECOND)
    desk.stage.stop()
    assert len(desk.said) == len(sayings)


# ------------------------------------------------------------------------------------------------------- start
def test_what_is_asked_before_the_conversation_is_there_waits_for_it() -> None:
    desk = Desk(alone=True)
    desk.chat()
    desk.say()
    desk.host.advance(8 * SECOND)
    assert not desk.texts and not desk.answers and not desk.said
    desk.state()
    desk.host.advance(SECOND)
    assert [text.say for text in desk.texts] == [False, True]


def test_what_waits_for_the_conversation_ends_with_the_stage() -> None:
    desk = Desk(alone=True)
    desk.chat()
    desk.say()
    desk.stage.stop()
    assert len(desk.answers) == len(desk.said) == 1


def test_without_a_conversation_everything_fails_with_words() -> None:
    desk = Desk(alone=True)
    desk.chat()
    desk.say(at_once=True)
    desk.say().cancel()
    told: list[str] = []
    desk.stage.interrupt(lambda active, words, id: told.append(words))
    desk.stage.enable("sound", False, lambda success, words: told.append(words))
    desk.host.advance(30 * SECOND)
    told += [desk.answers[0].message, desk.said[-1].message]
    assert len(told) == 4 and all("conversation" in words for words in told)
    assert desk.said[0].outcome is Outcome.INTERRUPTED and len(desk.said) == 2


# --------------------------------------------------------------------------------------------------- interrupt
@pytest.mark.parametrize(("phase", "active"), [(Phase.SPEAKING, True), (Phase.LISTENING, False)])
def test_an_interruption_tells_whether_there_was_anything(phase: Phase, active: bool) -> None:
    desk = Desk()
    desk.state(phase)
    told: list[tuple[bool, str, ReplyId]] = []
    desk.stage.interrupt(lambda *answer: told.append(answer))
    assert desk.texts[-1].text == "" and not told
    desk.turn += 1
    desk.state(Phase.LISTENING)
    assert told[0][0] is active and told[0][1] and told[0][2] == ReplyId(1, desk.turn)


# ----------------------------------------------------------------------------------------------------- devices
def test_a_device_is_off_when_the_conversation_knows_it() -> None:
    desk = Desk()
    told: list[tuple[bool, str]] = []
    desk.stage.enable("camera", False, lambda *answer: told.append(answer))
    wanted = desk.host.of(DevicesEnabled)[-1]
    assert (wanted.microphone, wanted.camera, wanted.sound) == (True, False, True)
    assert not told
    desk.state(camera=False)
    assert told == [(True, "")]
    desk.stage.enable("sound", False, lambda *answer: told.append(answer))
    assert not desk.host.of(DevicesEnabled)[-1].camera, "the other one stays off"
    desk.host.advance(10 * SECOND)
    assert not told[-1][0] and "conversation" in told[-1][1]


def test_the_camera_is_off_until_a_visitor_consents() -> None:
    desk = Desk(consent=True)
    wanted = desk.host.of(DevicesEnabled)
    assert [(w.microphone, w.camera, w.sound) for w in wanted] == [(True, False, True)]
    desk.stage.handle(DeviceSwitch(media_ns=desk.host.now(), device="camera", on=True))
    assert desk.host.of(DevicesEnabled)[-1].camera
    assert not Desk().host.of(DevicesEnabled)


def test_after_a_restart_what_was_off_stays_off() -> None:
    desk = Desk()
    desk.state(microphone=False)
    assert not desk.host.of(DevicesEnabled)[-1].microphone, "who comes later must know"
    desk.stage.enable("camera", False, lambda *answer: None)
    assert not desk.host.of(DevicesEnabled)[-1].microphone


def test_a_choice_waits_for_the_end_of_the_turn() -> None:
    desk = Desk()
    desk.state(Phase.SPEAKING)
    desk.stage.select_persona("vera")
    assert not desk.host.of(Selection)
    desk.state(Phase.LISTENING)
    assert [(chosen.avatar, chosen.persona) for chosen in desk.host.of(Selection)] == [("", "vera")]
    desk.host.advance(100 * MS)
    desk.state(Phase.LISTENING)
    assert len(desk.host.of(Selection)) == 1


CAST = {
    "ann": Attributes("human", "feminine", 30),
    "bea": Attributes("human", "feminine", 22),
    "carl": Attributes("human", "masculine", 62),
}


def test_a_visitors_wish_changes_the_face_between_two_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "cast", lambda: CAST)
    desk = Desk(avatar="ann")
    desk.state(Phase.SPEAKING)
    desk.stage.handle(AvatarWish(media_ns=desk.host.now(), description="I'd like to talk to an older man"))
    assert not desk.host.of(Selection)
    desk.state(Phase.LISTENING)
    assert [(s.avatar, s.presentation) for s in desk.host.of(Selection)] == [("carl", "masculine")]
    desk.stage.handle(AvatarWish(media_ns=desk.host.now(), description="the robot"))
    assert len(desk.host.of(Selection)) == 1, "there is none"


def test_a_face_is_chosen_by_name_or_description(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "cast", lambda: CAST)
    desk = Desk(avatar="ann")
    assert desk.stage.select_avatar("bea") == "bea"
    assert desk.stage.select_avatar("", "a 28-year-old woman") == "ann"
    assert desk.stage.select_avatar("", "somebody else") in ("bea", "carl")
    for name, description, words in (
        ("ann", "an older man", "both given"),
        ("", "", "no avatar"),
        ("../ann", "", "ann, bea, carl"),
        ("", "When are you open?", "30-year-old"),
        ("", "a robot", "nobody fits"),
    ):
        with pytest.raises(InputError, match=words):
            desk.stage.select_avatar(name, description)
