from __future__ import annotations

import numpy as np
import pytest

from visavis_agent.core.clock import MS
from visavis_agent.core.errors import ConfigurationError
from visavis_agent.core.ids import ReplyId
from visavis_agent.core.records import TurnReport
from visavis_agent.evaluation.bench_turn import run, summary
from visavis_agent.evaluation.interview import Answered, Asked

QUESTION = Asked("When are you open?", np.zeros(16_000, np.int16), 0, 16_000)


def answered(after_ms: float | None, drafts: int = 1, endpoint_ms: float = 200.0) -> Answered:
    report = TurnReport(
        media_ns=0,
        id=ReplyId(),
        question="",
        answer="",
        endpoint_ms=endpoint_ms,
        recognition_ms=100.0,
        reply_ms=30.0,
        speech_ms=20.0,
        playback_ms=60.0,
        total_ms=410.0,
    )
    audible = None if after_ms is None else round((1000 + after_ms) * MS)
    return Answered(QUESTION, end_ns=1000 * MS, start_ns=0, audible_ns=audible, drafts=drafts, report=report)


def test_late_missing_and_hasty_answers_are_told_apart() -> None:
    answers = [answered(500), answered(700, endpoint_ms=400.0), answered(-300), answered(5500), answered(None)]
    report = summary(answers, lambda answer: answer is not answers[1])
    assert report["n"] == 5
    assert (report["p50_ms"], report["p95_ms"]) == (600.0, 690.0)
    assert report["miss_rate"] == 0.4
    assert report["cut_in_rate"] == 0.2
    assert report["answered_right"] == 0.4  # what comes too late is not right
    assert report["stages"] == {"endpoint": 300.0, "asr": 100.0, "reply": 30.0, "tts": 20.0, "playback": 60.0}


def test_drafts_beyond_the_first_were_for_nothing() -> None:
    assert summary([answered(500, drafts=3), answered(500, drafts=0)], lambda _: True)["discarded_drafts"] == 2


def test_nothing_asked_gives_no_figures() -> None:
    report = summary([], lambda _: True)
    assert report["n"] == 0 and report["p50_ms"] is None and report["miss_rate"] is None


def test_an_unknown_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no path 'offline'"):
        run(quick=True, seed=0, path="offline")
