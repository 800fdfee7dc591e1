"""The recogniser is led through an utterance: partial results, a careful one at a pause, one final."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.fake_host import FakeHost
from tests.unit.hearing.scripted import ScriptedRecogniser
from visavis_agent.core.clock import MS
from visavis_agent.core.records import Level, Utterance
from visavis_agent.hearing.intake import FRAME_NS, Frame
from visavis_agent.hearing.transcriber import Latencies, Transcriber

LATENCIES = Latencies(partial_ns=60 * MS, careful_ns=180 * MS, settled_ns=10 * MS)


class Speaker:
    """Feeds frames: `.` is speech, `_` is a pause."""

    def __init__(self, start_ns: int = 0) -> None:
        self.host = FakeHost()
        self.recogniser = ScriptedRecogniser()
        self.transcriber = Transcriber(self.host, self.recogniser, "en", 300 * MS, LATENCIES)
        self.now = start_ns
        self.last = start_ns
        self.host.advance(start_ns)

    def begin(self, preroll: int = 10, early: bool = False, reach: int = 0) -> None:
        """The voice began `reach` frames ago."""
        frames = [self._frame(self.now - n * FRAME_NS) for n in range(preroll + reach, 0, -1)]
        self.transcriber.begin(self.now - reach * FRAME_NS, frames, early)

    def hear(self, pattern: str) -> None:
        for mark in pattern:
            frame = self._frame(self.now)
            self.now = frame.end_ns
            self.host.advance(self.now - self.host.now())
            self.last = self.now if mark == "." else self.last
            self.transcriber.push(frame, self.last, self.now - self.last)

    def end(self) -> None:
        self.transcriber.end(self.last, self.now)

    def texts(self) -> list[tuple[str, bool]]:
        return [(u.text, u.final) for u in self.host.of(Utterance)]

    @staticmethod
    def _frame(at: int) -> Frame:
        pcm = np.full(512, at // FRAME_NS % 1000, np.int16)
        return Frame(pcm, at, denoised=pcm)


@pytest.mark.parametrize(("preroll", "reach"), [(10, 0), (10, 3), (0, 0), (0, 2)])
def test_the_recogniser_knows_how_much_it_gets_before_the_voice(preroll: int, reach: int) -> None:
    speaker = Speaker(20 * FRAME_NS)
    speaker.begin(preroll, reach=reach)
    speaker.hear(".")
    assert speaker.recogniser.preroll == preroll * 512
    assert speaker.recogniser.fed == (preroll + reach + 1) * 512


def test_partial_results_come_every_300_ms() -> None:
    speaker = Speaker()
    speaker.begin()
    speaker.hear("." * 40)
    speaker.host.advance(100 * MS)
    assert speaker.texts() == [(f"partial {count}", False) for count in (20, 30, 40, 50)]
    assert {u.utterance for u in speaker.host.of(Utterance)} == {1}


def test_a_pause_is_read_carefully_and_the_final_result_is_there_at_once() -> None:
    speaker = Speaker()
    speaker.begin()
    speaker.hear("....." + "_" * 10)
    speaker.end()
    asked = speaker.now
    while not speaker.texts() or not speaker.texts()[-1][1]:
        speaker.host.advance(MS)
    assert speaker.texts() == [("settle 16", False), ("finish 16", True)]
    assert speaker.host.of(Utterance)[0].pause
    assert speaker.host.now() - asked == 10 * MS
    final = speaker.host.of(Utterance)[-1]
    assert (final.start_ns, final.end_ns, final.media_ns) == (0, 5 * FRAME_NS, 15 * FRAME_NS)


@pytest.mark.parametrize(("pattern", "pauses"), [("......____", True), ("......_...", False), ("......_.__", False)])
def test_a_reading_that_comes_when_the_speaker_has_gone_on_is_none_of_a_pause(pattern: str, pauses: bool) -> None:
    speaker = Speaker()
    speaker.begin()
    speaker.hear(pattern)
    while not speaker.texts():
        speaker.host.advance(MS)
    (first,) = speaker.host.of(Utterance)
    assert first.text == "settle 17" and first.pause is pauses


def test_where_words_are_wanted_early_a_closed_stop_is_no_pause() -> None:
    speaker = Speaker()
    speaker.begin(early=True)
    speaker.hear("..._..._..")
    assert "settle" not in speaker.recogniser.calls and speaker.recogniser.calls.count("partial") == 2
    speaker.hear("__")
    assert "settle" in speaker.recogniser.calls


def test_who_goes_on_after_a_pause_loses_no_sound() -> None:
    speaker = Speaker()
    speaker.begin()
    speaker.hear("....._____.....")
    speaker.end()
    speaker.host.advance(500 * MS)
    assert speaker.texts()[-1] == ("finish 25", True)
    heard = np.concatenate(speaker.recogniser.sound)[::512]
    assert heard.tolist() == [at % 1000 for at in range(-10, 15)]


def test_without_a_pause_the_final_result_takes_its_time() -> None:
    speaker = Speaker()
    speaker.begin()
    speaker.hear(".....")
    speaker.end()
    speaker.host.advance(179 * MS)
    assert speaker.texts() == []
    speaker.host.advance(MS)
    assert speaker.texts() == [("finish 15", True)]


def test_after_the_end_no_partial_result_comes_any_more() -> None:
    speaker = Speaker()
    speaker.begin()
    speaker.hear(".....__")
    speaker.end()
    speaker.host.advance(1000 * MS)
    assert speaker.texts() == [("finish 16", True)]


def test_the_reading_at_a_pause_is_not_faster_as_a_final_one() -> None:
    speaker = Speaker()
    speaker.begin()
    speaker.hear("....._")
    speaker.end()
    speaker.host.advance(179 * MS)
    assert speaker.texts() == []
    speaker.host.advance(MS)
    assert len(speaker.texts()) == 1


def test_utterances_are_counted() -> None:
    speaker = Speaker()
    for _ in range(3):
        speaker.begin()
        speaker.hear(".....")
        speaker.end()
    speaker.host.advance(1000 * MS)
    assert [u.utterance for u in speaker.host.of(Utterance)] == [1, 2, 3]
    assert speaker.recogniser.calls.count("begin") == speaker.recogniser.calls.count("finish") == 3


def test_what_went_wrong_is_told() -> None:
    speaker = Speaker()
    speaker.recogniser.problem = "the process was lost"
    speaker.begin()
    speaker.hear(".....")
    speaker.end()
    speaker.host.advance(1000 * MS)
    assert speaker.host.diagnostics == [(Level.WARN, "the process was lost")]
