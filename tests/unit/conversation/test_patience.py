"""How long a visitor is left to go on, by what speaks for it."""

from __future__ import annotations

import pytest

from tests.unit.conversation.talk import CAREFUL, Talk
from visavis_agent.conversation.settings import ConversationSettings
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.records import TextInput

WAITS = ConversationSettings()
LOW, MIDDLE, HIGH = 90.0, 120.0, 150.0
QUESTION = "where are the toilets"


def waited(talk: Talk, end: int) -> float:
    """From the last sound to the turn, ms; the mind gets no time to be asked again."""
    talk.until(end + WAITS.hesitation_ms)
    return talk.turns[-1].media_ns / MS - end


def asks(talk: Talk, *pitch: float, text: str = QUESTION) -> int:
    start = talk.begins()
    talk.sings(*pitch)
    talk.speaks(900)
    end = talk.ms
    talk.ends(text, start=start)
    return end


def test_words_to_which_the_mind_plans_no_answer_may_go_on() -> None:
    talk = Talk(quick_mind=False)
    assert waited(talk, talk.says(QUESTION)) == WAITS.doubt_ms


def test_a_plan_ends_the_doubt() -> None:
    talk = Talk(quick_mind=False)
    end = talk.says(QUESTION)
    talk.plans(talk.drafts[-1].id)
    (turn,) = talk.turns
    assert turn.media_ns == talk.ms * MS < (end + WAITS.doubt_ms) * MS


def test_without_drafts_the_mind_is_not_waited_for() -> None:
    talk = Talk(quick_mind=False, drafts=False)
    assert waited(talk, talk.says(QUESTION)) == CAREFUL


@pytest.mark.parametrize(
    ("pitch", "wait"),
    [
        ((MIDDLE, HIGH, MIDDLE, LOW), CAREFUL),
        ((LOW, MIDDLE, HIGH, LOW, MIDDLE, HIGH, LOW, 2 * HIGH), CAREFUL),
        ((LOW, HIGH, LOW, HIGH, MIDDLE), WAITS.doubt_ms),
        ((), CAREFUL),
    ],
    ids=["fallen", "risen", "held up", "unknown"],
)
def test_a_voice_that_is_held_up_may_go_on(pitch: tuple[float, ...], wait: float) -> None:
    talk = Talk()
    assert waited(talk, asks(talk, *pitch)) == wait


def test_a_known_question_is_whole_however_the_voice_ends() -> None:
    held_up = (LOW, HIGH, LOW, HIGH, MIDDLE)
    talk = Talk(questions=(QUESTION, f"{QUESTION} on this floor", f"{QUESTION} on this floor please"))
    assert waited(talk, asks(talk, *held_up)) == WAITS.doubt_ms  # another begins with it
    talk = Talk(questions=(QUESTION, "where are the lifts"))
    assert waited(talk, asks(talk, *held_up)) == CAREFUL
    talk = Talk(questions=("where are the lifts",))
    assert waited(talk, asks(talk, *held_up)) == WAITS.doubt_ms


def test_a_known_question_of_one_word_may_be_the_beginning_of_anything() -> None:
    talk = Talk(questions=("hello", QUESTION))
    assert waited(talk, asks(talk, LOW, HIGH, LOW, HIGH, MIDDLE, text="hello")) == WAITS.doubt_ms
    talk = Talk(questions=("hello",))
    assert waited(talk, asks(talk, MIDDLE, HIGH, MIDDLE, LOW, text="hello")) == CAREFUL


def test_two_doubts_are_as_good_as_half_a_sentence() -> None:
    talk = Talk(quick_mind=False)
    assert waited(talk, asks(talk, LOW, HIGH, LOW, HIGH, MIDDLE)) == WAITS.hesitation_ms


def hesitates(talk: Talk) -> None:
    """Half a question, a silence, the rest, and an answer."""
    talk.says("where is the")
    talk.wait(400)
    talk.says("cinema")
    talk.wait(1500)
    talk.finishes(talk.answers())


def test_who_has_hesitated_gets_more_patience_in_doubt_and_is_answered_as_soon_without() -> None:
    talk = Talk(quick_mind=False)
    hesitates(talk)
    assert talk.texts == ["where is the cinema"]
    talk.wait(1000)
    assert waited(talk, talk.says(QUESTION)) == WAITS.hesitation_ms
    talk.finishes(talk.answers())
    talk.wait(1000)
    end = talk.says(QUESTION)
    talk.plans(talk.drafts[-1].id)
    assert talk.turns[-1].media_ns < (end + WAITS.doubt_ms) * MS


def test_who_asks_again_right_after_a_short_or_silenced_answer_has_not_hesitated() -> None:
    for silenced in (True, False):
        talk = Talk(quick_mind=False)
        end = talk.says(QUESTION)
        talk.plans(talk.drafts[-1].id)
        id = talk.answers()
        talk.wait(100)
        if silenced:
            talk.send(TextInput(media_ns=talk.ms * MS, text=""))
        else:
            talk.finishes(id)
        talk.wait(100)
        assert 400 < talk.ms - end < 1400
        assert waited(talk, talk.says("where are the lifts")) == WAITS.doubt_ms


def test_a_sound_of_the_room_after_a_question_is_no_hesitation() -> None:
    for noise, patience in (((), WAITS.doubt_ms), (("or the museum",), WAITS.hesitation_ms)):
        talk = Talk(quick_mind=False)
        talk.says(QUESTION)
        talk.wait(400)
        talk.says(*noise, ms=600)
        talk.wait(1500)
        talk.finishes(talk.answers())
        talk.wait(2000)
        assert waited(talk, talk.says(QUESTION)) == patience


def test_who_speaks_fluently_again_is_answered_as_soon_as_others() -> None:
    talk = Talk(quick_mind=False)
    hesitates(talk)
    waits = []
    for _ in range(5):
        talk.wait(2000)
        waits.append(waited(talk, talk.says(QUESTION)))
        talk.finishes(talk.answers())
    assert waits == [WAITS.hesitation_ms] * 3 + [WAITS.doubt_ms] * 2


def test_half_a_sentence_of_words_that_are_hardly_sure_is_answered_as_if_it_were_whole() -> None:
    talk = Talk()
    assert waited(talk, talk.says("where is the")) == WAITS.hesitation_ms
    talk = Talk()
    talk.confidence = 0.15
    assert waited(talk, talk.says("where is the")) == CAREFUL


def test_half_a_sentence_that_was_half_heard_gets_less_patience_unless_its_speaker_has_hesitated() -> None:
    talk = Talk()
    talk.confidence = 0.4
    assert waited(talk, talk.says("do you sell")) == 700 < WAITS.hesitation_ms
    talk = Talk()
    talk.confidence = 0.4
    assert waited(talk, talk.says("where is the")) == WAITS.hesitation_ms
    talk = Talk()
    hesitates(talk)
    talk.wait(1000)
    talk.confidence = 0.4
    assert waited(talk, talk.says("do you sell")) == WAITS.hesitation_ms


@pytest.mark.parametrize(("confidence", "others_open", "wait_ms"), [(0.5, 0, CAREFUL), (0.5, 2, 1200), (0.7, 0, 1200)])
def test_an_end_that_is_open_in_one_reading_only_is_one_if_the_words_are_sure(
    confidence: float, others_open: int, wait_ms: int
) -> None:
    talk = Talk()
    talk.confidence = confidence
    readings = ["so much as she could", *["how much is the"] * others_open, *["how much is a ticket"] * 4]
    assert waited(talk, talk.says(*readings)) == wait_ms


def test_two_doubts_about_words_that_are_hardly_sure_are_one() -> None:
    talk = Talk(quick_mind=False)
    talk.confidence = 0.15
    assert waited(talk, asks(talk, LOW, HIGH, LOW, HIGH, MIDDLE)) == WAITS.doubt_ms


def test_the_next_visitor_has_not_hesitated() -> None:
    talk = Talk(quick_mind=False)
    hesitates(talk)
    talk.wait(WAITS.idle_ms + 1000)
    assert talk.state.reason == "rest"
    assert waited(talk, talk.says(QUESTION)) == WAITS.doubt_ms


def test_a_word_into_the_answer_is_no_hesitation() -> None:
    talk = Talk()
    talk.says(QUESTION)
    talk.answers()
    talk.wait(700)
    talk.says("okay", ms=300)
    talk.finishes(talk.turns[-1].id)
    talk.wait(SECOND // MS)
    talk.says("how much is a ticket")
    assert talk.texts[-1] == "how much is a ticket"
    assert not talk.machine._patience._hesitant


def test_a_question_that_breaks_off_with_um_is_not_over_and_loses_it() -> None:
    talk = Talk()
    end = talk.says("where are the um")
    talk.until(end + 700)
    assert not talk.turns
    talk.says("the toilets um please")
    talk.wait(1000)
    assert talk.texts == ["where are the the toilets please"]
