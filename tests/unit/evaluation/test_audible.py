"""What of a reply was audible when, by the reports of the playback stage."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.evaluation.played import NEXT, RATE, REPLY, Played, held_and_flushed
from visavis_agent.core.clock import SECOND
from visavis_agent.core.records import Lane, Phase, PlaybackStatus, SinkState
from visavis_agent.evaluation.audible import audible, runs_of


def status(ms: int, state: SinkState, sample: int, starved: bool = False) -> PlaybackStatus:
    return PlaybackStatus(
        media_ns=ms * 1_000_000,
        id=REPLY,
        lane=Lane.REPLY,
        state=state,
        sample=sample,
        sample_rate=RATE,
        starved=starved,
    )


def test_a_whole_reply_is_one_run_with_all_marks_in_place() -> None:
    played = Played()
    played.state(Phase.SPEAKING)
    played.speak()
    played.advance(3000)
    (run,) = audible(played.records())
    (truth,) = played.stage.sink.audible
    assert (run.run.start_ns, run.run.first, run.run.end) == (truth.media_ns, 0, 2 * RATE)
    assert np.array_equal(run.pcm, truth.pcm)
    start = truth.media_ns / SECOND
    assert [word.text for word in run.words] == [f"w{k}" for k in range(10)]
    assert [word.start_s - start for word in run.words] == pytest.approx(np.arange(10) * 0.2)
    assert [phone.end_s - start for phone in run.phones] == pytest.approx(np.arange(1, 21) * 0.1)
    assert run.gestures[0].start_s - start == pytest.approx(0.1)


def test_held_resumed_and_flushed_runs_are_those_that_the_sink_played() -> None:
    played = held_and_flushed()
    runs = [item.run for item in audible(played.records())]
    truth = played.stage.sink.audible
    assert len(runs) == len(truth) == 2
    for run, true in zip(runs, truth, strict=True):
        assert run.first == true.first_sample
        assert abs(run.start_ns - true.media_ns) < 100_000
        assert run.end - run.first == pytest.approx(true.count - true.fading, abs=0.011 * RATE)
    assert runs[0].end > runs[1].first, "it goes on at a word's beginning"
    words = [[word.text for word in item.words] for item in audible(played.records())]
    assert words == [["w0", "w1", "w2"], ["w2", "w3", "w4"]]


def test_a_reply_that_was_never_played_is_not_heard() -> None:
    played = Played()
    played.state(Phase.LISTENING, reply=NEXT)
    played.speak()
    played.advance(500)
    assert audible(played.records()) == []


def test_silence_while_starved_is_no_part_of_a_run() -> None:
    reports = [
        status(0, SinkState.PLAYING, 0),
        status(100, SinkState.PLAYING, 1600, starved=True),
        status(200, SinkState.PLAYING, 1600, starved=True),
        status(300, SinkState.PLAYING, 1600),
        status(400, SinkState.FINISHED, 3200),
    ]
    runs = runs_of(reports, SECOND)
    assert [(run.start_ns // 1_000_000, run.first, run.end) for run in runs] == [(0, 0, 1600), (300, 1600, 3200)]


def test_a_recording_that_breaks_off_ends_with_its_last_record() -> None:
    (run,) = runs_of([status(0, SinkState.PLAYING, 0)], SECOND // 2)
    assert run.end == pytest.approx(RATE // 2, abs=1)
