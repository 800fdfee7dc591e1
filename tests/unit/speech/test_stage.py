from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from tests.unit.speech.conftest import REPLY, plan, turn, voice_or_skip
from visavis_agent.core.cancellation import Cancellation
from visavis_agent.core.clock import MS, SECOND
from visavis_agent.core.emotion import Emotion
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.phones import SILENCE
from visavis_agent.core.records import GestureMark, Lane, PhoneMark, Playback, Selection, SpeechAudio, WordMark, equal
from visavis_agent.core.settings import read_settings
from visavis_agent.speech.bank import Said
from visavis_agent.speech.espeak import EspeakSettings
from visavis_agent.speech.sound import silence
from visavis_agent.speech.stage import SpeechSettings, SpeechStage, persona_voice
from visavis_agent.speech.text import normalise
from visavis_agent.speech.voices import Speech

RATE = 16_000


class StandInBank:
    """Says every word in a tenth of a second of a ramp; "German" at another sample rate."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.cancellations: list[Cancellation] = []
        self.speakers: list[str] = []

    def open(self, locale: str) -> tuple[str, ...]:
        return ()

    def close(self) -> None: ...

    def speak_as(self, speaker: str) -> None:
        self.speakers.append(speaker)

    def say(self, text: str, locale: str, emotion: Emotion, reply: ReplyId, cancellation: Cancellation) -> Said:
        self.said.append(text)
        self.cancellations.append(cancellation)
        read = normalise(text)
        rate = RATE if locale == "en" else 22_050
        step = rate // 10
        tokens = [token for token in read.tokens if token.spoken]
        if not tokens:
            return Said(silence(0.0, RATE), "")
        count = step * len(tokens)
        return Said(
            Speech(
                np.arange(1, count + 1).astype(np.int16),
                rate,
                tuple(PhoneMark("aa", i * step, (i + 1) * step) for i in range(len(tokens))),
                tuple(WordMark(token.written, i * step, (i + 1) * step) for i, token in enumerate(tokens)),
            ),
            read.ending,
        )


def made(**settings: object) -> tuple[FakeHost, SpeechStage, StandInBank]:
    host = FakeHost()
    stage = SpeechStage(SpeechSettings(**settings), host)  # type: ignore[arg-type]
    bank = StandInBank()
    stage._bank = bank  # type: ignore[assignment]
    stage.start()
    return host, stage, bank


def test_clauses_come_out_as_short_pieces_that_follow_each_other() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("One two three.", 0, last=False))
    stage.handle(plan("Four five.", 1))
    host.advance(SECOND)
    pieces = host.of(SpeechAudio)
    position = 0
    for piece in pieces:
        assert piece.first_sample == position
        assert 0 < len(piece.pcm) <= 0.2 * RATE
        position += len(piece.pcm)
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert [piece.text for piece in pieces if piece.text] == ["One two three.", "Four five."]
    assert [w.text for piece in pieces for w in piece.words] == ["One", "two", "three.", "Four", "five."]


def test_marks_count_from_the_start_of_the_reply() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("One two.", 0, last=False))
    stage.handle(plan("Three.", 1))
    host.advance(SECOND)
    phones = [mark for piece in host.of(SpeechAudio) for mark in piece.phones]
    assert all(a.end == b.start for a, b in itertools.pairwise(phones))
    [three] = [w for piece in host.of(SpeechAudio) for w in piece.words if w.text == "Three."]
    pcm = np.concatenate([piece.pcm for piece in host.of(SpeechAudio)])
    assert (pcm[three.start], pcm[three.start - 1], pcm[three.end - 1]) == (1, 0, RATE // 10)


def test_a_pause_follows_a_clause_by_its_punctuation_and_none_the_reply() -> None:
    lengths = {}
    for text in ("One.", "One,", "One"):
        host, stage, _ = made()
        stage.handle(turn())
        stage.handle(plan(text, 0, last=False))
        host.advance(SECOND)
        lengths[text] = sum(len(piece.pcm) for piece in host.of(SpeechAudio))
        assert host.of(SpeechAudio)[-1].phones[-1:] == () or (host.of(SpeechAudio)[-1].phones[-1].phone == SILENCE)
    assert lengths["One."] > lengths["One,"] > lengths["One"] > RATE // 10
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("One."))
    host.advance(SECOND)
    assert sum(len(piece.pcm) for piece in host.of(SpeechAudio)) == RATE // 10


def test_a_break_is_silence_and_a_gesture_falls_on_its_word() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("One <gesture wave>two. <break 500ms>Three.", gestures=(GestureMark("nod", 40),)))
    host.advance(SECOND)
    pieces = host.of(SpeechAudio)
    words = {w.text: w for piece in pieces for w in piece.words}
    cues = {cue.name: cue.sample for piece in pieces for cue in piece.gestures}
    assert cues == {"wave": words["two."].start, "nod": words["Three."].start}
    assert words["Three."].start - words["two."].end == round((0.35 + 0.5) * RATE)


def test_an_expression_lasts_until_the_reply_ends() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("<set expression(happy)>One.", 0, last=False))
    stage.handle(plan("Two.", 1))
    stage.handle(plan("Hm.", 0, lane=Lane.FILLER))
    host.advance(SECOND)
    labels = {(piece.lane, piece.clause): piece.emotion.label for piece in host.of(SpeechAudio)}
    assert labels == {(Lane.REPLY, 0): "joy", (Lane.REPLY, 1): "joy", (Lane.FILLER, 0): "neutral"}


def test_the_voice_follows_the_face_from_the_next_clause_on() -> None:
    host, stage, bank = made()
    for number, presentation in enumerate(("", "masculine", "feminine", "masculine", ""), start=1):
        stage.handle(Selection(media_ns=host.now(), avatar="somebody", presentation=presentation))
        id = ReplyId(1, number)
        stage.handle(turn(id))
        stage.handle(plan("Hello.", reply=id))
        host.advance(SECOND)
    assert bank.speakers == ["slt", "awb", "slt", "awb", "slt"]


def test_a_draft_is_made_ahead_and_an_older_id_is_dropped_at_once() -> None:
    host, stage, bank = made()
    draft, later = REPLY.next_turn(), REPLY.next_turn().next_reply()
    stage.handle(turn())
    stage.handle(plan("Draft.", reply=draft))
    host.advance(SECOND)
    assert {piece.id for piece in host.of(SpeechAudio)} == {draft}
    stage.handle(plan("Too late to be said.", reply=draft.next_turn()))
    stage.handle(turn(draft.next_turn().next_turn()))
    stage.handle(plan("Old.", reply=later))
    host.advance(SECOND)
    assert {piece.id for piece in host.of(SpeechAudio)} == {draft}
    assert "Old." not in bank.said


def test_a_clause_of_an_old_turn_is_not_waited_for() -> None:
    host, stage, bank = made()
    stage.handle(turn())
    stage.handle(plan("Old.", 0, last=False))
    assert not bank.cancellations[0].cancelled
    stage.handle(turn(REPLY.next_turn()))
    assert bank.cancellations[0].cancelled
    stage.handle(plan("New.", reply=REPLY.next_turn()))
    stage.stop()
    assert bank.cancellations[1].cancelled
    host.advance(SECOND)
    assert not host.of(SpeechAudio)


def test_the_turns_reply_comes_before_drafts() -> None:
    host, stage, bank = made()
    stage.handle(turn())
    stage.handle(plan("First.", 0, last=False))
    stage.handle(plan("Draft.", reply=REPLY.next_turn()))
    stage.handle(plan("Second.", 1))
    host.advance(SECOND)
    assert bank.said == ["First.", "Second.", "Draft."]


def test_clauses_twice_or_after_the_end_are_dropped_and_said() -> None:
    host, stage, bank = made()
    stage.handle(turn())
    stage.handle(plan("One.", 0, last=False))
    stage.handle(plan("One.", 0, last=False))
    stage.handle(plan("Two.", 1))
    stage.handle(plan("Three.", 2))
    host.advance(SECOND)
    assert bank.said == ["One.", "Two."]
    assert len(host.diagnostics) == 2


def test_fillers_of_one_id_share_their_sample_numbers() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    for _ in range(2):
        stage.handle(plan("Hm.", 0, lane=Lane.FILLER))
        host.advance(SECOND)
    first, second = host.of(SpeechAudio)
    assert (first.last, second.last) == (True, True)
    assert second.first_sample == len(first.pcm)


def test_an_empty_reply_still_ends() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("😀"))
    host.advance(SECOND)
    [piece] = host.of(SpeechAudio)
    assert (len(piece.pcm), piece.last) == (0, True)


def test_a_reply_keeps_its_sample_rate_when_the_language_changes() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("One.", 0, last=False))
    stage.handle(plan("Zwei.", 1, locale="de"))
    host.advance(SECOND)
    assert {piece.sample_rate for piece in host.of(SpeechAudio)} == {RATE}
    assert host.of(SpeechAudio)[-1].words[-1:] == () or host.of(SpeechAudio)[-1].words[-1].text == "Zwei."


def test_a_long_text_is_made_only_as_far_ahead_as_it_is_heard() -> None:
    host, stage, _ = made(ahead=2.0)
    stage.handle(turn())
    stage.handle(plan("word " * 20_000))

    def seconds() -> float:
        return sum(len(piece.pcm) for piece in host.of(SpeechAudio)) / RATE

    host.advance(SECOND)
    assert 2.0 <= seconds() < 8.0
    stage.handle(turn(playback=Playback.HOLD))
    host.advance(60 * SECOND)
    assert seconds() < 10.0
    stage.handle(turn())
    host.advance(60 * SECOND)
    assert 60.0 < seconds() < 70.0


def test_a_job_of_an_old_reply_makes_no_sound_and_blocks_no_other() -> None:
    host, stage, _ = made()
    stage.handle(turn())
    stage.handle(plan("One. Two. Three."))
    host.advance(30 * MS)
    stage.handle(turn(REPLY.next_turn()))
    before = len(host.of(SpeechAudio))
    host.advance(SECOND)
    assert len(host.of(SpeechAudio)) == before
    stage.handle(plan("Next.", reply=REPLY.next_turn()))
    host.advance(SECOND)
    assert host.of(SpeechAudio)[-1].id == REPLY.next_turn()


def test_a_personas_voice_becomes_settings() -> None:
    made = read_settings(SpeechSettings, persona_voice("flite", "awb", "en-GB"))
    assert (made.engine, made.locale, made.flite.voice) == ("auto", "en-GB", "awb")
    made = read_settings(SpeechSettings, persona_voice("espeak", "f2", "de"))
    assert (made.engine, made.espeak.variant) == ("espeak", "f2")
    assert read_settings(SpeechSettings, persona_voice("auto", "", "en")) == SpeechSettings()
    with pytest.raises(ConfigurationError, match="unknown voice engine"):
        persona_voice("gramophone", "", "en")
    with pytest.raises(ConfigurationError, match="Allowed: slt"):
        read_settings(SpeechSettings, persona_voice("flite", "nobody", "en"))


def test_many_interrupted_turns_leave_nothing_behind() -> None:
    host, stage, _ = made()
    for number in range(300):
        reply = ReplyId(1, number, 0)
        stage.handle(turn(reply))
        stage.handle(plan("One. Two. Three. Four.", reply=reply))
        host.advance(70 * MS)
    stage.handle(turn(ReplyId(1, 300, 0)))
    host.advance(SECOND)
    assert not stage._streams
    assert stage._job is None


def run_real() -> list[SpeechAudio]:
    host = FakeHost()
    stage = SpeechStage(SpeechSettings(), host)
    stage.start()
    stage.handle(turn())
    stage.handle(plan("<set expression(happy)>Hello there! <gesture wave>It is 10:30.", 0, last=False))
    stage.handle(plan("Schöne Grüße.", 1, locale="de"))
    host.advance(2 * SECOND)
    stage.stop()
    return host.of(SpeechAudio)


def test_the_embedded_voices_give_the_same_records_every_time() -> None:
    voice_or_skip("flite")
    voice_or_skip("espeak")
    first, second = run_real(), run_real()
    assert len(first) > 10
    assert len(first) == len(second)
    assert all(equal(a, b) for a, b in zip(first, second, strict=True))


HOSTILE = {
    "control": "\x00\x07\ud800",
    "emoji": "🙂" * 500,
    "open": "<" * 900,
    "x": "x" * 400,
    "1": "1" * 300,
    "ß…": "ß…" * 50,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_ends_its_reply(text: str) -> None:
    voice_or_skip("flite")
    host = FakeHost()
    stage = SpeechStage(SpeechSettings(ahead=600.0), host)
    stage.start()
    stage.handle(turn())
    stage.handle(plan(text))
    host.advance(1000 * SECOND)
    assert host.of(SpeechAudio)[-1].last


def test_a_voice_that_does_not_exist_is_told_and_another_speaks() -> None:
    voice_or_skip("espeak")
    host = FakeHost()
    stage = SpeechStage(SpeechSettings(engine="espeak", espeak=EspeakSettings(variant="no-such")), host)
    stage.start()
    assert any("'no-such'" in words and "default voices" in words for _, words in host.diagnostics)
    stage.handle(turn())
    stage.handle(plan("Hello."))
    host.advance(SECOND)
    assert any(np.abs(piece.pcm).max() > 1000 for piece in host.of(SpeechAudio))
    stage.stop()
