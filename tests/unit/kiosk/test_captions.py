from __future__ import annotations

import numpy as np

from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    Lane,
    Phase,
    PlaybackStatus,
    SinkState,
    SpeechAudio,
    TurnState,
    WordMark,
)
from visavis_agent.kiosk.captions import Captions

ONE, TWO = ReplyId(1, 1, 0), ReplyId(1, 2, 0)


def piece(words: list[str], text: str = "", id: ReplyId = ONE, lane: Lane = Lane.REPLY) -> SpeechAudio:
    marks = tuple(WordMark(word, 100 * i, 100 * i + 90) for i, word in enumerate(words))
    return SpeechAudio(
        media_ns=0,
        id=id,
        lane=lane,
        clause=0,
        sample_rate=16_000,
        first_sample=0,
        pcm=np.zeros(0, np.int16),
        last=False,
        text=text,
        words=marks,
    )


def state(id: ReplyId) -> TurnState:
    return TurnState(media_ns=0, id=id, phase=Phase.SPEAKING)


def written(*pieces: SpeechAudio) -> str:
    captions = Captions()
    captions.turn(state(ONE))
    messages = [captions.audio(piece) for piece in pieces]
    return "".join(word[0] for message in messages if message for word in message["words"])


def test_words_come_as_they_were_written() -> None:
    text = "Well, it's 5 o'clock (nearly)."
    heard = written(piece(["Well", "it's"], text), piece(["5", "o'clock", "nearly"]))
    assert heard.strip() == text


def test_a_word_that_is_not_in_the_text_is_shown_as_spoken() -> None:
    assert written(piece(["five", "euros"], "5 euros")).split() == ["five", "5", "euros"]


def test_clauses_are_separated() -> None:
    assert written(piece(["Yes"], "Yes."), piece(["No"], "No.")).split() == ["Yes.", "No."]


def test_a_draft_waits_for_its_turn() -> None:
    captions = Captions()
    captions.turn(state(ONE))
    first = captions.audio(piece(["This", "is"], "This is it."))
    assert captions.audio(piece(["A", "draft"], "A draft.", id=TWO)) is None
    second = captions.audio(piece(["it"]))
    assert first and second and "".join(w[0] for w in first["words"] + second["words"]).strip() == "This is it."
    (waited,) = captions.turn(state(TWO))
    assert [word[0] for word in waited["words"]] == [" A", " draft."]


def test_drafts_that_never_come_are_forgotten() -> None:
    captions = Captions()
    captions.turn(state(ONE))
    for reply in range(1000):
        captions.audio(piece(["draft"], "Draft.", id=ReplyId(1, 1, reply + 1)))
    assert captions.turn(state(ReplyId(1, 1, 5))) == []
    assert len(captions.turn(state(ReplyId(1, 1, 1000)))) == 1


def test_fillers_and_old_replies_are_not_shown() -> None:
    captions = Captions()
    assert captions.audio(piece(["hm"], "Hm.", lane=Lane.FILLER)) is None
    captions.turn(state(TWO))
    assert captions.audio(piece(["late"], "Late.")) is None


def test_a_page_that_comes_late_learns_of_the_present_reply_only() -> None:
    captions = Captions()
    captions.audio(piece(["old"], "Old."))
    captions.audio(piece(["new"], "New.", id=TWO))
    captions.turn(state(TWO))
    status = PlaybackStatus(
        media_ns=5_000_000, id=TWO, lane=Lane.REPLY, state=SinkState.PLAYING, sample=10, sample_rate=16_000
    )
    captions.playback(status)
    words, playback = captions.snapshot()
    assert (words["id"], playback["mono_ms"], playback["moving"]) == ("1.2.0", 5.0, True)
