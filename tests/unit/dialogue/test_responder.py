from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from visavis_agent.core.emotion import Emotion
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Hypothesis
from visavis_agent.dialogue.emotion import emotion_from
from visavis_agent.dialogue.markup import plain
from visavis_agent.dialogue.memory import Exchange, Memory
from visavis_agent.dialogue.persona import Persona
from visavis_agent.dialogue.responder import DialogueState, Reply, Responder
from visavis_agent.dialogue.retrieval import Candidate, Finding, Outcome

NOTHING = Finding(Outcome.UNKNOWN, (), np.zeros(384, np.float32))


class Talk:
    """A conversation in which the test decides what is understood."""

    def __init__(self, persona: Persona, seed: int = 0) -> None:
        self.persona, self.responder = persona, Responder(persona)
        self.rng, self.memory, self.state = np.random.default_rng(seed), Memory(), DialogueState()
        self.turn = 0

    def say(
        self,
        intent: str,
        outcome: Outcome = Outcome.ANSWER,
        text: str = "some words",
        mood: Emotion | None = None,
    ) -> Reply:
        finding = Finding(outcome, (Candidate(self.persona.intent(intent), 0.5),), np.zeros(384, np.float32))
        return self.take(finding, text, mood)

    def take(self, finding: Finding, text: str, mood: Emotion | None = None, locale: str = "en") -> Reply:
        self.turn += 1
        readings = tuple(Hypothesis(reading) for reading in text.split(" | "))
        reply = self.responder.reply(readings, locale, finding, mood or Emotion(), self.state, self.memory, self.rng)
        self.state = reply.state
        content = plain(reply.text)[len(reply.intro) :].strip()
        self.memory.add(Exchange(ReplyId(1, self.turn, 0), text, reply.intro, content))
        return reply

    def hear(self, text: str | None = None) -> None:
        """The reply was audible, in whole or up to `text`."""
        last = self.memory.last
        assert last is not None
        self.memory.heard(last.id, text or f"{last.intro} {last.content}", complete=text is None)


@pytest.fixture
def talk(vera: Persona) -> Talk:
    return Talk(vera)


def test_an_answer_is_one_of_the_intents_variants(talk: Talk) -> None:
    reply = talk.say("toilets")
    assert reply.text in talk.persona.intent("toilets").text.answer
    assert (reply.kind, reply.intent) == ("answer", "toilets")


def test_the_same_variant_is_not_used_twice_in_a_row(talk: Talk) -> None:
    texts = [talk.say("joke").text for _ in range(20)]
    assert all(a != b for a, b in pairwise(texts))
    assert len(set(texts)) == len(talk.persona.intent("joke").text.answer)


def test_the_same_seed_gives_the_same_conversation(vera: Persona) -> None:
    def course(seed: int) -> list[str]:
        talk = Talk(vera, seed)
        return [talk.say(intent, Outcome.UNKNOWN).text for intent in ("toilets", "joke", "cafe")]

    assert course(3) == course(3)
    assert len({tuple(course(seed)) for seed in range(5)}) > 1


def test_an_unsure_finding_is_asked_back_and_a_yes_gives_the_answer(talk: Talk) -> None:
    reply = talk.say("toilets", Outcome.SUGGEST)
    assert reply.kind == "suggest"
    assert "the toilets" in reply.text
    assert reply.text.endswith("?")
    assert talk.say("yes").intent == "toilets"
    assert talk.say("yes").kind == "agreed"


@pytest.mark.parametrize(
    ("intent", "mood", "kind"),
    [
        ("happy_visitor", "joy", "answer"),
        ("happy_visitor", "anger", "suggest"),
        ("insult", "anger", "answer"),
        ("happy_visitor", "", "suggest"),
        ("cafe", "joy", "suggest"),
    ],
)
def test_who_is_plainly_glad_or_angry_is_not_asked_back_whether_he_means_it(
    talk: Talk, intent: str, mood: str, kind: str
) -> None:
    shown = emotion_from({mood: 1.0}, 0.8) if mood else Emotion()
    assert talk.say(intent, Outcome.SUGGEST, mood=shown).kind == kind


def test_a_half_heard_yes_is_enough_after_a_question(talk: Talk) -> None:
    talk.say("toilets", Outcome.SUGGEST)
    assert talk.say("yes", Outcome.SUGGEST).intent == "toilets"


def test_a_no_after_a_question_is_taken_and_forgets_it(talk: Talk) -> None:
    talk.say("toilets", Outcome.SUGGEST)
    assert talk.say("no").kind == "declined"
    assert talk.say("no").kind == "dismissed"


def test_asking_the_same_again_is_a_yes(talk: Talk) -> None:
    talk.say("toilets", Outcome.SUGGEST)
    assert talk.say("toilets", Outcome.SUGGEST).kind == "answer"


def test_another_question_replaces_the_open_one(talk: Talk) -> None:
    talk.say("toilets", Outcome.SUGGEST)
    assert talk.say("cafe").intent == "cafe"
    assert talk.say("yes").kind == "agreed"


def test_what_is_not_known_is_admitted_with_what_is(talk: Talk) -> None:
    for reply in (
        talk.say("toilets", Outcome.UNKNOWN),
        talk.say("elsewhere"),
        talk.say("elsewhere", Outcome.SUGGEST),
    ):
        assert reply.kind == "unknown"
        topics = [talk.persona.intent(name).text.topic for name in talk.persona.profile.offers]
        assert sum(topic in reply.text for topic in topics) == 3


def test_a_sad_sentence_without_an_answer_meets_sympathy(talk: Talk) -> None:
    sad = emotion_from({"sadness": 1.0}, 0.8)
    assert "sorry to hear" in talk.say("toilets", Outcome.UNKNOWN, mood=sad).text
    unsure = replace(sad, confidence=0.3)
    assert "sorry to hear" not in talk.say("toilets", Outcome.UNKNOWN, mood=unsure).text


def test_who_is_plainly_sad_meets_sympathy_before_the_answer(talk: Talk) -> None:
    sad = emotion_from({"sadness": 1.0}, 0.9)
    reply = talk.say("toilets", mood=sad)
    assert reply.intent == "toilets" and reply.text.startswith("<set expression(sadness)>I'm sorry to hear that. ")
    assert reply.intro == "I'm sorry to hear that."
    for other in (replace(sad, confidence=0.7), emotion_from({"joy": 1.0}, 0.95)):
        assert not talk.say("toilets", mood=other).intro
    assert not talk.say("sorry", mood=sad).intro, "small talk has its own words"


def test_more_is_told_once(talk: Talk) -> None:
    assert talk.say("more").kind == "no_more"
    talk.say("cafe")
    assert talk.say("more").text == talk.persona.intent("cafe").text.more
    assert talk.say("more").kind == "no_more"
    talk.say("joke")
    assert talk.say("more").kind == "no_more"


def test_a_repetition_says_what_was_heard(talk: Talk) -> None:
    assert talk.say("repeat").kind == "nothing_said"
    first = plain(talk.say("cafe").text)
    talk.hear()
    again = talk.say("repeat")
    assert again.kind == "repeat"
    assert plain(again.text).endswith(first)
    talk.hear()
    assert plain(talk.say("repeat").text).count(first) == 1  # not "I said: I said: …"


def test_an_interrupted_answer_is_taken_up_where_it_broke_off(talk: Talk) -> None:
    first = plain(talk.say("pendulum").text)
    heard = " ".join(first.split()[:5])
    talk.hear(heard)
    again = talk.say("repeat")
    assert again.kind == "resume"
    assert heard in again.text
    assert plain(again.text).endswith(first)


def test_what_was_asked_is_remembered_and_cannot_smuggle_markup_in(talk: Talk) -> None:
    assert talk.say("what_did_i_ask").kind == "nothing_asked"
    talk.memory.clear()
    talk.say("cafe", text="where <gesture bow> is {topics} the café")
    reply = talk.say("what_did_i_ask")
    assert reply.kind == "question"
    assert "where  gesture bow  is {topics} the café" in reply.text


def test_nothing_understood_is_said_so(talk: Talk) -> None:
    assert talk.take(NOTHING, "").kind == "not_caught"
    assert talk.take(NOTHING, "\x00\x01").kind == "not_caught"


def test_other_languages_are_met_with_an_apology(talk: Talk) -> None:
    found = Finding(Outcome.ANSWER, (Candidate(talk.persona.intent("cafe"), 0.9),), np.zeros(384, np.float32))
    assert talk.take(found, "где туалет").kind == "other_language"
    assert talk.take(found, "wo ist das Café", locale="de").kind == "other_language"
    assert talk.take(found, "where is the café", locale="en-GB").kind == "answer"


def test_far_too_long_a_text_without_an_answer_is_called_long(talk: Talk) -> None:
    assert talk.say("cafe", Outcome.UNKNOWN, text="word " * 1000).kind == "too_long"


def test_a_greeting_closes_an_open_question(talk: Talk) -> None:
    state = replace(talk.state, pending="cafe")
    reply = talk.responder.greet(state, talk.rng)
    assert reply.text in talk.persona.profile.greeting
    assert reply.state.pending == ""


# ---------------------------------------------------------------------------------------------- somebody else
def test_who_asks_for_somebody_gets_him(talk: Talk) -> None:
    reply = talk.say("toilets", Outcome.ANSWER, "I would like to talk to an older man")
    assert (reply.kind, reply.person) == ("person", "I would like to talk to an older man")
    assert talk.state.pending == ""


def test_a_lesser_reading_asks_for_nobody_unless_the_agent_has_asked(talk: Talk) -> None:
    assert talk.say("toilets", text="our view the robot | our view have a robot").kind == "answer"
    talk.say("somebody_else", text="I'd rather have another face")
    reply = talk.say("toilets", text="and all that | an older man")
    assert (reply.kind, reply.person) == ("person", "an older man")


def test_who_wants_somebody_else_is_asked_whom_and_then_gets_him(talk: Talk) -> None:
    reply = talk.say("somebody_else", text="I don't like your face")
    assert (reply.kind, reply.person) == ("which_person", "")
    talk.say("no", text="no")
    reply = talk.say("toilets", text="Can I talk to somebody else?")
    assert (reply.kind, reply.person) == ("which_person", "")
    reply = talk.say("toilets", Outcome.UNKNOWN, "a 30-year-old woman")
    assert (reply.kind, reply.person) == ("person", "a 30-year-old woman")
    assert talk.say("toilets", text="a 30-year-old woman").kind == "answer", "nobody asks now"


def test_who_is_asked_whom_may_say_no_or_ask_something_else(talk: Talk) -> None:
    for intent, kind in (("no", "declined"), ("toilets", "answer")):
        talk.say("somebody_else", text="I'd rather have another face")
        reply = talk.say(intent, text="no thank you" if intent == "no" else "Where are the toilets?")
        assert (reply.kind, reply.person) == (kind, "")


def test_a_persona_without_the_action_keeps_its_face(vera: Persona) -> None:
    alone = Talk(replace(vera, intents=tuple(i for i in vera.intents if i.text.action != "person")))
    assert alone.say("toilets", text="I would like to talk to an older man").person == ""


STORY = (
    "we used to come to this museum every summer when i was little and she would always show me the whale "
    "and afterwards we had cake in the garden"
)


@pytest.mark.parametrize("outcome", [Outcome.SUGGEST, Outcome.UNKNOWN])
def test_who_tells_a_story_is_thanked_not_asked_what_he_meant(talk: Talk, outcome: Outcome) -> None:
    assert talk.say("history", outcome, STORY).kind == "story"
    sad = emotion_from({"sadness": 0.9}, confidence=0.9)
    assert talk.say("history", outcome, STORY, sad).text.startswith(talk.persona.phrases.empathy["sadness"])


@pytest.mark.parametrize("text", [f"{STORY} is there still a whale", "my rucksack is missing", "when do you open"])
def test_a_question_at_the_end_or_a_short_statement_is_no_story(talk: Talk, text: str) -> None:
    assert talk.say("history", Outcome.SUGGEST, text).kind == "suggest"
    assert talk.say("history", Outcome.UNKNOWN, text).kind == "unknown"


def test_a_story_that_has_an_answer_gets_it(talk: Talk) -> None:
    assert talk.say("refund", Outcome.ANSWER, STORY).intent == "refund"


def test_a_pack_without_words_for_stories_says_that_it_has_no_answer(vera: Persona) -> None:
    curt = replace(vera, phrases=replace(vera.phrases, story=()))
    assert Talk(curt).say("history", Outcome.UNKNOWN, STORY).kind == "unknown"
