from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fake_host import FakeHost
from tests.unit.speech.conftest import REPLY, turn
from visavis_agent.core.clock import MS, SECOND, sample_time
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import (
    Lane,
    Playback,
    PlaybackStatus,
    SinkState,
    SpeechAudio,
    WordMark,
    WordsHeard,
)
from visavis_agent.speech.playback import PlaybackSettings, PlaybackStage

RATE = 16_000
WORD = 1600
FADE_NS = 20 * MS


def sound(reply: ReplyId, lane: Lane, start: int, count: int) -> np.ndarray:
    """Samples that tell which reply, lane and place they are from; never silent."""
    base = 1000 + 7919 * (reply.turn * 31 + reply.reply * 7 + lane) % 10_000
    return (base + np.arange(start, start + count) * 13 % 9973).astype(np.int16)


def audio(
    start: int,
    count: int,
    last: bool = False,
    reply: ReplyId = REPLY,
    lane: Lane = Lane.REPLY,
    rate: int = RATE,
) -> SpeechAudio:
    words = tuple(
        WordMark(f"w{at // WORD}", at, at + WORD)
        for at in range(-(-start // WORD) * WORD, start + count - WORD + 1, WORD)
    )
    return SpeechAudio(
        media_ns=0,
        id=reply,
        lane=lane,
        clause=0,
        sample_rate=rate,
        first_sample=start,
        pcm=sound(reply, lane, start, count),
        last=last,
        words=words,
    )


def playback() -> tuple[FakeHost, PlaybackStage]:
    host = FakeHost()
    stage = PlaybackStage(PlaybackSettings(record=True), host)
    stage.start()
    return host, stage


def test_nothing_is_recorded_unless_it_is_asked_for() -> None:
    host = FakeHost()
    stage = PlaybackStage(PlaybackSettings(), host)
    stage.handle(turn())
    stage.handle(audio(0, 3200, last=True))
    host.advance(SECOND)
    assert host.of(WordsHeard)[-1].complete
    assert not stage.sink.audible


def states(host: FakeHost) -> list[SinkState]:
    found = [status.state for status in host.of(PlaybackStatus)]
    return [state for i, state in enumerate(found) if not i or state is not found[i - 1]]


def test_a_reply_sounds_from_its_lead_to_its_end_and_is_reported() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 3200))
    stage.handle(audio(3200, 3200, last=True))
    host.advance(SECOND)
    [run] = stage.sink.audible
    assert run.media_ns == 60 * MS
    assert np.array_equal(run.pcm, sound(REPLY, Lane.REPLY, 0, 6400))
    reports = host.of(PlaybackStatus)
    assert (reports[0].state, reports[0].media_ns, reports[0].sample) == (SinkState.PLAYING, 60 * MS, 0)
    assert (reports[-1].state, reports[-1].sample) == (SinkState.FINISHED, 6400)
    assert abs(reports[-1].media_ns - (60 * MS + sample_time(6400, RATE))) <= MS
    assert all(b.media_ns - a.media_ns <= 100 * MS for a, b in pairwise(reports))
    heard = host.of(WordsHeard)[-1]
    assert (heard.text, heard.complete) == ("w0 w1 w2 w3", True)


def test_reports_map_samples_to_media_time() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 3 * RATE, last=True))
    host.advance(2 * SECOND)
    [run] = stage.sink.audible
    for status in host.of(PlaybackStatus):
        assert abs(status.media_ns - run.media_ns - sample_time(status.sample, RATE)) <= 1


def test_a_hole_in_the_output_is_reported_at_once() -> None:
    """Mouth and captions shall not run ahead of a sound that comes later than was announced."""
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 3 * RATE, last=True))
    host.advance(SECOND)
    status, late_ns = stage.sink.status, 40 * MS
    stage.sink.status = lambda: replace(status(), media_ns=status().media_ns + late_ns)  # type: ignore[method-assign]
    before = len(host.of(PlaybackStatus))
    host.advance(20 * MS)
    (first,) = host.of(PlaybackStatus)[before:]
    assert first.state is SinkState.PLAYING
    host.advance(60 * MS)
    assert len(host.of(PlaybackStatus)) <= before + 2, "a steady sound is not told again and again"


def test_nothing_sounds_before_the_turn_says_so() -> None:
    host, stage = playback()
    stage.handle(audio(0, 3200, last=True))
    host.advance(SECOND)
    assert not stage.sink.audible
    stage.handle(turn(ReplyId(1, 0, 0)))
    host.advance(SECOND)
    assert not stage.sink.audible
    stage.handle(turn())
    host.advance(SECOND)
    assert stage.sink.audible[0].media_ns == 2 * SECOND + 60 * MS


def test_a_hold_is_silent_after_20_ms_and_resumes_at_the_word() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 2 * RATE, last=True))
    host.advance(300 * MS)
    stage.handle(turn(playback=Playback.HOLD))
    host.advance(SECOND)
    [run] = stage.sink.audible
    assert run.media_ns + sample_time(run.count, RATE) <= 320 * MS
    stage.handle(turn())
    host.advance(3 * SECOND)
    first, second = stage.sink.audible
    assert second.first_sample == (first.count - first.fading) // WORD * WORD
    assert second.media_ns == 1360 * MS
    assert states(host) == [SinkState.PLAYING, SinkState.HELD, SinkState.PLAYING, SinkState.FINISHED]
    assert host.of(WordsHeard)[-1].text.split() == [f"w{i}" for i in range(20)]


def test_a_new_turn_flushes_the_old_reply_and_tells_what_was_heard() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 2 * RATE, last=True))
    host.advance(60 * MS + 250 * MS)
    stage.handle(turn(REPLY.next_turn()))
    host.advance(SECOND)
    told = host.of(WordsHeard)[-1]
    assert (told.id, told.text, told.complete) == (REPLY, "w0 w1", False)
    assert states(host)[-1] is SinkState.FLUSHED
    stage.handle(audio(4000, 100, last=True))
    host.advance(SECOND)
    assert len(stage.sink.audible) == 1


def test_starvation_is_counted_and_shown() -> None:
    host, stage = playback()
    stage.handle(turn())
    for start in (0, 1600):
        stage.handle(audio(start, 1600))
        host.advance(SECOND)
    stage.handle(audio(3200, 1600, last=True))
    host.advance(SECOND)
    assert stage.starvations == 2
    assert [s.starved for s in host.of(PlaybackStatus)].count(True) >= 2
    assert host.diagnostics
    assert sum(run.count for run in stage.sink.audible) == 4800


def test_a_filler_ends_with_its_word_when_the_reply_comes() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 4 * WORD, last=True, lane=Lane.FILLER))
    host.advance(210 * MS)  # in the middle of the second word
    stage.handle(audio(0, 3200, last=True))
    host.advance(SECOND)
    filler, reply = stage.sink.audible
    assert (filler.lane, reply.lane) == (Lane.FILLER, Lane.REPLY)
    assert 2 * WORD <= filler.count <= 2 * WORD + RATE * FADE_NS // SECOND + 320
    assert reply.media_ns - filler.media_ns <= 300 * MS
    assert host.of(WordsHeard)[-1].complete


def test_a_filler_gives_way_to_a_reply_that_is_there_and_else_is_finished_first() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 3200, last=True, lane=Lane.FILLER))
    stage.handle(audio(0, 3200, last=True))
    stage.handle(audio(0, 3200, last=True, lane=Lane.FILLER))
    host.advance(SECOND)
    assert [run.lane for run in stage.sink.audible] == [Lane.FILLER, Lane.REPLY]
    waiting, stage = playback()
    stage.handle(audio(0, 3200, last=True, lane=Lane.FILLER))
    stage.handle(audio(0, 3200, last=True))
    stage.handle(turn())
    waiting.advance(SECOND)
    assert [run.lane for run in stage.sink.audible] == [Lane.REPLY]


def test_a_backchannel_sounds_after_the_reply_was_said_and_is_not_remembered() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 1600, last=True))
    host.advance(SECOND)
    before = len(host.of(WordsHeard))
    for start in (0, 1600):
        stage.handle(audio(start, 1600, last=True, lane=Lane.BACKCHANNEL))
        host.advance(SECOND)
    assert [run.lane for run in stage.sink.audible] == [Lane.REPLY, Lane.BACKCHANNEL, Lane.BACKCHANNEL]
    assert len(host.of(WordsHeard)) == before


def test_unusable_pieces_are_refused_and_the_reply_still_ends() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 1600))
    stage.handle(audio(1600, 1600, rate=22_050))
    stage.handle(audio(10_000_000, 1600, last=True))
    host.advance(SECOND)
    assert host.of(PlaybackStatus)[-1].state is SinkState.FINISHED
    assert sum(run.count for run in stage.sink.audible) == 1600
    assert len(host.diagnostics) == 2


def test_sound_after_the_end_of_a_reply_is_not_played() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 1600, last=True))
    stage.handle(audio(0, 1600, last=True))
    host.advance(SECOND)
    stage.handle(audio(0, 1600, last=True))
    host.advance(SECOND)
    assert sum(run.count for run in stage.sink.audible) == 1600


def test_an_empty_reply_is_complete_at_once() -> None:
    host, stage = playback()
    stage.handle(turn())
    stage.handle(audio(0, 0, last=True))
    host.advance(100 * MS)
    assert host.of(PlaybackStatus)[-1].state is SinkState.FINISHED
    assert (host.of(WordsHeard)[-1].text, host.of(WordsHeard)[-1].complete) == ("", True)


STEP = st.one_of(
    st.tuples(st.just("audio"), st.integers(0, 2), st.integers(0, 4800), st.sampled_from(Lane)),
    st.tuples(st.just("end"), st.integers(0, 2), st.integers(0, 1600), st.sampled_from(Lane)),
    st.tuples(st.just("turn"), st.integers(0, 2), st.booleans(), st.none()),
    st.tuples(st.just("hold"), st.booleans(), st.none(), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 400), st.none(), st.none()),
)


class Model:
    """Runs steps and remembers which reply might sound when."""

    def __init__(self) -> None:
        self.host, self.stage = playback()
        self.turn = REPLY
        self.held = False
        self.sent: dict[tuple[ReplyId, Lane], int] = {}
        self.ended: set[tuple[ReplyId, Lane]] = set()
        self.history = [(0, self.turn, False)]
        self.stage.handle(turn())

    def run(self, step: tuple) -> None:
        kind, value, size, lane = step
        if kind in ("audio", "end"):
            self.send(value, size, lane, kind == "end")
        elif kind == "wait":
            self.host.advance(value * MS)
        else:
            if kind == "turn":
                self.turn, self.held = ReplyId(1, self.turn.turn + (value > 0), value), size
                self.turn = max(self.turn, self.history[-1][1])
            else:
                self.held = value
            self.history.append((self.host.now(), self.turn, self.held))
            self.stage.handle(turn(self.turn, Playback.HOLD if self.held else Playback.PLAY))

    def send(self, ahead: int, size: int, lane: Lane, last: bool) -> None:
        key = (ReplyId(1, self.turn.turn + (ahead > 0), ahead), lane)
        if key in self.ended:
            return
        start = self.sent.get(key, 0)
        self.stage.handle(audio(start, size, last, *key))
        self.sent[key] = start + size
        if last:
            self.ended.add(key)

    def at(self, time: int) -> tuple[ReplyId, bool]:
        return next((reply, held) for since, reply, held in reversed(self.history) if since <= time)


@given(st.lists(STEP, max_size=40))
def test_only_the_turn_is_heard_exactly_as_sent_and_words_only_when_they_were(steps: list[tuple]) -> None:
    model = Model()
    for step in steps:
        model.run(step)
    model.host.advance(30 * SECOND)
    heard: dict[tuple[ReplyId, Lane], int] = {}
    held = {(status.id, status.lane) for status in model.host.of(PlaybackStatus) if status.state is SinkState.HELD}
    end = 0
    for run in model.stage.sink.audible:
        full = run.count - run.fading
        assert run.media_ns >= end, "two sounds at once"
        end = run.media_ns + sample_time(run.count, RATE)
        # The turn and PLAY at every moment of it, but for the 20 ms of fade.
        full_end = run.media_ns + sample_time(full, RATE)
        for time in (run.media_ns, *(t for t, _, _ in model.history if run.media_ns <= t < full_end)):
            assert model.at(time) == (run.id, False)
        assert end - full_end <= FADE_NS
        # Exactly what was sent, from the beginning or from a word on.
        key = (run.id, run.lane)
        expected = sound(*key, run.first_sample, run.count)
        fade_in = RATE // 200 if key in held else 0
        assert np.array_equal(run.pcm[fade_in:full], expected[fade_in:full])
        assert np.all(run.pcm <= expected)
        assert run.first_sample <= heard.get(key, 0)
        heard[key] = max(heard.get(key, 0), run.first_sample + full)
    for told in model.host.of(WordsHeard):
        assert len(told.text.split()) * WORD <= heard.get((told.id, Lane.REPLY), 0)
        if told.complete:
            assert heard.get((told.id, Lane.REPLY), 0) == model.sent[(told.id, Lane.REPLY)]
    times = [status.media_ns for status in model.host.of(PlaybackStatus)]
    assert times == sorted(times)


@given(st.lists(STEP, max_size=30))
def test_a_reply_that_is_let_be_is_always_heard_to_its_end(steps: list[tuple]) -> None:
    model = Model()
    for step in steps:
        model.run(step)
    reply = ReplyId(1, model.turn.turn + 1, 0)
    model.stage.handle(turn(reply))
    model.stage.handle(audio(0, 4800, True, reply))
    model.host.advance(10 * SECOND)
    told = [words for words in model.host.of(WordsHeard) if words.id == reply]
    assert told[-1].complete
    assert not model.stage._streams or all(stream.id > reply for stream in model.stage._streams)
