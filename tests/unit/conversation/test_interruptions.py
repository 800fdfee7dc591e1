"""The agent is spoken over: held at once, then confirmed or released."""

from __future__ import annotations

import pytest

from tests.unit.conversation.talk import CAREFUL, Talk, speaking_agent
from visavis_agent.core.clock import MS
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Phase, Playback, TurnReport


def test_the_agent_is_held_at_the_onset_and_ids_stay() -> None:
    talk, id = speaking_agent()
    talk.begins()
    assert talk.state.playback is Playback.HOLD and talk.state.id == id
    assert talk.state.reason == "onset" and talk.state.user_speaking
    assert talk.state.media_ns == talk.ms * MS


@pytest.mark.parametrize(
    ("text", "ms"),
    [("mm-hm", 300), ("yeah okay", 700), ("", 150), ("", 700), ("over", 500), ("the flood", 350), ("right", 400)],
)
def test_listening_sounds_coughs_and_clicks_release_the_agent_before_the_hang_over_ends(text: str, ms: int) -> None:
    talk, id = speaking_agent()
    end = talk.says(text, ms=ms)
    released = next(state for state in talk.out if getattr(state, "reason", "") == "release")
    assert released.media_ns == (end + CAREFUL) * MS
    talk.wait(2000)
    assert talk.state.playback is Playback.PLAY and talk.state.id == id and len(talk.turns) == 1
    assert talk.state.phase is Phase.SPEAKING


def test_a_disturbance_without_any_reading_is_released_when_no_words_come() -> None:
    talk, id = speaking_agent()
    talk.begins()
    talk.wait(200)
    talk.voice(False, talk.ms - 100)
    talk.wait(1600)
    assert talk.state.reason == "release" and talk.state.id == id


def test_speech_that_goes_on_is_an_interruption() -> None:
    talk, id = speaking_agent()
    start = talk.begins()
    talk.speaks(700, partial="how much is")
    assert talk.state.reason == "confirm" and talk.state.id > id and talk.state.phase is Phase.LISTENING
    assert talk.state.media_ns - start * MS <= 700 * MS
    (report,) = talk.of(TurnReport)
    assert report.interrupted
    talk.speaks(600)
    talk.ends("how much is a ticket", start=start)
    assert talk.texts[-1] == "how much is a ticket"


def test_stop_is_an_interruption_as_soon_as_it_is_understood() -> None:
    talk, id = speaking_agent()
    talk.begins()
    talk.speaks(450, partial="stop")
    assert talk.state.reason == "confirm" and talk.state.id > id


def test_listening_sounds_are_no_interruption_until_they_go_on_and_on() -> None:
    talk, id = speaking_agent()
    talk.begins()
    talk.speaks(1100, partial="yeah")
    assert talk.state.playback is Playback.HOLD
    talk.speaks(300, partial="yeah")
    assert talk.state.reason == "confirm" and talk.state.id > id


def test_the_hang_over_of_a_short_sound_does_not_count_as_speech() -> None:
    talk, id = speaking_agent()
    start = talk.begins()
    talk.wait(200)
    for _ in range(8):  # a detector that hangs on for long
        talk.wait(100)
        talk.voice(True, start, probability=0.1)
        talk.words("the", final=False, start=start, end=start + 200, pause=True)
    assert talk.state.id == id and talk.state.reason == "release"


@pytest.mark.parametrize("text", ["stop", "stop it please", "wait", "be quiet"])
def test_stop_silences_the_agent_and_is_not_answered(text: str) -> None:
    talk, id = speaking_agent()
    talk.says(text, ms=350)
    assert "confirm" in talk.reasons and talk.state.id > id
    talk.wait(2000)
    assert len(talk.turns) == 1 and talk.state.phase is Phase.LISTENING


def test_stop_that_was_nearly_understood_silences_as_well() -> None:
    talk, id = speaking_agent()
    talk.says("shut the", "champ", "show up", "shumpert", "shampoo", "stop", ms=370)
    talk.wait(2000)
    assert len(talk.turns) == 1 and talk.state.id > id
    talk, id = speaking_agent()
    talk.says("oh", "so", "though", "no", ms=350)
    assert talk.state.id == id


def test_stop_is_an_ordinary_word_while_the_agent_is_silent() -> None:
    talk = Talk()
    talk.says("stop", ms=350)
    assert talk.texts == ["stop"]


def test_a_short_objection_is_answered() -> None:
    talk, id = speaking_agent()
    talk.says("no", ms=300)
    assert talk.texts[-1] == "no" and talk.state.id > id


def test_a_short_sound_releases_the_agent_before_its_words_are_known() -> None:
    talk, id = speaking_agent()
    start = talk.begins()
    talk.speaks(300, partial="though")
    end = talk.ms
    while talk.state.playback is Playback.HOLD:
        talk.wait(32)
        talk.voice(True, start, probability=0.1)
    assert talk.ms - end <= 200 and talk.state.id == id


def released_agent() -> tuple[Talk, ReplyId, int, int]:
    """An agent that goes on after a short sound over it; its reply, and when the sound began and ended."""
    talk, id = speaking_agent()
    start = talk.begins()
    talk.speaks(350)
    end = talk.ms
    talk.wait(200)
    talk.voice(True, start, probability=0.1)
    assert talk.state.playback is Playback.PLAY
    return talk, id, start, end


def test_stop_ends_a_reply_that_goes_on_already() -> None:
    talk, id, start, end = released_agent()
    talk.words("stop", final=False, start=start, end=end, pause=True)
    assert "confirm" in talk.reasons and talk.state.id > id


def test_a_quick_reading_of_stop_ends_it_as_well() -> None:
    talk, id, start, end = released_agent()
    talk.words("she", final=False, start=start, end=end)
    assert talk.state.id == id
    talk.words("stop", final=False, start=start, end=end)
    assert talk.state.reason == "confirm" and talk.state.id > id


@pytest.mark.parametrize("readings", [("stop", "stop it"), ("chump", "shop", "stop")])
def test_stop_that_is_understood_only_at_the_end_silences_and_is_not_answered(readings: tuple[str, ...]) -> None:
    talk, id, start, end = released_agent()
    talk.words("just", final=False, start=start, end=end)
    assert talk.state.playback is Playback.PLAY
    talk.wait(300)
    talk.voice(False, end)
    talk.wait(150)
    talk.words(*readings, final=True, start=start, end=end)
    assert "confirm" in talk.reasons and talk.state.id > id
    talk.wait(2000)
    assert len(talk.turns) == 1 and talk.state.phase is Phase.LISTENING


def test_who_goes_on_after_a_first_short_word_holds_the_agent_again_and_soon_has_the_floor() -> None:
    talk, id = speaking_agent()
    start = talk.begins()
    talk.speaks(300)
    talk.wait(200)
    talk.voice(True, start, probability=0.1)
    assert talk.state.playback is Playback.PLAY
    talk.voice(True, start, probability=0.9)
    assert talk.state.playback is Playback.HOLD and talk.state.id == id
    talk.words("no how", final=False, start=start, end=talk.ms)
    talk.speaks(200)
    assert talk.state.reason == "confirm"


def test_somebody_much_softer_than_the_visitor_does_not_stop_the_agent() -> None:
    talk = Talk()
    start = talk.begins()
    talk.speaks(1200, partial="what can i see here", level=-25.0)
    talk.ends("what can i see here", start=start)
    id = talk.answers()
    talk.wait(1000)
    start = talk.begins(level=-42.0)
    talk.speaks(2000, partial="the bus leaves at nine", level=-38.0)
    assert talk.state.playback is Playback.PLAY and talk.state.id == id
    talk.ends("the bus leaves at nine", start=start)
    assert talk.state.id == id and len(talk.turns) == 1
    talk.begins(level=-28.0)
    assert talk.state.playback is Playback.HOLD


def test_a_voice_that_rises_to_the_visitors_level_is_heard() -> None:
    talk = Talk()
    start = talk.begins()
    talk.speaks(1200, level=-25.0)
    talk.ends("what can i see here", start=start)
    talk.answers()
    talk.wait(1000)
    talk.begins(level=-40.0)
    talk.speaks(300, level=-40.0)
    assert talk.state.playback is Playback.PLAY
    talk.speaks(400, partial="where are the toilets", level=-22.0)
    assert talk.state.reason == "confirm"


def pauses(talk: Talk, start: int, *texts: str) -> None:
    """The visitor, who began at `start`, falls silent, and what he said is read."""
    end = talk.ms
    talk.wait(CAREFUL)
    talk.voice(True, start, probability=0.1)
    talk.words(*texts, final=False, start=start, end=end, pause=True)


def test_who_speaks_again_right_after_a_release_holds_the_agent_again() -> None:
    talk, id = speaking_agent()
    start = talk.begins()
    talk.speaks(300)
    pauses(talk, start, "mm")
    assert talk.state.reason == "release" and not talk.state.user_speaking
    talk.voice(True, start, probability=0.9)
    assert talk.state.playback is Playback.HOLD and talk.state.id == id
    talk.speaks(800, partial="mm how much is it")
    assert talk.state.reason == "confirm"
    talk.ends("mm how much is it", start=start)
    assert talk.texts[-1] == "how much is it"


def test_of_who_was_not_understood_up_to_a_pause_and_goes_on_all_counts() -> None:
    talk, id = speaking_agent()
    start = talk.begins()
    talk.speaks(200)
    pauses(talk, start)
    assert talk.state.reason == "release" and talk.state.id == id
    talk.voice(True, start)
    assert talk.state.playback is Playback.HOLD
    talk.speaks(200)
    assert talk.state.id == id
    talk.words("we", final=False, start=start, end=talk.ms)
    assert talk.state.reason == "confirm" and talk.state.id > id


def test_the_final_words_of_what_was_released_are_not_a_turn() -> None:
    talk, id = speaking_agent()
    talk.says("mm-hm", ms=300)
    talk.words("mm-hm", final=True, start=talk.ms - 700, end=talk.ms - 400)
    talk.wait(3000)
    assert len(talk.turns) == 1 and talk.state.id == id


def test_words_that_come_after_the_release_interrupt_after_all() -> None:
    """A recogniser that is slower than the agent's patience."""
    talk, id = speaking_agent()
    start = talk.begins()
    talk.speaks(400)
    end = talk.ms
    talk.wait(320)
    talk.voice(False, end)
    talk.wait(1600)
    assert talk.state.reason == "release"
    talk.words("no where is the exit", final=True, start=start, end=end)
    assert talk.texts[-1] == "no where is the exit" and talk.state.id > id


def test_a_hold_that_stutters_on_ends() -> None:
    talk, id = speaking_agent()
    for _ in range(30):
        talk.begins()
        talk.wait(100)
        talk.voice(False, talk.ms)
        talk.wait(100)
    held = [s for s in talk.out if getattr(s, "playback", None) is Playback.HOLD]
    released = next(s for s in talk.out if getattr(s, "reason", "") == "release")
    assert released.media_ns - held[0].media_ns <= 4000 * MS and talk.turns[-1].id == id


def test_typing_confirms_at_once() -> None:
    talk, id = speaking_agent()
    talk.begins()
    talk.types("Where is the shop?")
    assert talk.state.playback is Playback.PLAY and talk.state.phase is Phase.THINKING
    assert talk.texts[-1] == "Where is the shop?" and talk.state.id > id


def test_speech_that_went_on_while_a_text_was_typed_does_not_stop_its_answer() -> None:
    talk = Talk()
    talk.wait(1000)
    start = talk.begins()
    talk.speaks(500)
    talk.types("Where is the shop?")
    id = talk.turns[-1].id
    talk.speaks(300)
    talk.ends("blah blah blah", start=start)
    assert talk.state.id == id and talk.state.playback is Playback.PLAY


# ------------------------------------------------------------------------------------------------------- continuations
def test_who_goes_on_before_the_answer_is_heard_had_not_finished() -> None:
    talk = Talk()
    talk.says("how much is a ticket")
    first = talk.turns[-1].id
    talk.wait(50)
    talk.says("for my daughter")
    assert talk.texts == ["how much is a ticket", "how much is a ticket for my daughter"]
    assert talk.turns[-1].id > first
    assert [(r.interrupted, r.total_ms) for r in talk.of(TurnReport)] == [(True, -1)]


def test_a_last_word_after_the_question_does_not_restart_it() -> None:
    talk = Talk()
    talk.says("how much is a ticket")
    talk.says("please", ms=300)
    assert talk.texts == ["how much is a ticket"] and talk.state.playback is Playback.PLAY


def test_who_goes_on_at_the_first_sound_of_the_answer_had_not_finished_either() -> None:
    talk = Talk()
    talk.says("how much is a ticket")
    talk.answers()
    talk.wait(150)
    talk.says("for my daughter")
    assert talk.texts[-1] == "how much is a ticket for my daughter"


def test_who_has_heard_the_answer_begins_a_new_turn() -> None:
    talk = Talk()
    talk.says("how much is a ticket")
    talk.answers()
    talk.wait(900)
    talk.says("and where are the toilets")
    assert talk.texts[-1] == "and where are the toilets"


def test_stop_is_not_joined_to_the_question_before_it() -> None:
    talk = Talk()
    talk.says("how much is a ticket")
    talk.says("stop", ms=350)
    talk.wait(2000)
    assert talk.texts == ["how much is a ticket"] and talk.state.phase is Phase.LISTENING


def test_spoken_words_do_not_continue_a_typed_text() -> None:
    talk = Talk()
    talk.types("How much is a ticket?")
    talk.says("where are the toilets")
    assert talk.texts[-1] == "where are the toilets"
