from __future__ import annotations

import threading

import pytest

from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import Lane, Phase, PlaybackStatus, SinkState, TurnState
from visavis_agent.evaluation.bench_recovery import Kill, gap_ms, summary, what_became_of
from visavis_agent.evaluation.page_visitor import Ear


def status(turn: int, state: SinkState, lane: Lane = Lane.REPLY) -> PlaybackStatus:
    return PlaybackStatus(media_ns=0, id=ReplyId(1, turn), lane=lane, state=state, sample=0, sample_rate=16_000)


def test_kills_are_summed_up_by_the_worst_and_the_usual() -> None:
    kills = [Kill("audio", back, 40.0, turn, True) for back, turn in ((1.0, "finished"), (2.0, "lost"), (9.0, "lost"))]
    found = summary(kills)
    assert found["back_s"] == {"p50": 2.0, "max": 9.0}
    assert found["turn"] == {"finished": 1, "lost": 2} and found["answered"] == 3


@pytest.mark.parametrize(
    ("later", "word"),
    [([status(1, SinkState.FINISHED)], "finished"), ([status(2, SinkState.PLAYING)], "resumed"), ([], "lost")],
)
def test_a_turn_is_finished_resumed_or_lost(
    later: list[PlaybackStatus], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visavis_agent.evaluation.bench_recovery.REPLY_S", 0.3)
    ear = Ear()
    ear.take(status(1, SinkState.PLAYING), 0)
    ear.take(status(9, SinkState.PLAYING, Lane.FILLER), 0)
    threading.Timer(0.05, lambda: [ear.take(record, 0) for record in later]).start()
    assert what_became_of(ear, ReplyId(1, 1)) == word


def test_the_agent_is_calm_when_it_neither_thinks_nor_speaks() -> None:
    ear = Ear()
    ear.take(TurnState(media_ns=0, id=ReplyId(1), phase=Phase.SPEAKING), 0)
    assert not ear.wait(lambda: ear.calm, 0.0)
    ear.take(TurnState(media_ns=0, id=ReplyId(1), phase=Phase.LISTENING), 0)
    assert ear.wait(lambda: ear.calm, 0.0)


def test_the_longest_time_without_a_picture_counts_from_the_kill_to_the_end() -> None:
    assert gap_ms([900.0, 1040.0, 1080.0, 1500.0, 2100.0], 1.0, 2.0) == 500.0
    assert gap_ms([2100.0], 1.0, 2.0) == 1000.0
