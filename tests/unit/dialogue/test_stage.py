from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fake_host import FakeHost
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    NO_REPLY,
    AgentEmotion,
    AvatarWish,
    FaceAffect,
    Hypothesis,
    Lane,
    Person,
    Persons,
    Phase,
    Presence,
    SpeechPlan,
    TextSource,
    TurnState,
    UserEmotion,
    UserTurn,
    Utterance,
    VoiceAffect,
    WordsHeard,
    equal,
)
from visavis_agent.dialogue.embedding import SentenceEncoder
from visavis_agent.dialogue.emotion import emotion_from
from visavis_agent.dialogue.stage import REPLIES_KEPT, DialogueSettings, DialogueStage
from visavis_agent.graph import GRAPH

TOILETS = "Where are the toilets?"


class Desk:
    """A dialogue stage and its surroundings."""

    def __init__(self, seed: int = 0, **settings: object) -> None:
        self.host = FakeHost(seed)
        self.stage = DialogueStage(DialogueSettings(**settings), self.host)  # type: ignore[arg-type]
        self.stage.start()
        self.epoch = 1

    def turn(self, text: str, turn: int = 1, reply: int = 0, draft: bool = False, session: str = "") -> ReplyId:
        id = ReplyId(self.epoch, turn, reply)
        hypotheses = (Hypothesis(text),) if text else ()
        now = self.host.now()
        record = UserTurn(media_ns=now, session=session, id=id, hypotheses=hypotheses, speech_end_ns=now, draft=draft)
        self.stage.handle(record)
        return id

    def ask(self, text: str, turn: int = 1, **more: object) -> str:
        """The whole reply to a question."""
        id = self.turn(text, turn, **more)  # type: ignore[arg-type]
        self.host.advance(SECOND // 10)
        return self.said(id)

    def accept(self, id: ReplyId) -> None:
        self.stage.handle(TurnState(media_ns=self.host.now(), id=id, phase=Phase.THINKING))

    def heard(self, id: ReplyId, text: str, complete: bool = True) -> None:
        self.stage.handle(WordsHeard(media_ns=self.host.now(), id=id, text=text, complete=complete))

    def plans(self, id: ReplyId) -> list[SpeechPlan]:
        return [plan for plan in self.host.of(SpeechPlan) if plan.id == id]

    def said(self, id: ReplyId) -> str:
        return " ".join(plan.text for plan in self.plans(id))


@pytest.fixture
def desk(encoder: SentenceEncoder) -> Desk:
    return Desk()


def test_the_graph_gives_the_stage_what_it_handles() -> None:
    spec = GRAPH.stage("dialogue")
    assert spec.load() is DialogueStage
    assert set(DialogueStage.handlers) == set(spec.inputs)


def test_a_turn_is_answered_in_clauses_under_its_id_after_the_declared_latency(desk: Desk) -> None:
    id = desk.turn(TOILETS)
    desk.host.advance(11 * MS)
    assert desk.plans(id) == []
    desk.host.advance(MS)
    plans = desk.plans(id)
    assert [plan.clause for plan in plans] == list(range(len(plans)))
    assert [plan.last for plan in plans] == [False] * (len(plans) - 1) + [True]
    assert len(plans[0].text) < 60
    assert "on your right" in desk.said(id)
    assert any(mark.name == "point_left" for plan in plans for mark in plan.gestures)
    assert {plan.media_ns for plan in plans} == {12 * MS}


def test_a_greeting_is_spoken_when_a_service_asks_for_it(desk: Desk) -> None:
    record = UserTurn(media_ns=0, id=ReplyId(1, 1, 0), hypotheses=(), speech_end_ns=0, source=TextSource.SERVICE)
    desk.stage.handle(record)
    desk.host.advance(SECOND)
    plans = desk.plans(ReplyId(1, 1, 0))
    assert any(mark.name == "wave" for mark in plans[0].gestures)
    assert plans[0].emotion.label == "joy"


def test_silence_and_rubbish_are_not_caught(desk: Desk) -> None:
    for turn, text in enumerate(("", "\x00\x01\x02", "…", "😀😀"), start=1):
        reply = desk.ask(text, turn)
        assert "catch that" in reply or "hear that" in reply


def test_the_same_seed_gives_the_same_records(encoder: SentenceEncoder) -> None:
    def course(seed: int) -> list[object]:
        desk = Desk(seed)
        for turn, text in enumerate((TOILETS, "tell me a joke", "blah blah", "tell me a joke"), start=1):
            desk.ask(text, turn)
        return list(desk.host.emitted)

    a, b = course(5), course(5)
    assert len(a) == len(b)
    assert all(equal(x, y) for x, y in zip(a, b, strict=True))


def test_turns_of_the_past_are_dropped_before_and_after_the_work(desk: Desk) -> None:
    desk.accept(ReplyId(1, 5, 0))
    assert desk.ask(TOILETS, turn=4) == ""
    late = desk.turn(TOILETS, turn=5)
    desk.accept(ReplyId(1, 6, 0))
    desk.host.advance(SECOND)
    assert desk.said(late) == ""
    assert desk.ask(TOILETS, turn=6) != ""


def test_a_draft_is_planned_but_touches_nothing_until_it_is_accepted(desk: Desk) -> None:
    desk.host.emitted.clear()
    draft = desk.turn("I'm so happy today.", draft=True)
    desk.host.advance(SECOND)
    assert desk.said(draft) != ""
    assert desk.host.of(UserEmotion) == []
    assert len(desk.stage._memory) == 0
    desk.accept(draft)
    assert desk.host.of(UserEmotion)[-1].emotion.label == "joy"
    assert desk.host.of(AgentEmotion)[-1].emotion.label == "joy"
    assert len(desk.stage._memory) == 1


@pytest.mark.parametrize("text", ["is there a", "can i come", "my son turns eight", "are there any case"])
def test_half_a_question_is_planned_and_kept_back_until_its_turn_is_taken(desk: Desk, text: str) -> None:
    draft = desk.turn(text, draft=True)
    desk.host.advance(SECOND)
    assert desk.said(draft) == ""
    desk.accept(draft)
    assert desk.said(draft) != "", "at once: it was planned"
    once = desk.plans(draft)
    desk.turn(text)
    desk.host.advance(SECOND)
    assert desk.plans(draft) == once


def test_the_final_version_of_a_draft_is_not_said_twice(desk: Desk) -> None:
    draft = desk.turn(TOILETS, draft=True)
    desk.host.advance(SECOND)
    once = desk.said(draft)
    desk.turn(TOILETS)
    desk.host.advance(SECOND)
    assert desk.said(draft) == once
    assert len(desk.stage._memory) == 1


def test_a_draft_accepted_while_it_is_still_computed_counts(desk: Desk) -> None:
    draft = desk.turn(TOILETS, draft=True)
    desk.accept(draft)
    desk.host.advance(SECOND)
    assert desk.said(draft) != ""
    assert len(desk.stage._memory) == 1


def test_a_dropped_draft_leaves_no_trace_in_the_conversation(desk: Desk) -> None:
    desk.ask("what about the leaflet with the layout", turn=1)
    draft = desk.turn("my favourite café", turn=2, draft=True)
    desk.host.advance(SECOND)
    other = desk.turn(TOILETS, turn=2, reply=1)
    desk.host.advance(SECOND)
    desk.accept(other)
    assert "on your right" in desk.said(other)
    assert desk.stage._memory.last_question == TOILETS
    assert draft not in desk.stage._prepared


def test_drafts_that_nobody_chose_do_not_pile_up(desk: Desk) -> None:
    for reply in range(100):
        desk.turn(TOILETS, reply=reply, draft=True)
        desk.host.advance(MS)
    desk.host.advance(SECOND)
    assert len(desk.stage._prepared) <= REPLIES_KEPT
    assert len(desk.stage._asked) <= REPLIES_KEPT


def test_a_repetition_comes_from_what_was_heard(desk: Desk) -> None:
    first = desk.ask(TOILETS, turn=1)
    desk.heard(ReplyId(1, 1, 0), first)
    assert desk.ask("Could you repeat that?", turn=2).endswith(first)


def test_after_an_interruption_only_the_heard_words_count_as_said(desk: Desk) -> None:
    first = desk.ask("What is that big pendulum?", turn=1)
    desk.heard(ReplyId(1, 1, 0), " ".join(first.split()[:5]), complete=False)
    again = desk.ask("Sorry, what?", turn=2)
    assert "only got as far as" in again
    assert again.endswith(first)


def test_did_you_mean_is_followed_up(desk: Desk) -> None:
    desk.stage.settings = DialogueSettings(answer_at=1.5, suggest_at=0.1)
    desk.stage.start()
    assert desk.ask("where would I find a cup of coffee", turn=1).endswith("the café?")
    assert "café" in desk.ask("yes", turn=2)


def test_somebody_new_is_not_told_about_the_one_before(desk: Desk) -> None:
    def engaged(name: str, *present: str) -> Persons:
        box = (0.4, 0.4, 0.2, 0.2)
        people = tuple(Person(person_id=id, presence=Presence.CONFIRMED, box=box) for id in present)
        return Persons(media_ns=desk.host.now(), persons=people, engaged_id=name)

    desk.stage.handle(engaged("a", "a"))
    desk.ask(TOILETS)
    desk.stage.handle(engaged("b", "a", "b"))
    assert len(desk.stage._memory) == 1  # a family takes turns
    desk.stage.handle(engaged("", "b"))
    desk.stage.handle(engaged("c", "c"))
    assert len(desk.stage._memory) == 0
    assert "haven't asked" in desk.ask("What did I ask you?", turn=2)


def test_another_session_is_another_conversation(desk: Desk) -> None:
    desk.ask(TOILETS, turn=1, session="one")
    assert "haven't asked" in desk.ask("What did I ask you?", turn=2, session="two")
    assert desk.host.of(SpeechPlan)[-1].session == "two"


def test_face_and_voice_are_fused_and_the_face_does_not_flood(desk: Desk) -> None:
    desk.host.emitted.clear()
    for _ in range(30):
        desk.stage.handle(FaceAffect(media_ns=desk.host.now(), person_id="a", emotion=emotion_from({"joy": 1.0}, 0.9)))
        desk.host.advance(33 * MS)
    fused = desk.host.of(UserEmotion)
    assert 4 <= len(fused) <= 6
    assert fused[-1].emotion.label == "joy"
    assert fused[-1].person_id == "a"
    desk.host.advance(20 * SECOND)
    desk.stage.handle(VoiceAffect(media_ns=desk.host.now(), emotion=emotion_from({"anger": 1.0}, 0.5)))
    assert desk.host.of(UserEmotion)[-1].emotion.label == "anger"


def test_the_tone_of_a_plain_question_changes_the_answer_and_a_calm_tone_does_not(encoder: SentenceEncoder) -> None:
    def answered(voice: Emotion) -> Emotion:
        desk = Desk()
        desk.stage.handle(VoiceAffect(media_ns=0, emotion=voice))
        desk.ask(TOILETS)
        return desk.host.of(SpeechPlan)[0].emotion

    untold = answered(Emotion())
    calm = answered(Emotion.of({"neutral": 0.8, "joy": 0.2}, valence=0.02, arousal=0.04, confidence=0.35))
    sad = answered(Emotion.of({"sadness": 0.5, "neutral": 0.5}, valence=-0.3, arousal=-0.7, confidence=0.35))
    glad = answered(Emotion.of({"joy": 0.8, "neutral": 0.2}, valence=0.3, arousal=0.7, confidence=0.35))
    assert calm.distribution == pytest.approx(untold.distribution, abs=0.03)
    assert calm.arousal == pytest.approx(untold.arousal, abs=0.03)
    assert sad.arousal < untold.arousal - 0.15 and sad.probability("sadness") > 0.1
    assert glad.arousal > untold.arousal + 0.15 and glad.probability("joy") > untold.probability("joy") + 0.15


def test_words_alone_change_face_and_words_of_the_answer(encoder: SentenceEncoder) -> None:
    sad, glad = Desk(), Desk()
    said = sad.ask("My dog died and I am so sad. Is there a cafe?")
    assert said.startswith("I'm sorry to hear that.") and "café" in said
    assert "café" in glad.ask("I am so happy today, it is my birthday! Is there a cafe?")
    moods = [desk.host.of(AgentEmotion)[-1].emotion for desk in (sad, glad)]
    assert moods[0].probability("sadness") > 0.2 and moods[1].probability("joy") > 0.4


def test_the_mood_calms_down_by_itself_and_then_rests(desk: Desk) -> None:
    resting = desk.host.of(AgentEmotion)[0].emotion.intensity
    desk.ask("You are beautiful.")
    excited = desk.host.of(AgentEmotion)[-1].emotion.intensity
    desk.host.advance(120 * SECOND)
    assert excited > desk.host.of(AgentEmotion)[-1].emotion.intensity
    assert desk.host.of(AgentEmotion)[-1].emotion.intensity == pytest.approx(resting, abs=0.05)
    count = len(desk.host.emitted)
    desk.host.advance(60 * SECOND)
    assert len(desk.host.emitted) == count


def test_the_face_stays_sorry_as_long_as_the_voice_is(desk: Desk) -> None:
    desk.ask("My dog died and I am so sad. Is there a cafe?")
    sorry = desk.host.of(AgentEmotion)[-1].emotion.probability("sadness")
    answer = desk.host.of(SpeechPlan)[-1].id
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=answer, phase=Phase.SPEAKING))
    desk.host.advance(9 * SECOND)
    assert desk.host.of(AgentEmotion)[-1].emotion.probability("sadness") == pytest.approx(sorry, abs=0.03)
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=answer, phase=Phase.IDLE))
    desk.host.advance(9 * SECOND)
    assert desk.host.of(AgentEmotion)[-1].emotion.probability("sadness") < 0.5 * sorry


def test_who_listens_goes_with_what_is_being_said_and_calms_down_where_it_was_nothing(desk: Desk) -> None:
    resting = desk.stage._affect.state
    told = desk.turn("My dog died and I am so sad.", draft=True)
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=ReplyId(), phase=Phase.LISTENING, user_speaking=True))
    desk.host.advance(9 * SECOND)
    assert desk.host.of(AgentEmotion)[-1].emotion.probability("sadness") > 0.2
    assert desk.stage._affect.state == pytest.approx(resting)
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=ReplyId(), phase=Phase.LISTENING))
    desk.host.advance(60 * SECOND)
    assert desk.host.of(AgentEmotion)[-1].emotion.probability("sadness") < 0.05
    desk.accept(told)
    assert desk.host.of(AgentEmotion)[-1].emotion.probability("sadness") > 0.2


@pytest.mark.parametrize(
    ("text", "phase", "sad"),
    [
        ("i am so sad today my dog", Phase.LISTENING, True),
        ("where is the dinosaur", Phase.LISTENING, False),
        ("i am so sad today my dog", Phase.SPEAKING, False),
    ],
)
def test_who_listens_goes_with_plain_feelings_before_there_is_a_pause(
    desk: Desk, text: str, phase: Phase, sad: bool
) -> None:
    resting = desk.stage._affect.state
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=ReplyId(), phase=phase, user_speaking=True))
    readings = (Hypothesis(text, 0.5),)
    desk.stage.handle(Utterance(media_ns=0, utterance=1, hypotheses=readings, final=False, start_ns=0, end_ns=0))
    desk.host.advance(SECOND // 10)
    shown = [emotion.emotion.valence for emotion in desk.host.of(AgentEmotion)]
    assert (shown[-1] < shown[0] - 0.15) is sad
    assert desk.stage._affect.state == pytest.approx(resting, abs=1e-3)


def test_a_glad_agent_lets_go_of_its_gladness_as_soon_as_trouble_is_told(desk: Desk) -> None:
    desk.ask("You are beautiful.")
    glad = desk.host.of(AgentEmotion)[-1].emotion.probability("joy")
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=ReplyId(), phase=Phase.LISTENING, user_speaking=True))
    now, readings = desk.host.now(), (Hypothesis("i am so sad today my dog", 0.5),)
    desk.stage.handle(Utterance(media_ns=now, utterance=1, hypotheses=readings, final=False, start_ns=now, end_ns=now))
    desk.host.advance(SECOND // 10)
    assert desk.host.of(AgentEmotion)[-1].emotion.probability("joy") < 0.5 * glad


def test_the_provider_is_published_and_a_cpu_is_no_fallback(desk: Desk) -> None:
    assert desk.stage.provider == "CPUExecutionProvider"
    assert desk.host.diagnostics == []


def test_an_unknown_persona_is_refused_before_anything_starts() -> None:
    with pytest.raises(ConfigurationError, match="vera"):
        DialogueStage(DialogueSettings(persona="nobody"), FakeHost())


@pytest.mark.parametrize("text", ["where " * 20_000, "x" * 100_000, "\x07" * 100_000, "出口" * 50_000, "\ud800"])
def test_monstrous_texts_get_a_sensible_answer(desk: Desk, text: str) -> None:
    assert len(desk.ask(text)) > 10


COURSES = st.lists(
    st.tuples(st.text(max_size=60), st.integers(0, 4), st.integers(0, 2), st.booleans(), st.booleans()),
    max_size=8,
)


@pytest.fixture(scope="module")
def long_lived(encoder: SentenceEncoder) -> Desk:
    """One desk for all examples: starting one takes a fifth of a second."""
    return Desk()


@given(course=COURSES)
def test_any_course_of_turns_keeps_the_contract(
    long_lived: Desk, course: list[tuple[str, int, int, bool, bool]]
) -> None:
    desk, host = long_lived, long_lived.host
    desk.epoch += 1
    host.emitted.clear()
    current = ReplyId(desk.epoch)
    for text, turn, reply, draft, accepted in course:
        before = len(host.of(SpeechPlan))
        id = desk.turn(text, turn, reply, draft)
        if accepted:
            desk.accept(id)
            current = max(current, id)
        host.advance(20 * MS)
        assert all(plan.id >= current for plan in host.of(SpeechPlan)[before:])
    for id in {plan.id for plan in host.of(SpeechPlan)}:
        plans = desk.plans(id)
        assert [plan.clause for plan in plans] == list(range(len(plans)))
        assert [plan.last for plan in plans] == [False] * (len(plans) - 1) + [True]
        assert all(np.isfinite(plan.emotion.distribution).all() for plan in plans)


# ------------------------------------------------------------------------------------------------------- failures
def broken(desk: Desk) -> ReplyId:
    """A reply of several sentences of which four words were heard."""
    id = ReplyId(desk.epoch, 1, 0)
    desk.accept(id)
    said = desk.ask("When are you open?")
    assert said.count(".") >= 2
    desk.heard(id, " ".join(said.split()[:4]), complete=False)
    return id


def state(desk: Desk, id: ReplyId, reason: str) -> None:
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=id, phase=Phase.LISTENING, reason=reason))
    desk.host.advance(SECOND)


@pytest.mark.parametrize(("id", "reason"), [(ReplyId(2), "start"), (ReplyId(1, 2), NO_REPLY)])
def test_what_a_failure_cut_off_is_taken_up_with_an_apology(desk: Desk, id: ReplyId, reason: str) -> None:
    first = broken(desk)
    state(desk, id, reason)
    said = desk.said(id)
    assert said.endswith(desk.said(first)) and len(said) > len(desk.said(first)) + 10
    state(desk, id.next_turn(), NO_REPLY)
    assert not desk.said(id.next_turn()), "once only"


def test_the_sentences_that_were_heard_are_not_said_again(desk: Desk) -> None:
    whole = desk.said(broken(desk))
    first_sentence = whole[: whole.index(".") + 1]
    desk.heard(ReplyId(1, 1, 0), f"{first_sentence} On", complete=False)
    state(desk, ReplyId(2), "start")
    assert desk.said(ReplyId(2)).endswith(whole[len(first_sentence) :].strip())
    assert first_sentence not in desk.said(ReplyId(2))


@pytest.mark.parametrize("what", ["heard", "interrupted", "gone on"])
def test_nothing_is_taken_up_that_is_not_missed(desk: Desk, what: str) -> None:
    id = broken(desk)
    if what == "heard":
        desk.heard(id, desk.said(id))
    elif what == "interrupted":
        state(desk, ReplyId(1, 2), "confirm")
    desk.stage.handle(TurnState(media_ns=desk.host.now(), id=ReplyId(2), phase=Phase.IDLE, reason="start"))
    if what == "gone on":
        desk.accept(ReplyId(2, 1))
    desk.host.advance(SECOND)
    assert not desk.said(ReplyId(2))


# ------------------------------------------------------------------------------------------------------------ fillers
def fillers(desk: Desk) -> list[tuple[int, str]]:
    return [(plan.media_ns // MS, plan.text) for plan in desk.host.of(SpeechPlan) if plan.lane is Lane.FILLER]


def test_a_slow_mind_says_that_it_thinks_and_not_the_same_twice_in_a_row(encoder: SentenceEncoder) -> None:
    desk = Desk(latency_ms=9000)
    texts = desk.stage.persona.phrases.filler
    id = desk.turn(TOILETS)
    desk.accept(id)
    desk.turn(TOILETS)  # the conversation asks again
    desk.host.advance(20 * SECOND)
    assert fillers(desk) == [(700, texts[0]), (4200, texts[1])]
    assert [plan.id for plan in desk.plans(id)] == [id] * len(desk.plans(id)) and desk.plans(id)[-1].lane is Lane.REPLY


def test_nothing_is_said_in_place_of_an_answer_that_is_there_or_not_wanted_any_more(encoder: SentenceEncoder) -> None:
    quick, slow = Desk(), Desk(latency_ms=3000)
    quick.accept(quick.turn(TOILETS))
    slow.accept(slow.turn(TOILETS))
    slow.host.advance(500 * MS)
    slow.accept(ReplyId(1, 2))  # interrupted
    for desk in (quick, slow):
        desk.host.advance(5 * SECOND)
        assert fillers(desk) == []


def test_a_draft_is_not_filled_until_its_turn_is_taken(encoder: SentenceEncoder) -> None:
    desk = Desk(latency_ms=3000)
    id = desk.turn(TOILETS, draft=True)
    desk.host.advance(SECOND)
    assert fillers(desk) == []
    desk.accept(id)
    desk.turn(TOILETS)
    desk.host.advance(SECOND)
    assert len(fillers(desk)) == 1


def test_fillers_can_be_switched_off(encoder: SentenceEncoder) -> None:
    desk = Desk(latency_ms=3000, filler_ms=0)
    desk.accept(desk.turn(TOILETS))
    desk.host.advance(5 * SECOND)
    assert fillers(desk) == []


def test_the_visitors_emotion_says_what_it_rests_on_and_a_stuck_face_is_named(desk: Desk) -> None:
    texts = ["I love this, it is great!", "I am so angry at you!", "I am so sad, I feel like crying."] * 2
    for turn, text in enumerate(texts, 1):
        stuck = emotion_from({"surprise": 0.95, "neutral": 0.05}, 0.7)
        desk.stage.handle(FaceAffect(media_ns=desk.host.now(), person_id="a", emotion=stuck))
        desk.ask(text, turn=turn)
        if turn == 1:
            first = desk.host.of(UserEmotion)[-1]
            assert first.face > 0.3
            assert first.words > 0.3
            assert first.voice == 0.0
    last = desk.host.of(UserEmotion)[-1]
    assert last.face < 0.5 * first.face
    assert any("face contradicts" in words for _, words in desk.host.diagnostics)


def test_a_wish_for_somebody_else_goes_out_once_the_reply_counts(desk: Desk) -> None:
    draft = desk.turn("I would like to talk to an older man", draft=True)
    desk.host.advance(SECOND)
    assert desk.said(draft) and not desk.host.of(AvatarWish)
    desk.accept(draft)
    assert [wish.description for wish in desk.host.of(AvatarWish)] == ["I would like to talk to an older man"]
