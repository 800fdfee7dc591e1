"""When a turn begins and ends, and what it says."""

from __future__ import annotations

import pytest

from tests.unit.conversation.talk import CAREFUL, HANGOVER, Talk, speaking_agent
from visavis_agent.core.clock import MS
from visavis_agent.core.records import (
    NO_REPLY,
    Hypothesis,
    Phase,
    Playback,
    SinkState,
    TextSource,
    TurnReport,
    UserTurn,
    Utterance,
)


def test_a_typed_text_is_a_turn_at_once() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    (turn,) = talk.turns
    assert turn.hypotheses[0].text == "Where are the toilets?" and turn.source is TextSource.TYPED
    assert talk.state.phase is Phase.THINKING and talk.state.id == turn.id
    assert talk.out.index(talk.state) < talk.out.index(turn)  # the id may be heard before it is answered


def test_control_characters_of_a_text_are_spaces() -> None:
    talk = Talk()
    talk.types("\x00where\x1b are\nthe toilets ")
    assert talk.texts == ["where  are the toilets"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_only_silences_the_agent(text: str) -> None:
    talk, id = speaking_agent()
    talk.types(text)
    assert len(talk.turns) == 1 and talk.state.id > id
    assert talk.state.phase is Phase.LISTENING and talk.state.reason == "interrupt"


def test_a_question_is_answered_as_soon_as_its_end_is_known() -> None:
    talk = Talk()
    end = talk.says("where are the toilets", "wear are the toilets")
    (turn,) = talk.turns
    assert [h.text for h in turn.hypotheses] == ["where are the toilets", "wear are the toilets"]
    assert turn.media_ns == (end + CAREFUL) * MS, "read in the pause; voice activity still holds on"
    assert turn.speech_end_ns == end * MS and turn.source is TextSource.SPOKEN
    talk.wait(1000)
    assert talk.turns == [turn], "the same words again, as final ones, are no second turn"


def test_without_a_reading_in_the_pause_the_end_of_voice_activity_is_the_end() -> None:
    talk = Talk()
    end = talk.says("where are the toilets", careful=False)
    (turn,) = talk.turns
    assert turn.media_ns == (end + HANGOVER + 10) * MS


def paused(talk: Talk, text: str) -> int:
    """Somebody says a text, is understood in the pause, and answered; returns when he began."""
    start = talk.begins()
    talk.speaks(1000)
    end = talk.ms
    talk.wait(100)
    talk.voice(True, start, probability=0.1)
    talk.until(end + CAREFUL)
    talk.words(text, final=False, start=start, end=end, pause=True)
    return start


def test_who_goes_on_in_the_same_breath_is_answered_once_and_to_all_of_it() -> None:
    talk = Talk()
    start = paused(talk, "how much is a ticket")
    assert talk.texts == ["how much is a ticket"]
    talk.speaks(800)
    assert talk.reasons[-1] == "reopen" and talk.state.id > talk.turns[0].id and talk.state.phase is Phase.LISTENING
    talk.ends("how much is a ticket for my daughter", start=start)
    assert talk.texts == ["how much is a ticket", "how much is a ticket for my daughter"]
    talk.wait(1000)
    assert len(talk.turns) == 2 and talk.turns[-1].id == talk.state.id


def test_what_was_said_before_a_hesitation_still_counts_for_who_goes_on() -> None:
    talk = Talk()
    talk.says("i would like to know the")
    talk.wait(300)
    start = paused(talk, "price")
    talk.speaks(600)
    talk.ends("price of a ticket", start=start)
    assert talk.texts[-1] == "i would like to know the price of a ticket"


def test_a_sound_after_the_reading_puts_the_answer_off() -> None:
    talk = Talk(endpoint_ms=400)
    paused(talk, "where are the toilets")
    talk.speaks(600)
    assert not talk.turns


def test_speech_after_a_silence_of_the_microphone_is_a_turn_of_its_own() -> None:
    talk = Talk()
    paused(talk, "how much is a ticket")
    talk.wait(5000)  # no voice activity comes any more
    talk.says("where are the toilets")
    assert talk.texts[-1] == "where are the toilets" and "reopen" not in talk.reasons


def test_the_number_of_an_answered_utterance_may_come_again() -> None:
    talk = Talk()
    talk.says("where are the toilets")
    talk.finishes(talk.answers())
    talk._utterance -= 1  # as a recogniser that was started anew counts, or one that does not count
    talk.wait(1000)
    talk.says("how much is a ticket")
    assert talk.texts == ["where are the toilets", "how much is a ticket"]


def test_after_the_answer_has_begun_voice_activity_may_end_late_or_never() -> None:
    talk = Talk()
    paused(talk, "where are the toilets")
    id = talk.answers()
    talk.wait(2000)
    assert talk.state.phase is Phase.SPEAKING and talk.state.id == id and len(talk.turns) == 1


def test_a_finished_question_waits_for_the_endpoint_if_the_words_come_early() -> None:
    talk = Talk(endpoint_ms=700)
    end = talk.says("where are the toilets")
    assert not talk.turns
    talk.wait(1000)
    assert talk.turns[0].media_ns == (end + 700) * MS


def test_who_stops_in_mid_sentence_gets_more_time_and_the_parts_are_joined() -> None:
    talk = Talk()
    talk.says("where is the")
    talk.wait(700)
    assert not talk.turns
    talk.says("dinosaur hall")
    talk.wait(1000)
    assert talk.texts == ["where is the dinosaur hall"]


def test_who_does_not_go_on_is_answered_after_all() -> None:
    talk = Talk()
    end = talk.says("where is the")
    talk.wait(2000)
    assert talk.texts == ["where is the"] and talk.turns[0].media_ns == (end + 1200) * MS


def test_other_languages_go_by_the_clock() -> None:
    talk = Talk()
    talk.says("wo ist der", locale="de")
    assert talk.texts == ["wo ist der"] and talk.turns[0].locale == "de"


def test_alternatives_of_the_last_part_stand_behind_the_best_of_the_first() -> None:
    talk = Talk()
    talk.says("where is the", "where's the")
    talk.says("dinosaur hall", "dinosaurs lol")
    assert [h.text for h in talk.turns[0].hypotheses] == ["where is the dinosaur hall", "where is the dinosaurs lol"]


# -------------------------------------------------------------------------------------------------------------- drafts
def test_a_pause_gets_a_draft_and_the_turn_adopts_it() -> None:
    talk = Talk()
    talk.says("where are the toilets")
    (draft,), (turn,) = talk.drafts, talk.turns
    assert draft.id == turn.id and talk.out.index(draft) < talk.out.index(turn)
    assert all(state.id < draft.id for state in talk.of(type(talk.state))[:-1])  # not to be heard before


def test_a_draft_for_other_words_is_replaced_by_a_higher_id() -> None:
    talk = Talk()
    start = talk.begins()
    talk.speaks(1000)
    end = talk.ms
    talk.wait(150)
    talk.voice(True, start, probability=0.1)
    talk.words("where is the shop", final=False, start=start, end=end, pause=True)
    talk.voice(True, start)
    talk.speaks(600)
    talk.ends("where is the shop and the café", start=start)
    drafts, (turn,) = talk.drafts, talk.turns
    assert [d.hypotheses[0].text for d in drafts] == ["where is the shop", "where is the shop and the café"]
    assert drafts[0].id < drafts[1].id == turn.id


def test_nothing_is_drafted_for_half_a_sentence_nor_while_the_visitor_speaks() -> None:
    talk = Talk()
    talk.says("where is the")
    assert not talk.drafts
    start = talk.begins()
    talk.speaks(1000, partial="dinosaur hall")
    assert not talk.drafts
    talk.ends("dinosaur hall", start=start)
    assert len(talk.drafts) == 1


def test_drafts_can_be_switched_off() -> None:
    talk = Talk(drafts=False)
    talk.says("where are the toilets")
    assert not talk.drafts and len(talk.turns) == 1


# ---------------------------------------------------------------------------------------------------- not understood
def test_speech_without_words_gets_one_apology() -> None:
    talk = Talk()
    talk.says(ms=1500)
    assert talk.texts == [""] and talk.turns[0].hypotheses == ()
    talk.finishes(talk.answers())
    talk.says(ms=1500)
    assert len(talk.turns) == 1 and talk.state.phase is Phase.LISTENING
    talk.says("where are the toilets")
    talk.finishes(talk.answers())
    talk.says(ms=1500)
    assert talk.texts == ["", "where are the toilets", ""]


def test_words_that_never_come_are_not_waited_for() -> None:
    talk = Talk()
    start = talk.begins()
    talk.speaks(1500)
    end = talk.ms
    talk.wait(HANGOVER)
    talk.voice(False, end)
    talk.wait(1400)
    assert not talk.turns and start < end
    talk.wait(200)
    assert talk.texts == [""]


def test_a_cough_while_nobody_speaks_is_nothing() -> None:
    talk = Talk()
    talk.says(ms=200)
    talk.says("the", ms=200)
    talk.wait(3000)
    assert not talk.turns and "noise" in talk.reasons


@pytest.mark.parametrize("text", ["yes", "no", "hello", "how much"])
def test_a_short_word_that_means_something_is_a_turn(text: str) -> None:
    talk = Talk()
    talk.says(text, ms=250)
    talk.wait(1300)
    assert talk.texts == [text]


def test_who_only_hums_is_not_answered() -> None:
    talk = Talk()
    talk.says("um", ms=400)
    talk.wait(3000)
    assert not talk.turns and talk.state.phase is Phase.LISTENING


def test_german_um_is_a_word() -> None:
    talk = Talk()
    talk.says("um", ms=500, locale="de")
    assert talk.texts == ["um"]


# ------------------------------------------------------------------------------------------------- other recognisers
def foreign(text: str, at_ms: int, start: int = 0, end: int = 0) -> Utterance:
    return Utterance(
        media_ns=at_ms * MS,
        utterance=1,
        hypotheses=(Hypothesis(text),),
        final=True,
        start_ns=start * MS,
        end_ns=end * MS,
    )


@pytest.mark.parametrize("timed", [True, False])
def test_words_without_voice_activity_are_a_turn(timed: bool) -> None:
    talk = Talk()
    talk.wait(5000)
    talk.send(foreign("hi", talk.ms, *((4000, 4800) if timed else (0, 0))))
    talk.wait(250)
    assert talk.texts == ["hi"]
    talk.finishes(talk.answers())
    (report,) = talk.of(TurnReport)
    assert 100 <= report.total_ms <= 600


def test_words_without_voice_activity_interrupt_the_agent() -> None:
    talk, id = speaking_agent()
    talk.send(foreign("where is the shop", talk.ms, talk.ms - 900, talk.ms - 100))
    talk.wait(250)
    assert talk.texts[-1] == "where is the shop" and talk.state.id > id


def test_listening_sounds_without_voice_activity_do_not_interrupt() -> None:
    talk, id = speaking_agent()
    talk.send(foreign("mhm", talk.ms, talk.ms - 400, talk.ms - 100))
    talk.wait(2000)
    assert talk.state.id == id and talk.state.phase is Phase.SPEAKING and len(talk.turns) == 1


def test_an_utterance_that_is_cut_while_speech_goes_on_is_part_of_the_turn() -> None:
    talk = Talk()
    start = talk.begins()
    for part in ("my grandmother came here", "when she was a child"):
        talk.speaks(30_000)
        talk.words(part, final=True, start=start, end=talk.ms)
        assert not talk.turns
    talk.speaks(2000)
    talk.ends("and where are the toilets", start=talk.ms - 2000)
    assert talk.texts == ["my grandmother came here when she was a child and where are the toilets"]


def test_of_endless_speech_only_the_end_is_kept() -> None:
    talk = Talk()
    start = talk.begins()
    for number in range(100):
        talk.speaks(500)
        talk.words(f"part {number}", final=True, start=start, end=talk.ms)
    talk.ends("thank you", start=start)
    assert talk.texts[0].startswith("part 93") and talk.texts[0].endswith("part 99 thank you")


# ------------------------------------------------------------------------------------------------ replies and people
def test_a_reply_ends_in_listening_and_then_in_rest() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    id = talk.answers()
    phases = [talk.state.phase]
    talk.finishes(id)
    phases.append(talk.state.phase)
    assert talk.state.id == id
    for wait in (7900, 200):
        talk.wait(wait)
        phases.append(talk.state.phase)
    assert phases == [Phase.SPEAKING, Phase.LISTENING, Phase.LISTENING, Phase.IDLE]


def test_a_mind_that_does_not_answer_is_not_waited_for() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    talk.wait(6000)
    assert talk.state.phase is Phase.LISTENING and talk.state.reason == "no reply"
    (report,) = talk.of(TurnReport)
    assert report.total_ms == -1


def test_a_mind_that_was_started_anew_is_asked_again() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    talk.wait(3200)
    assert [turn.id for turn in talk.turns] == [talk.state.id] * 3
    talk.plans(talk.state.id)
    talk.wait(2000)
    assert len(talk.turns) == 3, "it has heard, and thinks of how to say it"


def test_a_reply_that_gets_no_voice_is_given_up_with_a_new_id() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    id = talk.state.id
    talk.plans(id)
    talk.wait(6100)
    assert talk.state.id > id and talk.state.reason == NO_REPLY
    talk.plays(talk.state.id)
    assert talk.state.phase is Phase.SPEAKING, "what the mind says under the new id is heard"


def test_a_late_reply_is_heard_unless_the_visitor_has_gone_on() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    talk.wait(7000)
    id = talk.answers()
    assert talk.state.phase is Phase.SPEAKING and talk.state.id == id


def test_a_late_reply_into_the_visitors_speech_is_held() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    talk.wait(6500)
    talk.begins()
    talk.plays(talk.turns[-1].id)
    assert talk.state.playback is Playback.HOLD


def test_a_voice_that_starves_is_given_up() -> None:
    talk, id = speaking_agent()
    for _ in range(70):
        talk.wait(100)
        talk.plays(id, starved=True)
    assert talk.state.id > id and talk.state.phase is Phase.LISTENING and "no reply" in talk.reasons


def test_a_loudspeaker_that_says_nothing_more_is_given_up() -> None:
    talk, id = speaking_agent()
    talk.wait(6500)
    assert talk.state.phase is Phase.LISTENING and talk.state.id > id


def test_a_person_who_comes_up_is_greeted_once() -> None:
    talk = Talk()
    talk.appears("p1")
    (turn,) = talk.turns
    assert turn.hypotheses == () and turn.source is TextSource.SERVICE and turn.person_id == "p1"
    talk.finishes(talk.answers())
    talk.wait(9000)
    talk.appears("")
    talk.appears("p1")
    assert len(talk.turns) == 1
    talk.appears("p2")
    assert len(talk.turns) == 2


def test_nobody_is_greeted_into_a_conversation_or_against_the_settings() -> None:
    talk, _ = speaking_agent()
    talk.appears("p1")
    silent = Talk(greet=False)
    silent.appears("p1")
    assert len(talk.turns) == 1 and not silent.turns


def test_a_visitor_whose_microphone_dies_is_taken_to_be_silent() -> None:
    talk = Talk()
    talk.begins()
    talk.speaks(500)
    talk.wait(20_000)
    assert talk.state.phase is Phase.IDLE and not talk.state.user_speaking


# -------------------------------------------------------------------------------------------------------------- reports
@pytest.mark.parametrize("way", ["typed", "spoken", "adopted", "late words"])
def test_the_steps_of_a_report_sum_to_the_total(way: str) -> None:
    talk = Talk(drafts=way == "adopted")
    if way == "typed":
        talk.types("Where are the toilets?")
    elif way == "late words":
        start = talk.begins()
        talk.speaks(1000)
        end = talk.ms
        talk.wait(HANGOVER)
        talk.voice(False, end)
        talk.wait(500)
        talk.words("where are the toilets", final=True, start=start, end=end)
    else:
        talk.says("where are the toilets")
    talk.finishes(talk.answers())
    (report,) = talk.of(TurnReport)
    steps = (report.endpoint_ms, report.recognition_ms, report.reply_ms, report.speech_ms, report.playback_ms)
    assert min(steps) >= 0 and sum(steps) == pytest.approx(report.total_ms)
    expected = {"typed": 100, "spoken": 430, "adopted": 430, "late words": 920}  # "answers" comes after all words
    assert report.total_ms == pytest.approx(expected[way]) and not report.interrupted
    assert report.recognition_ms == pytest.approx({"late words": 500, "typed": 0}.get(way, 50))


def test_what_a_draft_did_in_advance_took_no_time() -> None:
    talk = Talk(endpoint_ms=300)
    start = talk.begins()
    talk.speaks(1000)
    end = talk.ms
    talk.wait(200)
    talk.voice(True, start, probability=0.1)
    talk.words("where are the toilets", final=False, start=start, end=end, pause=True)
    (draft,) = talk.drafts
    talk.plans(draft.id)
    talk.sounds(draft.id)
    talk.wait(200)
    talk.plays(draft.id)
    talk.finishes(draft.id)
    (report,) = talk.of(TurnReport)
    assert (report.endpoint_ms, report.reply_ms, report.speech_ms, report.playback_ms) == (300, 0, 0, 100)


def test_a_reply_in_another_lane_or_of_another_id_is_no_reply() -> None:
    talk = Talk()
    talk.types("Where are the toilets?")
    old = talk.turns[-1].id
    talk.types("And the shop?")
    talk.plays(old)
    talk.heard(old)
    assert talk.state.phase is Phase.THINKING
    talk.plays(talk.turns[-1].id, SinkState.HELD)
    assert talk.state.phase is Phase.THINKING
    assert [r.interrupted for r in talk.of(TurnReport)] == [True]


def test_turns_are_those_of_the_person_who_is_engaged() -> None:
    talk = Talk(greet=False)
    talk.appears("p7")
    talk.types("Where are the toilets?")
    turn: UserTurn = talk.turns[-1]
    assert turn.person_id == "p7"
